import TidemillFiles

/// What the bytes of a segment say.
struct Segment {
  var records: [EpochRecord] = []
  /// The epoch of the last good record; the one before the first if there is none.
  var lastEpoch: UInt64
  /// How many bytes, from the start, are good; 0 if not even the header is.
  var goodLength = 0
  /// The length of the file.
  let length: Int

  var isTorn: Bool { goodLength < length }
  var isEmpty: Bool { goodLength <= SegmentFormat.headerLength }

  static func header(firstEpoch: UInt64) -> [UInt8] {
    var bytes = SegmentFormat.magic
    bytes.append(littleEndian: CheckpointFormat.version)
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: firstEpoch)
    bytes.append(littleEndian: Checksum.of(bytes))
    return bytes
  }

  /// Reads a segment and checks all of it.
  ///
  /// - Parameters:
  ///   - file: its path, for errors.
  ///   - first: the epoch from which on records are kept.
  ///   - mayBeTorn: whether it is the last one, whose end may never have become durable.
  init(_ bytes: [UInt8], file: String, firstEpoch: UInt64, keepingFrom first: UInt64, mayBeTorn: Bool) throws {
    lastEpoch = firstEpoch - 1
    length = bytes.count
    let reader = SegmentReader(bytes, firstEpoch: firstEpoch)
    if try reader.hasGoodHeader(file) {
      goodLength = SegmentFormat.headerLength
      while let record = reader.record(at: goodLength) {
        let isFirst = goodLength == SegmentFormat.headerLength
        guard record.epoch == lastEpoch + 1 || (!isFirst && record.epoch == lastEpoch) else {
          throw StorageError.damaged(file, at: goodLength, "epoch \(record.epoch) follows \(lastEpoch)")
        }
        lastEpoch = record.epoch
        if record.epoch >= first { records.append(reader.content(of: record)) }
        goodLength = record.end
      }
    }
    guard isTorn || isEmpty else { return }
    if !mayBeTorn {
      throw StorageError.damaged(file, at: goodLength, "a record is cut off or changed, and the log goes on elsewhere")
    }
    if let witness = reader.firstRecord(after: goodLength, thatKnewDurable: goodLength) {
      throw StorageError.damaged(
        file, at: goodLength, "a record is changed that was durable when the one at byte \(witness) was written")
    }
  }
}

/// Finds records in the bytes of a segment.
private struct SegmentReader {
  struct Record {
    var epoch: UInt64
    var durable: UInt64
    var kind: UInt8
    var payload: Range<Int>
    var end: Int
  }

  private let bytes: [UInt8]
  private let firstEpoch: UInt64

  init(_ bytes: [UInt8], firstEpoch: UInt64) {
    self.bytes = bytes
    self.firstEpoch = firstEpoch
  }

  func hasGoodHeader(_ file: String) throws -> Bool {
    guard bytes.starts(with: SegmentFormat.magic),
      let version = bytes.littleEndian(at: 8, as: UInt32.self),
      let epoch = bytes.littleEndian(at: 16, as: UInt64.self),
      bytes.littleEndian(at: 24, as: UInt64.self) == Checksum.of(bytes, in: 0..<24)
    else { return false }
    if version > CheckpointFormat.version { throw StorageError.newerFormat(file, version) }
    return epoch == firstEpoch
  }

  func record(at offset: Int) -> Record? {
    guard bytes.littleEndian(at: offset, as: UInt32.self) == SegmentFormat.recordMagic,
      let length = bytes.littleEndian(at: offset + 4, as: UInt32.self),
      let epoch = bytes.littleEndian(at: offset + 8, as: UInt64.self),
      let durable = bytes.littleEndian(at: offset + 16, as: UInt64.self),
      let kind = bytes.littleEndian(at: offset + 24, as: UInt64.self), kind <= UInt64(UInt8.max)
    else { return nil }
    let start = offset + SegmentFormat.recordHeaderLength
    let end = start + Int(length)
    guard let checksum = bytes.littleEndian(at: end, as: UInt64.self),
      checksum
        == Checksum.of(bytes, in: offset..<end, seed: SegmentFormat.seed(firstEpoch: firstEpoch, offset: offset))
    else { return nil }
    return Record(
      epoch: epoch, durable: durable, kind: UInt8(kind), payload: start..<end,
      end: end + SegmentFormat.checksumLength)
  }

  func content(of record: Record) -> EpochRecord {
    EpochRecord(epoch: record.epoch, kind: record.kind, payload: Array(bytes[record.payload]))
  }

  /// The offset of a good record beyond `offset` that was written when the file was durable beyond `length`.
  func firstRecord(after offset: Int, thatKnewDurable length: Int) -> Int? {
    var offset = offset + 1
    while offset + SegmentFormat.recordHeaderLength <= bytes.count {
      if bytes[offset] == UInt8(truncatingIfNeeded: SegmentFormat.recordMagic), let record = record(at: offset) {
        if record.durable > UInt64(length) { return offset }
        offset = record.end
      } else {
        offset += 1
      }
    }
    return nil
  }
}
