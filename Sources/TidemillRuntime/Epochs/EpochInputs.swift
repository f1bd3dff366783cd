import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillStorage

/// Everything that an epoch depends on besides the state before it: what the epoch log keeps.
struct EpochInputs: Hashable {
  struct Stream: Hashable {
    /// What is read; `nil` when the stream had nothing.
    var slice: SourceSlice?
    /// The idle partitions, each with the time since it was found empty.
    var idle: [Int: TimeSpan] = [:]
    var partitionCount: Int
    /// Whether the epoch is of a history in no order, of which nothing is late.
    var isHistory = false
    /// So many partitions, the first ones, will never give rows again.
    var finished = 0
  }

  var epoch: Epoch
  /// The wall clock when the epoch began.
  var clock: EventTime
  var streams: [Stream]
  var isFinal: Bool
  /// The outputs whose changes are held back.
  var held: [OutputName] = []
  /// For each static table of the job the number of the copy that rows are joined with.
  var tables: [UInt64] = []

  /// What the kinds of log records are.
  enum RecordKind: UInt8 {
    case inputs = 1
    /// An epoch's results are in all sinks. A hint: it may be missing, and then sinks are asked to discard. 2 was once such a
    /// note without the epoch in its payload.
    case committed = 4
    /// The same with checksums of another kind, which are compared with nothing.
    case committedBefore = 3
  }

  var record: EpochRecord {
    var writer = ByteWriter()
    writer.write(clock.microseconds)
    writer.write(bool: isFinal)
    writer.write(varint: streams.count)
    for stream in streams {
      writer.write(varint: stream.partitionCount)
      writer.write(byte: (stream.slice == nil ? 0 : 1) | (stream.isHistory ? 2 : 0) | (stream.finished > 0 ? 4 : 0))
      if stream.finished > 0 { writer.write(varint: stream.finished) }
      if let slice = stream.slice {
        writer.write(raw: slice.record)
        writer.write(raw: slice.end.bytes)
        writer.write(varint: slice.byteCount)
        writer.write(bool: slice.reachesEnd)
      }
      writer.write(varint: stream.idle.count)
      for (partition, span) in stream.idle.sorted(by: { $0.key < $1.key }) {
        writer.write(varint: partition)
        writer.write(span.microseconds)
      }
    }
    // Records of jobs without any of it are as they were before there was any.
    if !held.isEmpty || !tables.isEmpty {
      writer.write(varint: held.count)
      for output in held { output.write(to: &writer) }
    }
    if !tables.isEmpty {
      writer.write(varint: tables.count)
      for number in tables { writer.write(number) }
    }
    return EpochRecord(epoch: epoch.number, kind: RecordKind.inputs.rawValue, payload: writer.bytes)
  }

  init(epoch: Epoch, clock: EventTime, streams: [Stream], isFinal: Bool, held: [OutputName] = [], tables: [UInt64] = []) {
    self.tables = tables
    self.epoch = epoch
    self.clock = clock
    self.streams = streams
    self.isFinal = isFinal
    self.held = held
  }

  init(_ record: EpochRecord) throws {
    epoch = Epoch(record.epoch)
    var reader = ByteReader(record.payload)
    clock = EventTime(microseconds: try reader.read())
    isFinal = try reader.readBool()
    streams = []
    for _ in 0..<(try reader.readVarint()) {
      var stream = Stream(partitionCount: try reader.readVarint())
      let flags = try reader.readByte()
      guard flags < 8 else { throw CorruptBytes("a stream with flags \(flags)") }
      stream.isHistory = flags & 2 != 0
      if flags & 4 != 0 { stream.finished = try reader.readVarint() }
      if flags & 1 != 0 {
        stream.slice = SourceSlice(
          record: try reader.readRaw(), end: SourcePosition(try reader.readRaw()), byteCount: try reader.readVarint(),
          reachesEnd: try reader.readBool())
      }
      for _ in 0..<(try reader.readVarint()) {
        stream.idle[try reader.readVarint()] = TimeSpan(microseconds: try reader.read())
      }
      streams.append(stream)
    }
    if !reader.isAtEnd { for _ in 0..<(try reader.readVarint()) { held.append(try OutputName(reading: &reader)) } }
    if !reader.isAtEnd { for _ in 0..<(try reader.readVarint()) { tables.append(try reader.read()) } }
    guard reader.isAtEnd else { throw CorruptBytes("an epoch record with more than an epoch in it") }
  }
}
