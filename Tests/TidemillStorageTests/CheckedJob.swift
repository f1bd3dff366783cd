import TidemillFiles
import TidemillStorage

/// A job that logs, syncs, rotates, takes snapshots and discards, and that checks at every start that nothing of what it was
/// promised is missing.
final class CheckedJob {
  static let lastEpoch: UInt64 = 14

  /// What was promised and is not so.
  private(set) var complaints: [String] = []
  private let fileSystem: any FileSystem
  /// The payloads tried for an epoch: each try has its own, so that a stale one is seen.
  private var tried: [UInt64: Set<[UInt8]>] = [:]
  /// The payload of each epoch whose sync returned, or which a recovery has shown.
  private var promised: [UInt64: [UInt8]] = [:]
  private var attempt = 0

  init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

  /// Runs until the end or a crash.
  func run() throws {
    attempt += 1
    let checkpoint = try Checkpoint.open("job", identity: "q", fileSystem: fileSystem)
    var history = try recovered(checkpoint)
    while UInt64(history.count) < Self.lastEpoch {
      let group = history.count % 3 == 0 ? 2 : 1
      for _ in 0..<group {
        let epoch = UInt64(history.count + 1)
        let payload = Array("epoch \(epoch), attempt \(attempt)".utf8) + Array(repeating: 7, count: Int(epoch) * 40)
        tried[epoch, default: []].insert(payload)
        history.append(payload)
        try checkpoint.append(EpochRecord(epoch: epoch, kind: 0, payload: payload))
        try checkpoint.append(EpochRecord(epoch: epoch, kind: 1, payload: [UInt8(epoch)]))
      }
      try checkpoint.sync()
      promise(history)
      if history.count % 4 < group {
        try checkpoint.startSegment()
        let sections = history.enumerated().map { ("epoch \($0.offset + 1)", $0.element) }
        try checkpoint.writeSnapshot(epoch: UInt64(history.count), sections: sections)
      }
    }
    try checkpoint.close()
  }

  /// The payload of every epoch, from the snapshot and the records after it.
  private func recovered(_ checkpoint: Checkpoint) throws -> [[UInt8]] {
    let recovery = try checkpoint.recover()
    check(recovery.damagedSnapshots.isEmpty, "a snapshot is damaged")
    check(recovery.sections.count == Int(recovery.snapshotEpoch), "the snapshot has other sections")
    var history = (1..<recovery.snapshotEpoch + 1).map { recovery.sections["epoch \($0)"] ?? [] }
    for record in recovery.records where record.kind == 0 {
      check(record.epoch == UInt64(history.count + 1), "epoch \(record.epoch) follows \(history.count)")
      history.append(record.payload)
    }
    check(history.count == Int(recovery.lastEpoch), "the last epoch is another")
    for (index, payload) in history.enumerated() {
      let epoch = UInt64(index + 1)
      check(tried[epoch]?.contains(payload) == true, "epoch \(epoch) was never written like this")
    }
    for (epoch, payload) in promised {
      check(Int(epoch) <= history.count, "epoch \(epoch) is lost")
      if Int(epoch) <= history.count { check(history[Int(epoch) - 1] == payload, "epoch \(epoch) changed") }
    }
    promise(history)
    return history
  }

  private func promise(_ history: [[UInt8]]) {
    for (index, payload) in history.enumerated() { promised[UInt64(index + 1)] = payload }
  }

  private func check(_ isTrue: Bool, _ complaint: String) {
    if !isTrue { complaints.append(complaint) }
  }
}
