import TidemillColumns
import TidemillConnectors

extension Job {
  /// Begins a snapshot when enough was read or enough time has passed since the last, and none is being written.
  func takeSnapshotIfDue() async throws {
    guard checkpoint.isDurable, bytesSinceSnapshot > 0 else { return }
    let isDue =
      bytesSinceSnapshot >= options.snapshotByteInterval
      || clock.now() >= lastSnapshotTime + options.snapshotTimeInterval
    guard isDue else { return }
    try await takeSnapshot(waiting: false)
  }

  /// Copies the state now and writes it in the background.
  ///
  /// - Parameter waiting: whether to return only when it is written, and to wait for one that is being written.
  func takeSnapshot(waiting: Bool) async throws {
    if let running = snapshotInProgress {
      guard waiting else { return }
      try await running.value
    }
    guard checkpoint.isDurable, epoch != .none, bytesSinceSnapshot > 0 || positionsAtSnapshots.last?.epoch != epoch.number
    else { return }
    let checkpoint = checkpoint
    let epoch = epoch.number
    let sections = snapshotSections()
    positionsAtSnapshots.append((epoch, streams.map(\.position)))
    bytesSinceSnapshot = 0
    lastSnapshotTime = clock.now()
    try await onDisk { try checkpoint.startSegment() }
    let task = Task { try await self.writeSnapshot(epoch, sections) }
    snapshotInProgress = task
    if waiting { try await task.value }
  }

  private func writeSnapshot(_ epoch: UInt64, _ sections: [(String, [UInt8])]) async throws {
    defer { snapshotInProgress = nil }
    let checkpoint = checkpoint
    do {
      try await onSnapshotThread { try checkpoint.writeSnapshot(epoch: epoch, sections: sections) }
    } catch {
      // Nothing is lost, but a log that nothing shortens any more must not grow in silence: the next step says so.
      failure = failure ?? error
      throw error
    }
    snapshotsWritten += 1
    // What lies before the older of the kept snapshots will never be read again.
    let releasable = checkpoint.releasableEpoch
    guard let last = positionsAtSnapshots.last(where: { $0.epoch <= releasable }) else { return }
    positionsAtSnapshots.removeAll { $0.epoch < last.epoch }
    for index in streams.indices {
      try await streams[index].input.source.release(before: last.positions[index])
      streams[index].noteReleased()
    }
  }
}
