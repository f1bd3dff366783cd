import TidemillColumns
import TidemillFiles

/// The file that keeps the keys of pushes whose segments are gone.
enum PushKeysFile {
  private static let magic: [UInt8] = Array("TMPUSHKY".utf8)
  private static let version: UInt32 = 1

  static func bytes(_ keys: [[UInt8]]) -> [UInt8] {
    var writer = ByteWriter()
    for byte in magic { writer.write(byte: byte) }
    writer.write(version)
    writer.write(UInt32(keys.count))
    for key in keys { writer.write(raw: key) }
    writer.write(Checksum.of(writer.bytes))
    return writer.bytes
  }

  /// - Throws: `TidemillError.checkpoint` for bytes that are not what was written.
  static func read(_ bytes: [UInt8], path: String) throws -> [[UInt8]] {
    do {
      guard bytes.count >= 24, Array(bytes[..<8]) == magic else { throw CorruptBytes("no file of keys") }
      var end = ByteReader(bytes, offset: bytes.count - 8)
      guard try end.read() == Checksum.of(bytes, in: 0..<bytes.count - 8) else { throw CorruptBytes("a wrong checksum") }
      var reader = ByteReader(bytes, offset: 8)
      let version: UInt32 = try reader.read()
      guard version == Self.version else { throw CorruptBytes("format \(version)") }
      let count: UInt32 = try reader.read()
      return try (0..<count).map { _ in try reader.readRaw() }
    } catch let problem as CorruptBytes {
      throw TidemillError(
        .checkpoint, "\(path) is damaged: \(problem)",
        hint: "restore the checkpoint's directory as a whole, or start with a new one")
    }
  }
}
