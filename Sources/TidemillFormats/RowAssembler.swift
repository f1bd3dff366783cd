import TidemillColumns
import TidemillConnectors

/// Makes the result of a decoding: converts text columns, applies the event-time rules, and leaves out rejected rows.
///
/// The one place where rows are rejected for their values, whatever the format.
struct RowAssembler {
  /// Rejected rows keep at most this much of their text.
  static let longestText = 64 << 10

  let bytes: UnsafeBufferPointer<UInt8>
  let request: ReadRequest
  let origin: String
  /// Where `bytes` begins in the origin.
  let offset: Int
  let latest: EventTime
  /// Whether text is a CSV field: spaces around numbers do not matter, and messages quote it.
  let isPlainText: Bool

  var rejected: [RejectedRow] = []
  /// Why rows that were read are none after all, by their number.
  private var failures: [Int: (reason: RejectedRow.Reason, detail: String)] = [:]

  init(
    bytes: UnsafeBufferPointer<UInt8>, request: ReadRequest, origin: String, offset: Int, latest: EventTime,
    isPlainText: Bool
  ) {
    self.bytes = bytes
    self.request = request
    self.origin = origin
    self.offset = offset
    self.latest = latest
    self.isPlainText = isPlainText
  }

  /// Rejects the line `range` of the bytes.
  mutating func reject(_ range: Range<Int>, _ reason: RejectedRow.Reason, _ detail: String) {
    let shown = range.lowerBound..<min(range.upperBound, range.lowerBound + Self.longestText)
    rejected.append(
      RejectedRow(
        reason: reason, detail: detail, text: Array(UnsafeBufferPointer(rebasing: bytes[shown])), origin: origin,
        offset: offset + range.lowerBound))
  }

  /// The line that begins at `start`, without its line end.
  func line(at start: Int) -> Range<Int> {
    var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// `sales_amount: "abc" is no INT`, with long text cut.
  static func wrongType(_ field: Field, _ text: UnsafeBufferPointer<UInt8>, quoted: Bool) -> String {
    let longest = 100
    var shown = String(decoding: text.prefix(longest), as: UTF8.self)
    if text.count > longest { shown += "…" }
    return "\(field.name): \(quoted ? "\"\(shown)\"" : shown) is no \(field.type.sqlName)"
  }

  /// Says that the text of a row is no value of its field's type. Of several such fields the first one counts.
  mutating func fail(_ row: Int, _ field: Field, _ text: UnsafeBufferPointer<UInt8>, quoted: Bool) {
    guard failures[row] == nil else { return }
    failures[row] = (.wrongType, Self.wrongType(field, text, quoted: quoted))
  }

  /// The result, from `count` rows of text that begin at `rowOffsets` of the bytes.
  mutating func finish(_ raw: [RawColumn], rowOffsets: UnsafePointer<UInt64>, count: Int) -> ReadResult {
    var columns: [Column] = []
    columns.reserveCapacity(raw.count)
    // An empty buffer may have no base; nothing is read through this one.
    let input = bytes.baseAddress ?? UnsafePointer(UnsafeMutablePointer<UInt8>(bitPattern: 1)!)
    let conversion = TextConversion(input: input, zone: request.zone, trims: isPlainText)
    for column in raw {
      column.resize(count: count, capacity: count)
      let values = conversion.values(of: column, count: count) { row in
        let span = column.spans.base[row]
        let text = span.text(input: input, heap: column.heap.base)
        fail(row, column.field, text, quoted: span.flags & TextSpan.wasNumber == 0)
      }
      let validity = Self.hasNull(column.validity.base, count) ? column.validity : nil
      columns.append(Column(type: column.field.type, count: count, values: values, validity: validity))
    }
    return finish(columns, rowOffsets: rowOffsets, count: count)
  }

  /// The result, from `count` rows that begin at `rowOffsets` of the bytes.
  mutating func finish(_ columns: [Column], rowOffsets: UnsafePointer<UInt64>, count: Int) -> ReadResult {
    if let eventTime = request.eventTime { checkEventTime(columns[eventTime], count) }
    let batch = Batch(schema: request.schema, count: count, columns: columns)
    return ReadResult(
      batch: failures.isEmpty ? batch : removing(failures, from: batch, rowOffsets), rejected: rejected,
      byteCount: bytes.count)
  }

  private mutating func checkEventTime(_ column: Column, _ count: Int) {
    let name = request.schema[request.eventTime!].name
    if let validity = column.validity?.base {
      for row in 0..<count where validity[row] == 0 && failures[row] == nil {
        failures[row] = (.missingTime, "\(name): no event time")
      }
    }
    let times = column.int64
    let limit = latest.microseconds
    // Hardly ever is one beyond the limit, and to know only that is quick: then a difference is negative, or has overflowed, which the
    // second loop tells apart.
    var left: Int64 = limit >= 0 ? 0 : -1
    for row in 0..<count { left |= limit &- times[row] }
    guard left < 0 else { return }
    for row in 0..<count where times[row] > limit && failures[row] == nil {
      failures[row] = (.future, "\(name): \(EventTime(microseconds: times[row])) is too far ahead of the clock")
    }
  }

  private mutating func removing(
    _ failures: [Int: (reason: RejectedRow.Reason, detail: String)], from batch: Batch,
    _ rowOffsets: UnsafePointer<UInt64>
  ) -> Batch {
    for (row, failure) in failures {
      reject(line(at: Int(truncatingIfNeeded: rowOffsets[row])), failure.reason, failure.detail)
    }
    rejected.sort { $0.offset < $1.offset }
    return batch.selecting((0..<batch.count).filter { failures[$0] == nil })
  }

  /// Whether one of the bytes is zero.
  static func hasNull(_ validity: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var all: UInt8 = 1
    for row in 0..<count { all &= validity[row] }
    return all == 0
  }
}
