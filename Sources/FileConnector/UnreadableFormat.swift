import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// The format of a file whose header does not fit: every line is rejected.
struct UnreadableFormat: RecordFormat {
  var schema: Schema
  var reason: String

  private static let longestText = 64 << 10

  func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult {
    var rejected: [RejectedRow] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: newline) ?? bytes.count
      let line = bytes[start..<end]
      if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) {
        rejected.append(
          RejectedRow(
            reason: .malformed, detail: reason, text: Array(line.prefix(Self.longestText)), origin: origin,
            offset: offset + start))
      }
      start = end + 1
    }
    return ReadResult(batch: .empty(schema), rejected: rejected, byteCount: bytes.count)
  }
}
