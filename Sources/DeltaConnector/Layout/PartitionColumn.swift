import DeltaLog
import TidemillColumns

/// A column by whose values the table's files lie apart. Its values are in the log and in the names of directories, not in files.
struct PartitionColumn: Hashable, Sendable {
  var name: String
  /// Never `.window`.
  var type: DataType
  /// The ordinal of the result's column that it is, or that it is made from.
  var source: Int
  /// Whether it is the day on which a window begins, in the session's zone.
  var isDayOfWindow: Bool

  /// The column's values for the rows of a result.
  func values(of batch: Batch, zone: SessionZone) -> Column {
    let column = batch.columns[source]
    guard isDayOfWindow else { return column }
    guard case .window(let start, _) = column.values else { preconditionFailure("\(name) is made of a window") }
    let days = Buffer<Int64>(capacity: column.count)
    let (from, to) = (start.base, days.base)
    let validity = column.validity?.base
    if let offset = zone.constantOffset {
      var (time, day) = (Int64.min, Int64.zero)
      for row in 0..<column.count {
        // Rows of one window come one after another as a rule.
        if from[row] != time {
          time = from[row]
          day = Calendar.split(microseconds: time &+ offset &* 1_000_000).days
        }
        to[row] = day
      }
    } else {
      for row in 0..<column.count where validity.map({ $0[row] != 0 }) ?? true {
        to[row] = Calendar.split(microseconds: from[row] &+ zone.offset(atUTC: from[row]) &* 1_000_000).days
      }
    }
    days.count = column.count
    return Column(type: .date, count: column.count, values: .int64(days), validity: column.validity)
  }

  /// A value as partitions have it; `nil` for NULL.
  ///
  /// - Throws: `TidemillError` for an empty text, which to readers is NULL.
  func text(_ value: Value, table: String) throws -> String? {
    switch value {
    case .null: return nil
    case .string(let text):
      if text.isEmpty {
        throw TidemillError(
          .outOfRange, "the column `\(name)` has an empty text, and \(table) is partitioned by it: readers take that for NULL",
          hint: "partition by another column, or put something else in its place in the query")
      }
      return text
    case .boolean(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    // Programs in Java read no other word for those.
    case .double(let number) where number.isNaN: return "NaN"
    case .double(let number) where number.isInfinite: return number > 0 ? "Infinity" : "-Infinity"
    case .double(let number): return number.description
    case .decimal(let unscaled, let scale): return DecimalText.string(unscaled: unscaled, scale: scale)
    case .date(let days): return TimestampText.dateString(days: days)
    case .timestamp(let time):
      let (days, ofDay) = Calendar.split(microseconds: time.microseconds)
      func digits(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: width - text.count) + text
      }
      let seconds = ofDay / 1_000_000
      return "\(TimestampText.dateString(days: days)) \(digits(seconds / 3600, 2)):\(digits(seconds / 60 % 60, 2)):"
        + "\(digits(seconds % 60, 2)).\(digits(ofDay % 1_000_000, 6))"
    case .window: preconditionFailure("no partition is a window")
    }
  }
}

/// The values of all partition columns, as text: one directory of the table.
///
/// Two are the same when their bytes are: to Swift texts are equal whose letters are composed in other ways, to readers they differ.
struct Partition: Hashable, Sendable {
  /// In the order of the table's partition columns; `nil` for NULL.
  var values: [String?]

  static func == (left: Partition, right: Partition) -> Bool {
    left.values.elementsEqual(right.values) { left, right in
      guard let left, let right else { return left == nil && right == nil }
      return left.utf8.elementsEqual(right.utf8)
    }
  }

  func hash(into hasher: inout Hasher) {
    for text in values {
      hasher.combine(text == nil)
      for byte in (text ?? "").utf8 { hasher.combine(byte) }
      hasher.combine(UInt8(0xFF))
    }
  }
}
