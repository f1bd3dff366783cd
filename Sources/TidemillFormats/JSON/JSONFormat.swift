import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// JSON lines: one object a line.
///
/// # What a line gives
/// - A line that is no JSON object, or not UTF-8, or has more behind the object, or is nested deeper than 1,024, is malformed.
///   All of the line is checked, whichever columns are read.
/// - A missing field, `null`, and a path through a missing or null object are NULL. A path through anything else that is no
///   object is a wrong type. Keys match exactly. Of equal keys the last one counts.
/// - `INT` and `BIGINT` take numbers that are exactly integral and in range: `12`, and also `1.0` and `1e3`.
/// - `DOUBLE` takes any number within its range, and the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
/// - `DECIMAL` takes numbers and numeric strings, exactly, rounded half up to its scale; too many digits are a wrong type.
/// - `STRING` takes strings, and of anything else its JSON text as it stands. Half a surrogate pair becomes U+FFFD.
/// - `TIMESTAMP` takes ISO 8601 strings and, as in Spark, integers, which are seconds since 1970. `DATE` takes `2024-03-01`.
/// - A byte order mark before the first line and blank lines are nothing.
public struct JSONFormat: RecordFormat {
  private let request: ReadRequest
  private let plan: JSONPlan
  /// What lanes have learnt about the stream; `nil` to read all of it the general way.
  let learnt: JSONAutomatonPool?

  /// A reader of the columns in `request`; what the objects hold besides is passed over.
  public init(request: ReadRequest) { self.init(request: request, learns: true) }

  /// With `learns` off, all records are read the general way. The results are the same; tests compare the two.
  init(request: ReadRequest, learns: Bool) {
    self.request = request
    plan = JSONPlan(request.schema)
    learnt = learns ? JSONAutomatonPool(request.schema) : nil
  }

  public func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult {
    let start = offset == 0 ? ByteOrderMark.length(bytes) : 0
    let decoding = JSONDecoding(request, bytes: bytes, rowEstimate: LineEstimate.rows(bytes), plan: plan)
    var assembler = RowAssembler(
      bytes: bytes, request: request, origin: origin, offset: offset, latest: latest, isPlainText: false)
    if let learnt, let automaton = learnt.take() {
      try decoding.decode(start..<bytes.count, by: automaton, rejectingInto: &assembler)
      learnt.giveBack(automaton)
    } else {
      try decoding.decode(start..<bytes.count, rejectingInto: &assembler)
    }
    return decoding.finish(&assembler)
  }

  public func wantsInPlace() -> Bool { learnt?.wantsInPlace() ?? false }

  /// Reads records that follow what was learnt, all of them: only the general way looks at bytes twice.
  public func decodeInPlace(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult? {
    let mayHaveMark = offset == 0 && bytes.first == 0xEF
    guard !mayHaveMark, bytes.last == UInt8(ascii: "\n"), let learnt, let automaton = learnt.take() else { return nil }
    let decoding = JSONDecoding(request, bytes: bytes, rowEstimate: LineEstimate.rows(bytes), plan: plan)
    let follows = decoding.follow(by: automaton)
    learnt.giveBack(automaton)
    guard follows else {
      learnt.wasReadInPlace(false)
      return nil
    }
    var assembler = RowAssembler(
      bytes: bytes, request: request, origin: origin, offset: offset, latest: latest, isPlainText: false)
    let result = decoding.finish(&assembler)
    // The text of a rejected row would be a second look.
    learnt.wasReadInPlace(result.rejected.isEmpty)
    return result.rejected.isEmpty ? result : nil
  }
}
