#if Kafka
  import TidemillColumns
  import TidemillConnectors

  /// The partitions of a stream in the order in which they became known, which is their number in watermarks and progress, each
  /// with the offset to go on from. It is what a position holds.
  struct PartitionTable: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
      var partition: TopicPartition
      var next: Int64
    }

    var entries: [Entry] = []

    init() {}

    func index(of partition: TopicPartition) -> Int? { entries.firstIndex { $0.partition == partition } }

    var position: SourcePosition {
      var writer = ByteWriter()
      writer.write(byte: 1)
      writer.write(varint: entries.count)
      for entry in entries {
        writer.write(string: entry.partition.topic)
        writer.write(entry.partition.partition)
        writer.write(entry.next)
      }
      return SourcePosition(writer.bytes)
    }

    /// - Throws: `CorruptBytes` for what is no position.
    init(_ position: SourcePosition) throws {
      guard !position.bytes.isEmpty else { return }
      var reader = ByteReader(position.bytes)
      guard try reader.readByte() == 1 else { throw CorruptBytes("a kafka position of another version") }
      for _ in 0..<(try reader.readVarint()) {
        entries.append(
          Entry(
            partition: TopicPartition(topic: try reader.readString(), partition: try reader.read()), next: try reader.read()))
      }
      guard reader.isAtEnd else { throw CorruptBytes("a kafka position with more than a position in it") }
    }
  }

  /// What an epoch reads of one partition: an entry of a slice's record.
  struct OffsetRange: Hashable, Sendable {
    /// The partition's number in the stream.
    var index: Int
    var partition: TopicPartition
    var from: Int64
    /// Exclusive.
    var to: Int64

    static func encode(_ ranges: [OffsetRange]) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(byte: 1)
      writer.write(varint: ranges.count)
      for range in ranges {
        writer.write(varint: range.index)
        writer.write(string: range.partition.topic)
        writer.write(range.partition.partition)
        writer.write(range.from)
        writer.write(range.to)
      }
      return writer.bytes
    }

    /// - Throws: `CorruptBytes` for what is no slice record.
    static func decode(_ bytes: [UInt8]) throws -> [OffsetRange] {
      var reader = ByteReader(bytes)
      guard try reader.readByte() == 1 else { throw CorruptBytes("a kafka slice of another version") }
      var ranges: [OffsetRange] = []
      for _ in 0..<(try reader.readVarint()) {
        let range = OffsetRange(
          index: try reader.readVarint(),
          partition: TopicPartition(topic: try reader.readString(), partition: try reader.read()),
          from: try reader.read(), to: try reader.read())
        guard range.from <= range.to else { throw CorruptBytes("offsets from \(range.from) to \(range.to)") }
        ranges.append(range)
      }
      guard reader.isAtEnd else { throw CorruptBytes("a kafka slice with more than a slice in it") }
      return ranges
    }
  }
#endif
