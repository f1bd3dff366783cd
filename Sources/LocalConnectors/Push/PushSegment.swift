import TidemillColumns
import TidemillFiles

/// A file of what was pushed, as `Documentation/CheckpointFormat.md` describes it.
enum PushSegment {
  static let fileHeaderLength = 32
  /// Of a record, before its keys.
  static let headerLength = 32
  static let checksumLength = 8
  static let magic: [UInt8] = Array("TMPR".utf8)
  private static let fileMagic: [UInt8] = Array("TMPUSHED".utf8)
  private static let version: UInt32 = 1

  static func name(_ start: Int) -> String {
    let digits = String(start)
    return "pushed-" + String(repeating: "0", count: 20 - digits.count) + digits + ".lines"
  }

  static func start(of name: String) -> Int? {
    guard name.hasPrefix("pushed-"), name.hasSuffix(".lines") else { return nil }
    return Int(name.dropFirst(7).dropLast(6))
  }

  static func fileHeader(start: Int) -> [UInt8] {
    var writer = ByteWriter()
    for byte in fileMagic { writer.write(byte: byte) }
    writer.write(version)
    writer.write(UInt32(0))
    writer.write(UInt64(start))
    writer.write(Checksum.of(writer.bytes))
    return writer.bytes
  }

  /// What stands before the lines of a record.
  ///
  /// - Parameters:
  ///   - offset: of the lines, in the input.
  ///   - at: of the record, in the file.
  static func header(_ lines: [UInt8], offset: Int, _ keys: [PushKeys.Entry], start: Int, at: Int) -> [UInt8] {
    var list = ByteWriter()
    list.write(varint: keys.count)
    for entry in keys {
      list.write(varint: entry.offset - offset)
      list.write(raw: entry.key)
    }
    let keys = list.bytes
    var writer = ByteWriter()
    for byte in magic { writer.write(byte: byte) }
    writer.write(UInt32(keys.count))
    writer.write(UInt64(lines.count))
    writer.write(UInt64(offset))
    writer.write(Checksum.of(lines))
    writer.write(unframed: keys)
    writer.write(Checksum.of(writer.bytes, seed: seed(start, at)))
    return writer.bytes
  }

  private static func seed(_ start: Int, _ at: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: start) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: at)
  }

  /// A record that was read.
  struct Record {
    /// Of its lines, in the input.
    var offset: Int
    var length: Int
    /// Where its lines lie in the file.
    var place: Int
    var keys: [PushKeys.Entry]

    /// Where in the file it ends.
    var end: Int { place + length }
  }

  /// The file's own beginning is good.
  static func hasHeader(_ bytes: [UInt8], start: Int) throws -> Bool {
    guard bytes.count >= fileHeaderLength, Array(bytes[..<8]) == fileMagic,
      number(bytes, at: 24) == Checksum.of(bytes, in: 0..<24)
    else { return false }
    let version = UInt32(truncatingIfNeeded: number(bytes, at: 8))
    guard version <= Self.version else {
      throw TidemillError(.checkpoint, "\(name(start)) is of format \(version)", hint: "a newer tidemill wrote it: use that")
    }
    return number(bytes, at: 16) == UInt64(start)
  }

  /// The record at `at`; `nil` if none that is good is there.
  static func record(_ bytes: [UInt8], start: Int, at: Int) -> Record? {
    guard at + headerLength + checksumLength <= bytes.count, Array(bytes[at..<at + 4]) == magic else { return nil }
    let keysLength = Int(UInt32(truncatingIfNeeded: number(bytes, at: at + 4)))
    let place = at + headerLength + keysLength + checksumLength
    guard place <= bytes.count,
      number(bytes, at: place - checksumLength) == Checksum.of(bytes, in: at..<place - checksumLength, seed: seed(start, at)),
      let length = Int(exactly: number(bytes, at: at + 8)), length <= bytes.count - place,
      let offset = Int(exactly: number(bytes, at: at + 16)),
      number(bytes, at: at + 24) == Checksum.of(bytes, in: place..<place + length),
      let keys = try? keys(Array(bytes[at + headerLength..<place - checksumLength]), offset: offset)
    else { return nil }
    return Record(offset: offset, length: length, place: place, keys: keys)
  }

  private static func keys(_ bytes: [UInt8], offset: Int) throws -> [PushKeys.Entry] {
    var reader = ByteReader(bytes)
    var keys: [PushKeys.Entry] = []
    for _ in 0..<(try reader.readVarint()) {
      let place = offset + (try reader.readVarint())
      keys.append(PushKeys.Entry(key: try reader.readRaw(), offset: place))
    }
    return keys
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      var value: UInt64 = 0
      for index in 0..<min(8, bytes.count - offset) { value |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
      return value
    }
  }
}
