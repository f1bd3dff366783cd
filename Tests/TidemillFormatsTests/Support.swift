import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

/// Decodes `text` as JSON lines.
func json(
  _ text: String, _ fields: Field..., eventTime: Int? = nil, zone: SessionZone = .utc,
  latest: EventTime = .distantFuture, offset: Int = 0
) throws -> ReadResult {
  let request = ReadRequest(schema: Schema(fields), eventTime: eventTime, zone: zone)
  return try decode(Array(text.utf8), JSONFormat(request: request), offset: offset, latest: latest)
}

func decode(
  _ bytes: [UInt8], _ format: any RecordFormat, offset: Int = 0, latest: EventTime = .distantFuture
) throws -> ReadResult {
  try bytes.withUnsafeBufferPointer { try format.decode($0, origin: "input", offset: offset, latest: latest) }
}

extension ReadResult {
  /// The values of the first column.
  var first: [Value] { batch.rows.map { $0[0] } }
  var reasons: [RejectedRow.Reason] { rejected.map(\.reason) }
  var details: [String] { rejected.map(\.detail) }
  var texts: [String] { rejected.map { String(decoding: $0.text, as: UTF8.self) } }
}

func time(_ text: String) -> EventTime { EventTime(microseconds: TimestampText.microseconds(text)!) }

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  // SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
