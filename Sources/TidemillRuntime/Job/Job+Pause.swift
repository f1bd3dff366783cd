import TidemillColumns

/// Whether and since when a job is paused.
struct Pausing {
  var isRunning = false
  /// What `pause` asked for.
  var isWanted = false
  /// How long the job stood still so far.
  var stood = TimeSpan.zero
  /// Since when it stands still, by the steady clock.
  var since: EventTime?
  /// The loop, while it stands still.
  var loop: CheckedContinuation<Void, Never>?
  /// Those who wait for the job to stand still.
  var waiters: [CheckedContinuation<Void, Never>] = []
}

extension Job {
  /// Lets the job finish the epochs that it has begun, and begin no others until `resume` or `stop`. Returns when their results are in
  /// the sinks; at once, if the job has not begun to run or has ended.
  ///
  /// Sources take no more than what they may hold. For partitions that are empty time stands still: what makes them idle, or closes
  /// windows of a stream in which nothing comes, is only the time in which the job runs.
  public func pause() async {
    pausing.isWanted = true
    waiting?.cancel()
    if !pausing.isRunning || isStopping || pausing.loop != nil { return }
    await withCheckedContinuation { pausing.waiters.append($0) }
  }

  /// Lets a paused job go on.
  public func resume() {
    pausing.isWanted = false
    endPause()
    // Those who still wait for the job to stand still would do so for ever.
    notePaused()
  }

  /// Whether `pause` was called and neither `resume` nor the job's end came since.
  public var isPaused: Bool { pausing.isWanted && !isStopping }

  /// The steady clock without the time in which the job was paused: for how long a partition was empty.
  var runningTime: EventTime {
    let now = pausing.since ?? clock.steady()
    return EventTime(microseconds: now.microseconds - pausing.stood.microseconds)
  }

  /// Stands still while the job is paused and what it has begun is done.
  ///
  /// - Returns: whether it stood still.
  func waitWhilePaused() async throws -> Bool {
    // The lanes have read what is ahead: that epoch has begun.
    guard isPaused, ahead == nil else { return false }
    try await waitForCommits()
    guard isPaused else { return true }
    pausing.since = clock.steady()
    notePaused()
    await withCheckedContinuation { pausing.loop = $0 }
    return true
  }

  /// Lets the loop go on, if it stands still.
  func endPause() {
    guard let loop = pausing.loop, let since = pausing.since else { return }
    pausing.loop = nil
    pausing.since = nil
    pausing.stood = TimeSpan(microseconds: pausing.stood.microseconds + clock.steady().microseconds - since.microseconds)
    loop.resume()
  }

  /// Takes note of the end of the job: there is nothing to pause any more.
  func endPausing() {
    pausing.isRunning = false
    pausing.isWanted = false
    notePaused()
  }

  private func notePaused() {
    let waiters = pausing.waiters
    pausing.waiters = []
    for waiter in waiters { waiter.resume() }
  }
}
