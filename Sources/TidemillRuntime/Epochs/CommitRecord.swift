import TidemillColumns
import TidemillConnectors
import TidemillStorage

/// What the log says once an epoch's results are in all sinks.
///
/// It is a hint and not synced by itself: without it a replayed epoch is written again, and sinks discard what they hold.
struct CommitRecord {
  var epoch: Epoch
  /// For each stream the checksums of the files that the epoch read.
  var checksums: [[String: UInt64]]

  init(_ epoch: Epoch, checksums: [[String: UInt64]]) {
    self.epoch = epoch
    self.checksums = checksums
  }

  /// - Parameter last: the log's last epoch. The inputs of later ones may be there already, and a log does not go back.
  func record(at last: Epoch) -> EpochRecord {
    var writer = ByteWriter()
    writer.write(varint: Int(epoch.number))
    writer.write(varint: checksums.count)
    for stream in checksums {
      writer.write(varint: stream.count)
      for (origin, checksum) in stream.sorted(by: { $0.key < $1.key }) {
        writer.write(string: origin)
        writer.write(checksum)
      }
    }
    return EpochRecord(epoch: last.number, kind: EpochInputs.RecordKind.committed.rawValue, payload: writer.bytes)
  }

  /// - Throws: `CorruptBytes` for a payload of another shape.
  init(_ record: EpochRecord) throws {
    var reader = ByteReader(record.payload)
    epoch = Epoch(UInt64(try reader.readVarint()))
    checksums = []
    for _ in 0..<(try reader.readVarint()) {
      var stream: [String: UInt64] = [:]
      for _ in 0..<(try reader.readVarint()) { stream[try reader.readString()] = try reader.read() }
      checksums.append(stream)
    }
  }
}
