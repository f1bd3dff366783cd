#if Lake
  import TidemillColumns
  import TidemillConnectors

  /// A file, or row groups of one: an entry of a slice's record. It says all that is needed to read the same again, even when the log
  /// does not speak of the file any more.
  struct DeltaPart: Hashable, Sendable {
    enum Extent: Hashable, Sendable {
      /// All rows, which one lane reads; with what stands for them when no query looks at them.
      case whole(SkippedRows?)
      /// Row groups, from 0, of a file whose footer has this fingerprint.
      case groups(Range<Int>, fingerprint: UInt64)
    }

    var file: TableFile
    var extent: Extent

    private static let version: UInt8 = 1

    static func encode(_ parts: [DeltaPart]) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(byte: version)
      writer.write(varint: parts.count)
      for part in parts {
        part.file.write(to: &writer)
        switch part.extent {
        case .whole(let skipped):
          writer.write(byte: skipped == nil ? 0 : skipped?.highest == nil ? 1 : 2)
          if let skipped { writer.write(varint: skipped.count) }
          if let highest = skipped?.highest { writer.write(highest.microseconds) }
        case .groups(let groups, let fingerprint):
          writer.write(byte: 3)
          writer.write(varint: groups.lowerBound)
          writer.write(varint: groups.count)
          writer.write(fingerprint)
        }
      }
      return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [DeltaPart] {
      var reader = ByteReader(bytes)
      guard try reader.readByte() == version else { throw CorruptBytes("a slice record of another version") }
      let parts = try (0..<(try reader.readVarint())).map { _ in
        let file = try TableFile(reading: &reader)
        let kind = try reader.readByte()
        switch kind {
        case 0: return DeltaPart(file: file, extent: .whole(nil))
        case 1, 2:
          let count = try reader.readVarint()
          let highest = kind == 2 ? EventTime(microseconds: try reader.read()) : nil
          return DeltaPart(file: file, extent: .whole(SkippedRows(count: count, highest: highest)))
        case 3:
          let start = try reader.readVarint()
          let (end, overflow) = start.addingReportingOverflow(try reader.readVarint())
          if overflow { throw CorruptBytes("row groups of \(file.path) that make no sense") }
          return DeltaPart(file: file, extent: .groups(start..<end, fingerprint: try reader.read()))
        default: throw CorruptBytes("a part of \(file.path) of an unknown kind")
        }
      }
      guard reader.isAtEnd else { throw CorruptBytes("bytes behind the end of a slice record") }
      return parts
    }
  }
#endif
