import TidemillFiles

/// One entry of the epoch log: something that must be known again to run the epoch again.
public struct EpochRecord: Hashable, Sendable {
  /// From 1.
  public var epoch: UInt64
  /// What the payload is; the log does not care.
  public var kind: UInt8
  /// What is recorded, under 4 GiB; the log keeps it as it is, behind a checksum.
  public var payload: [UInt8]

  public init(epoch: UInt64, kind: UInt8, payload: [UInt8]) {
    self.epoch = epoch
    self.kind = kind
    self.payload = payload
  }
}

extension EpochRecord {
  /// The record as it stands in a segment (see `SegmentFormat`), behind `prefix`.
  func encoded(after prefix: [UInt8] = [], firstEpoch: UInt64, offset: Int, durable: Int) -> [UInt8] {
    precondition(payload.count <= Int(UInt32.max), "a log record cannot hold 4 GiB or more")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(
      prefix.count + SegmentFormat.recordHeaderLength + payload.count + SegmentFormat.checksumLength)
    bytes.append(contentsOf: prefix)
    bytes.append(littleEndian: SegmentFormat.recordMagic)
    bytes.append(littleEndian: UInt32(payload.count))
    bytes.append(littleEndian: epoch)
    bytes.append(littleEndian: UInt64(durable))
    bytes.append(littleEndian: UInt64(kind))
    bytes.append(contentsOf: payload)
    let checksum = Checksum.of(
      bytes, in: prefix.count..<bytes.count, seed: SegmentFormat.seed(firstEpoch: firstEpoch, offset: offset))
    bytes.append(littleEndian: checksum)
    return bytes
  }
}
