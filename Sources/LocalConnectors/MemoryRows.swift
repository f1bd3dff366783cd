import TidemillColumns
import TidemillConnectors

/// The rows of one push to one partition of a memory stream.
struct MemoryRows: Sendable {
  /// The ordinal of the first row in its partition.
  var start: Int
  /// Rows in all, accepted and rejected.
  var count: Int
  /// The rows whose values are of their columns' types.
  var batch: Batch
  /// The ordinal of each row of `batch` from `start` on; `nil` when no row was rejected.
  var ordinals: [Int]?
  var rejected: [RejectedRow]

  var end: Int { start + count }

  init(_ batch: Batch, start: Int) {
    self.start = start
    self.batch = batch
    count = batch.count
    rejected = []
  }

  init(_ rows: [[Value]], schema: Schema, start: Int, origin: String) {
    self.start = start
    count = rows.count
    var accepted: [[Value]] = []
    var kept: [Int] = []
    rejected = []
    accepted.reserveCapacity(rows.count)
    for (index, row) in rows.enumerated() {
      switch Self.converted(row, schema) {
      case .success(let row):
        accepted.append(row)
        kept.append(index)
      case .failure(let problem):
        rejected.append(
          RejectedRow(
            reason: problem.reason, detail: problem.detail, text: Self.text(row), origin: origin, offset: start + index))
      }
    }
    batch = Batch(schema: schema, rows: accepted)
    ordinals = rejected.isEmpty ? nil : kept
  }

  private struct Problem: Error {
    var reason: RejectedRow.Reason
    var detail: String
  }

  private static func converted(_ row: [Value], _ schema: Schema) -> Result<[Value], Problem> {
    guard row.count == schema.count else {
      return .failure(Problem(reason: .malformed, detail: "\(row.count) values for \(schema.count) columns"))
    }
    var result: [Value] = []
    result.reserveCapacity(row.count)
    for (value, field) in zip(row, schema.fields) {
      switch field.type.converted(value) {
      case .success(let value): result.append(value)
      case .failure(let mismatch):
        return .failure(Problem(reason: .wrongType, detail: mismatch.detail(field.name)))
      }
    }
    return .success(result)
  }

  private static func text(_ row: [Value]) -> [UInt8] {
    Array(row.map(\.description).joined(separator: ", ").utf8.prefix(64 << 10))
  }

  /// The rows whose ordinals lie in `range`, those without an acceptable event time rejected.
  func read(_ range: Range<Int>, eventTime: Int?, latest: EventTime, origin: String) -> ReadResult {
    var rejected = self.rejected.filter { range.contains($0.offset) }
    var chosen: [Int] = []
    chosen.reserveCapacity(range.count)
    for index in 0..<batch.count {
      let ordinal = start + (ordinals?[index] ?? index)
      guard range.contains(ordinal) else { continue }
      if let eventTime, let problem = timeProblem(batch.columns[eventTime], index, latest) {
        rejected.append(
          RejectedRow(
            reason: problem.reason, detail: "\(batch.schema[eventTime].name): \(problem.detail)",
            text: Self.text(batch.row(index)), origin: origin, offset: ordinal))
      } else {
        chosen.append(index)
      }
    }
    rejected.sort { $0.offset < $1.offset }
    let rows = chosen.count == batch.count ? batch : batch.selecting(chosen)
    return ReadResult(batch: rows, rejected: rejected, byteCount: range.count * MemoryRows.byteEstimate(batch.schema))
  }

  private func timeProblem(_ column: Column, _ row: Int, _ latest: EventTime) -> Problem? {
    if column.isNull(row) { return Problem(reason: .missingTime, detail: "NULL is no event time") }
    let time = EventTime(microseconds: column.int64[row])
    if !EventTime.supported.contains(time) {
      return Problem(reason: .wrongType, detail: "\(time.microseconds) µs since 1970 is no time of the calendar")
    }
    if time > latest { return Problem(reason: .future, detail: "\(time) is too far ahead of the clock") }
    return nil
  }

  /// About how many bytes a row is; good enough for limits.
  static func byteEstimate(_ schema: Schema) -> Int { max(1, schema.count * 16) }
}
