import DeltaLog
import TidemillColumns

/// What the log says of a data file's rows, so that readers can pass it over: how many there are, and of each column the least
/// and the greatest value and the number of NULLs.
struct FileStatistics {
  /// Longer texts are cut, so that the log stays small.
  private static let longestText = 32

  /// - Parameter columns: of how many columns, from the first, anything is said; a window counts as two. `nil`: of all.
  /// - Returns: the JSON of an `add` action's `stats`.
  static func json(of rows: Batch, columns limit: Int?) -> String {
    var least: [JSONField] = []
    var greatest: [JSONField] = []
    var nulls: [JSONField] = []
    var left = limit ?? .max
    for (field, column) in zip(rows.schema.fields, rows.columns) {
      if left <= 0 { break }
      let count = nullCount(column)
      if case .window(let start, let end) = column.values {
        func part(_ buffer: Buffer<Int64>) -> Column {
          Column(type: .timestamp, count: column.count, values: .int64(buffer), validity: column.validity)
        }
        let parts = [("start", part(start)), ("end", part(end))].prefix(left)
        func fields(_ value: (Column) -> JSONValue?) -> [JSONField] {
          parts.compactMap { name, part in value(part).map { JSONField(name, $0) } }
        }
        least.append(JSONField(field.name, .object(fields { bounds($0)?.least })))
        greatest.append(JSONField(field.name, .object(fields { bounds($0)?.greatest })))
        nulls.append(JSONField(field.name, .object(parts.map { JSONField($0.0, .integer(count)) })))
        left -= 2
        continue
      }
      left -= 1
      nulls.append(JSONField(field.name, .integer(count)))
      guard let bounds = bounds(column) else { continue }
      if let value = bounds.least { least.append(JSONField(field.name, value)) }
      if let value = bounds.greatest { greatest.append(JSONField(field.name, value)) }
    }
    return JSONValue.object([
      "numRecords": .integer(rows.count), "minValues": .object(least), "maxValues": .object(greatest),
      "nullCount": .object(nulls),
    ]).serialized
  }

  private static func nullCount(_ column: Column) -> Int {
    guard let validity = column.validity?.base else { return 0 }
    var present = 0
    for row in 0..<column.count { present &+= Int(validity[row]) }
    return column.count - present
  }

  /// `nil` when there is no value, or none that can be compared.
  private static func bounds(_ column: Column) -> (least: JSONValue?, greatest: JSONValue?)? {
    switch column.values {
    case .bytes, .window: return nil
    case .int64(let buffer):
      guard let (least, greatest) = range(buffer.base, column) else { return nil }
      switch column.type {
      case .date:
        return (.string(TimestampText.dateString(days: least)), .string(TimestampText.dateString(days: greatest)))
      case .timestamp: return (.string(milliseconds(least, up: false)), .string(milliseconds(greatest, up: true)))
      default: return (.number(String(least)), .number(String(greatest)))
      }
    case .int128(let buffer):
      guard case .decimal(_, let scale) = column.type, let (least, greatest) = range(buffer.base, column) else { return nil }
      return (
        .number(DecimalText.string(unscaled: least, scale: scale)),
        .number(DecimalText.string(unscaled: greatest, scale: scale))
      )
    case .float64(let buffer):
      let values = buffer.base
      var sum = 0.0
      // Infinite and undefined numbers have no place in JSON, and a product with zero tells them from all others.
      for row in 0..<column.count where !column.isNull(row) { sum += values[row] * 0 }
      guard sum == 0, var (least, greatest) = range(values, column) else { return nil }
      // The two zeros are equal here, and to some readers they are not.
      if least == 0 { least = -0.0 }
      if greatest == 0 { greatest = 0.0 }
      return (.number(least.description), .number(greatest.description))
    case .string(let storage): return text(storage, column)
    }
  }

  private static func range<Value: Comparable & BitwiseCopyable>(
    _ values: UnsafeMutablePointer<Value>, _ column: Column
  ) -> (Value, Value)? {
    guard let first = (0..<column.count).first(where: { !column.isNull($0) }) else { return nil }
    var least = values[first]
    var greatest = least
    if let validity = column.validity?.base {
      for row in first..<column.count where validity[row] != 0 {
        if values[row] < least { least = values[row] }
        if values[row] > greatest { greatest = values[row] }
      }
    } else {
      // Without a branch, so that several rows are looked at at once.
      for row in first..<column.count {
        least = values[row] < least ? values[row] : least
        greatest = values[row] > greatest ? values[row] : greatest
      }
    }
    return (least, greatest)
  }

  /// Readers count on milliseconds, so that what is finer is rounded away from the values.
  private static func milliseconds(_ time: Int64, up: Bool) -> String {
    var whole = time / 1000
    if time % 1000 != 0, (time > 0) == up { whole += up ? 1 : -1 }
    var text = TimestampText.string(microseconds: whole * 1000)
    if !text.contains(".") { text = text.dropLast() + ".000Z" }
    return text
  }

  private static func text(_ storage: StringStorage, _ column: Column) -> (least: JSONValue?, greatest: JSONValue?)? {
    guard let first = (0..<column.count).first(where: { !column.isNull($0) }) else { return nil }
    var least = first
    var greatest = first
    // What texts begin with, as a number in the order of the texts: of most rows it says enough.
    let views = storage.views.base
    @inline(__always) func front(_ row: Int) -> UInt32 { UInt32(truncatingIfNeeded: views[row].head >> 32).byteSwapped }
    var (low, high) = (front(first), front(first))
    let validity = column.validity?.base
    for row in first..<column.count {
      let value = front(row)
      if value > low, value < high { continue }
      if let validity, validity[row] == 0 { continue }
      if value <= low, storage.compare(row, to: storage, row: least) < 0 { (least, low) = (row, value) }
      if value >= high, storage.compare(row, to: storage, row: greatest) > 0 { (greatest, high) = (row, value) }
    }
    let upper = storage.string(greatest)
    var bound: JSONValue? = .string(upper)
    if upper.unicodeScalars.count > longestText {
      // No text that begins like this one comes after this.
      let next = upper.unicodeScalars.dropFirst(longestText).first!
      bound = next.value == 0x10FFFF ? nil : .string(prefix(upper) + "\u{10FFFF}")
    }
    return (.string(prefix(storage.string(least))), bound)
  }

  private static func prefix(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText)))
  }
}
