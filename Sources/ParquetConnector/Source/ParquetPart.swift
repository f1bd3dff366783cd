#if Lake
  import TidemillColumns

  /// Some row groups of one file, with what tells later whether the file still is what it was: one entry of a slice's record.
  package struct ParquetPart: Hashable, Sendable {
    /// Relative to the source's folder.
    var path: String
    /// Row groups, from 0.
    package var groups: Range<Int>
    /// Of the file, in bytes.
    var size: Int
    /// Of the file's footer.
    var fingerprint: UInt64
    /// Values that all rows have, by ordinals of the request; `nil` where the file's path says them. Not in the record.
    var constants: [Int: Value]?

    package init(path: String, groups: Range<Int>, size: Int, fingerprint: UInt64, constants: [Int: Value]? = nil) {
      self.path = path
      self.groups = groups
      self.size = size
      self.fingerprint = fingerprint
      self.constants = constants
    }

    private static let version: UInt8 = 1

    static func encode(_ parts: [ParquetPart]) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(byte: version)
      writer.write(varint: parts.count)
      for part in parts {
        writer.write(string: part.path)
        writer.write(varint: part.groups.lowerBound)
        writer.write(varint: part.groups.count)
        writer.write(varint: part.size)
        writer.write(part.fingerprint)
      }
      return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [ParquetPart] {
      var reader = ByteReader(bytes)
      guard try reader.readByte() == version else { throw CorruptBytes("a slice record of another version") }
      let count = try reader.readVarint()
      var parts: [ParquetPart] = []
      for _ in 0..<count {
        let path = try reader.readString()
        let start = try reader.readVarint()
        let (end, overflow) = start.addingReportingOverflow(try reader.readVarint())
        if overflow { throw CorruptBytes("row groups of \(path) that make no sense") }
        parts.append(
          ParquetPart(path: path, groups: start..<end, size: try reader.readVarint(), fingerprint: try reader.read()))
      }
      guard reader.isAtEnd else { throw CorruptBytes("bytes behind the end of a slice record") }
      return parts
    }

    /// Throws unless an opened file is the one that the slice named.
    func verify(_ file: OpenedFile) throws {
      guard file.size == size, file.fingerprint == fingerprint, groups.upperBound <= file.file.footer.groups.count else {
        throw TidemillError(
          .badInput, "\(file.name) has changed: it is not the file that was read before",
          hint: "put the file back as it was, or start with a new checkpoint")
      }
    }
  }
#endif
