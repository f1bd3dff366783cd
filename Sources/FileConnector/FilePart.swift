import TidemillColumns

/// A byte range of one file, with what tells later whether the file still is what it was: one entry of a slice's record.
struct FilePart: Hashable, Sendable {
  /// Relative to the source's root.
  var path: String
  var range: Range<Int>
  /// The file's size, time and inode when the slice was taken.
  var size: Int
  var modified: Int64
  var inode: UInt64
  var fingerprint: UInt64

  private static let version: UInt8 = 1

  static func encode(_ parts: [FilePart]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(byte: version)
    writer.write(varint: parts.count)
    for part in parts {
      writer.write(string: part.path)
      writer.write(varint: part.range.lowerBound)
      writer.write(varint: part.range.count)
      writer.write(varint: part.size)
      writer.write(part.modified)
      writer.write(part.inode)
      writer.write(part.fingerprint)
    }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> [FilePart] {
    var reader = ByteReader(bytes)
    guard try reader.readByte() == version else { throw CorruptBytes("a slice record of another version") }
    let count = try reader.readVarint()
    var parts: [FilePart] = []
    for _ in 0..<count {
      let path = try reader.readString()
      let start = try reader.readVarint()
      let (end, overflow) = start.addingReportingOverflow(try reader.readVarint())
      if overflow { throw CorruptBytes("a byte range of \(path) that makes no sense") }
      parts.append(
        FilePart(
          path: path, range: start..<end, size: try reader.readVarint(), modified: try reader.read(),
          inode: try reader.read(), fingerprint: try reader.read()))
    }
    guard reader.isAtEnd else { throw CorruptBytes("bytes behind the end of a slice record") }
    return parts
  }

  /// The error for a part whose file is not there.
  func goneError(_ path: String) -> TidemillError {
    TidemillError(
      .badInput, "\(path) is gone: bytes \(range.lowerBound) to \(range.upperBound) of it are needed again",
      hint: "put the file back, or start with a new checkpoint")
  }

  /// Throws unless the open file still holds what the slice named.
  ///
  /// A file with the time and inode of then is taken to be unchanged; otherwise the sample of the range decides, so a file
  /// that grew, was copied or was restored is fine. Not detected: a change in place within the clock tick of the listing, or
  /// one in the middle of the range; see `Fingerprint`.
  func verify(_ file: borrowing PosixFile) throws {
    let status = try file.status()
    if status.size < range.upperBound { throw shorterError(file.path, needed: range, size: status.size) }
    if status.modified == modified && status.inode == inode { return }
    if try Fingerprint.of(file, range) != fingerprint {
      throw TidemillError(
        .badInput,
        "\(file.path) has changed: bytes \(range.lowerBound) to \(range.upperBound) are not those that were read before",
        hint: "put the file back as it was, or start with a new checkpoint")
    }
  }
}
