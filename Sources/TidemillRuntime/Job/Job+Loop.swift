import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// How a job ended.
public enum JobEnding: Hashable, Sendable {
  /// All there is has been processed.
  case finished
  /// `stop` was called; the checkpoint says where to go on.
  case stopped
}

extension Job {
  /// Runs until the input ends or `stop` is called, then closes the sinks and the checkpoint.
  ///
  /// - Throws: `TidemillError`. What was durable stays so: the next run goes on from there.
  @discardableResult
  public func run() async throws -> JobEnding {
    pausing.isRunning = true
    defer { endPausing() }
    do {
      try await open()
      let ending = try await loop()
      await dropAhead()
      try await waitForCommits()
      try await flush()
      try await takeSnapshot(waiting: true)
      await closeSources()
      try await closeSinks()
      try translatingStorageErrors { try checkpoint.close() }
      return ending
    } catch {
      // The lock must go, and whoever reads results must not wait for more. The error that stopped the job is the one to tell.
      await dropAhead()
      try? await waitForCommits()
      _ = try? await snapshotInProgress?.value
      await closeSources()
      try? await closeSinks()
      try? checkpoint.close()
      throw error
    }
  }

  private func closeSources() async {
    for stream in streams { await stream.input.source.close() }
  }

  private func closeSinks() async throws {
    for stream in streams {
      for output in stream.queries.flatMap(\.definition.outputs) { try await output.sink.close() }
      try await stream.input.lateSink?.close()
      try await stream.input.rejectedSink?.close()
    }
  }

  /// Finishes the epoch that runs, commits it and ends `run`.
  public func stop() {
    isStopping = true
    waiting?.cancel()
    endPause()
    for stream in streams { stream.input.source.interrupt() }
  }

  private func loop() async throws -> JobEnding {
    while !isStopping {
      if try await waitWhilePaused() { continue }
      let began = clock.steady()
      if try await advance(isOverlapping: true) {
        // A backlog is worked off without pauses: there is nothing to wait for.
        if case .interval(let span) = options.trigger, hasCaughtUp, !isStopping {
          try await waitForCommits()
          try await sleep(until: began + span)
        }
        continue
      }
      if isStopping { break }
      if isPaused { continue }
      switch options.trigger {
      case .once, .availableNow:
        if isFinished || streams.allSatisfy({ $0.input.source.hasSeenAll }) { return .finished }
        try await waitForInput()
      case .asap, .interval:
        if streams.allSatisfy({ $0.input.source.hasEnded }) {
          // A pipe that has closed, or a finished memory stream: nothing more can come.
          if try await finalStep() { continue }
          return .finished
        }
        try await waitForInput()
      }
    }
    return .stopped
  }

  /// Runs one epoch if there is anything to do, and commits it.
  ///
  /// - Returns: whether an epoch ran. With `.once` the last of them closes every window.
  /// - Throws: what stopped the job. If it stopped in the middle of an epoch, so does every further call: only a new job, which
  ///   starts from the checkpoint, can go on.
  public func step() async throws -> Bool { try await advance(isOverlapping: false) }

  /// Runs epochs as `run` does, each while the one before is being committed, until there is nothing to do.
  ///
  /// - Returns: how many epochs ran; all of them are committed.
  /// - Throws: as `step`.
  @discardableResult
  public func catchUp() async throws -> Int {
    var count = 0
    do {
      while try await advance(isOverlapping: true) { count += 1 }
    } catch {
      try? await waitForCommits()
      throw error
    }
    try await waitForCommits()
    return count
  }

  /// Computes one epoch if there is anything to do.
  ///
  /// - Parameter isOverlapping: whether it may still be on its way to the sinks when this returns, and the one behind it begun.
  private func advance(isOverlapping: Bool) async throws -> Bool {
    try await open()
    if isFinished { return false }
    try await waitForCommits(downTo: isOverlapping ? Self.commitLimit : 0)
    if isOverlapping, isStopping { return false }
    let chosen: ChosenInput
    if let ahead {
      chosen = ahead
      self.ahead = nil
    } else {
      chosen = try await choose(after: streams.map(\.position))
    }
    guard let inputs = inputs(from: chosen) else { return false }
    try await run(inputs, of: chosen, isOverlapping: isOverlapping)
    lastEpochClock = chosen.clock
    lastEpochSteady = chosen.steady
    isFinished = inputs.isFinal
    hasCaughtUp = chosen.reachesEnd
    if !isOverlapping { try await waitForCommits() }
    if !checkpoint.isDurable {
      // Without a checkpoint nothing will ever be read again.
      for stream in streams { try await stream.input.source.release(before: stream.position) }
    }
    try await checkMemory()
    try await takeSnapshotIfDue()
    return true
  }

  /// Closes every window after the input has ended by itself.
  private func finalStep() async throws -> Bool {
    if isFinished { return false }
    let now = clock.now()
    let inputs = streams.map { $0.noInput }
    try await run(
      EpochInputs(epoch: epoch.next, clock: now, streams: inputs, isFinal: true, tables: joined.numbers))
    isFinished = true
    return true
  }

  /// Waits for input, for the moment at which an idle stream closes a window or an output is due, or for `stop`.
  private func waitForInput() async throws {
    let wait = timeToEpochWithoutInput(at: clock.now(), steady: runningTime)
    let timeout = wait.map { max(.zero, $0).duration } ?? .seconds(3600)
    // A source may have ended since `loop` asked; if it was the last one, nobody would wake this wait.
    let sources = streams.map(\.input.source).filter { !$0.hasEnded }
    if sources.isEmpty { return }
    let clock = clock
    let commit = commits.last?.task
    let task = Task {
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for source in sources {
          group.addTask {
            try await source.waitForInput(timeout: timeout)
            return true
          }
        }
        func sleep() {
          group.addTask {
            try await clock.sleep(for: timeout)
            return true
          }
        }
        // Only a job whose results are all in their sinks has nothing to do and sleeps.
        if let commit {
          group.addTask {
            _ = try? await commit.value
            return false
          }
        } else {
          sleep()
        }
        while let isOver = try await group.next(), !isOver { sleep() }
        group.cancelAll()
      }
    }
    waiting = task
    if isStopping || isPaused || failure != nil { task.cancel() }
    defer { waiting = nil }
    do { try await task.value } catch is CancellationError {}
    if let failure { throw failure }
  }

  private func sleep(until time: EventTime) async throws {
    let span = TimeSpan(microseconds: time.microseconds - clock.steady().microseconds)
    guard span > .zero else { return }
    let clock = clock
    let task = Task { try await clock.sleep(for: span.duration) }
    waiting = task
    if isStopping || isPaused { task.cancel() }
    defer { waiting = nil }
    do { try await task.value } catch is CancellationError {}
  }

  /// Stops the job when its state is over the budget, with a snapshot of it, so that the next run need not compute it again.
  private func checkMemory() async throws {
    do { try memoryBudget.check(stateBytes) } catch {
      await dropAhead()
      try await waitForCommits()
      try await takeSnapshot(waiting: true)
      throw error
    }
  }

  var memoryBudget: MemoryBudget {
    MemoryBudget(
      options.memoryBudget, holders: streams.flatMap { $0.queries.map(\.definition.name) },
      hasCheckpoint: checkpoint.isDurable)
  }
}
