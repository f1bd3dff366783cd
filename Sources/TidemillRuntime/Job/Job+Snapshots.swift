import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillStorage

extension Job {
  /// Begins a snapshot when enough was read or enough time has passed since the last, and none is being written.
  func takeSnapshotIfDue() async throws {
    guard checkpoint.isDurable, bytesSinceSnapshot > 0 else { return }
    let isDue =
      bytesSinceSnapshot >= options.snapshotByteInterval
      || clock.steady() >= lastSnapshotTime + options.snapshotTimeInterval
    guard isDue else { return }
    try await takeSnapshot(waiting: false)
  }

  /// Begins to write the state after the last epoch in the background. Until it is written, the lanes may be at the next epoch,
  /// and no epoch may change the state; it counts once its epoch is committed.
  ///
  /// - Parameter waiting: whether to return only when it is there, and to wait for one that is being written.
  func takeSnapshot(waiting: Bool) async throws {
    if let running = snapshotInProgress {
      guard waiting else { return }
      try await running.value
    }
    guard checkpoint.isDurable, epoch != .none, bytesSinceSnapshot > 0 || positionsAtSnapshots.last?.epoch != epoch.number
    else { return }
    let writing = StateWriting(
      checkpoint.beginSnapshot(epoch: epoch.number), job: snapshotOfJob(),
      queries: streams.enumerated().flatMap { index, stream in
        stream.queries.enumerated().map { number, query in
          StateWriting.Query(
            section: "query \(index).\(number)", head: query.pipeline.snapshotHead(), pipeline: query.pipeline)
        }
      })
    let commit = commits.last?.task
    positionsAtSnapshots.append((epoch.number, streams.map(\.position)))
    bytesSinceSnapshot = 0
    lastSnapshotTime = clock.steady()
    log.beginSegment()
    let written = Ticket()
    snapshotDisk.async { written.resolve(Result { try translatingStorageErrors { try writing.write() } }) }
    stateInUse = written
    let task = Task { try await self.finishSnapshot(writing.file, written, commit) }
    snapshotInProgress = task
    if waiting { try await task.value }
  }

  private func finishSnapshot(
    _ file: any SnapshotWriting, _ written: Ticket, _ commit: Task<Void, any Error>?
  ) async throws {
    defer { snapshotInProgress = nil }
    do {
      try await written.value()
    } catch {
      stateInUse = nil
      await publish(file, abandoning: true)
      // Nothing is lost, but a log that nothing shortens any more must not grow in silence: the next step says so.
      failure = failure ?? error
      throw error
    }
    stateInUse = nil
    do {
      // Recovery from this state would not write the epoch's results any more.
      try await commit?.value
    } catch {
      await publish(file, abandoning: true)
      throw error
    }
    if let error = await publish(file) {
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

  /// Ends a snapshot on the thread of the snapshots, so that a large one does not hold up the log.
  ///
  /// - Returns: what kept it from being there.
  @discardableResult
  private func publish(_ file: any SnapshotWriting, abandoning: Bool = false) async -> (any Error)? {
    let done = Ticket()
    snapshotDisk.async {
      if abandoning {
        file.abandon()
        done.resolve(.success(()))
      } else {
        done.resolve(Result { try translatingStorageErrors { try file.finish() } })
      }
    }
    do { try await done.value() } catch {
      if !abandoning { await publish(file, abandoning: true) }
      return error
    }
    return nil
  }
}
