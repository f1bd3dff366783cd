#if Lake
  import FileConnector
  import TidemillColumns
  import TidemillConnectors

  /// How far a table was read: the next file, and the next row group of it.
  struct DeltaPosition: Hashable, Sendable {
    enum Phase: UInt8, Sendable {
      /// The files that the table had at a version, in an order of the reader's.
      case snapshot
      /// What each version added, in the order of its commit.
      case commits
    }

    /// A hash of the table's identity, so that no other is taken for it.
    var table: UInt64
    var phase: Phase
    var version: Int
    /// The number of the file in the version's list, from 0.
    var file = 0
    var group = 0

    private static let format: UInt8 = 1

    init(table identity: String, _ phase: Phase, version: Int) {
      table = StableHash.of(identity)
      self.phase = phase
      self.version = version
    }

    /// The first file of what a version added.
    func first(of version: Int) -> DeltaPosition {
      var first = self
      (first.phase, first.version, first.file, first.group) = (.commits, version, 0, 0)
      return first
    }

    var encoded: SourcePosition {
      var writer = ByteWriter()
      writer.write(byte: Self.format)
      writer.write(byte: phase.rawValue)
      writer.write(table)
      writer.write(varint: version)
      writer.write(varint: file)
      writer.write(varint: group)
      return SourcePosition(writer.bytes)
    }

    init(decoding position: SourcePosition) throws {
      var reader = ByteReader(position.bytes)
      guard try reader.readByte() == Self.format, let phase = Phase(rawValue: try reader.readByte()) else {
        throw CorruptBytes("no position of a Delta table")
      }
      self.phase = phase
      table = try reader.read()
      version = try reader.readVarint()
      file = try reader.readVarint()
      group = try reader.readVarint()
      guard reader.isAtEnd else { throw CorruptBytes("bytes behind the end of a position") }
    }
  }
#endif
