import Dispatch
import Synchronization

/// Sleeping for those who are mostly woken before their time, many times a second.
///
/// A `Task.sleep` that is cancelled leaves its timer behind until it would have ended: a job that waits an hour for input at most,
/// and is woken a thousand times a second, would gather millions of them. Here a cancelled sleep leaves nothing, and one that ends
/// after the first of those that sleep costs no system call.
package final class Pause: Sendable {
  /// All sleepers of the process share one.
  package static let shared = Pause()

  private struct Sleeper: Sendable {
    var deadline: ContinuousClock.Instant
    var continuation: CheckedContinuation<Void, Never>
  }

  private struct State: Sendable {
    var sleepers: [UInt64: Sleeper] = [:]
    var last: UInt64 = 0
    /// Sleepers that were cancelled before they fell asleep.
    var cancelled: Set<UInt64> = []
    /// The first time at which somebody looks who is due.
    var nextLook: ContinuousClock.Instant?
    /// The number of that look; earlier ones have nothing to do any more.
    var lookNumber: UInt64 = 0

    mutating func plan(_ look: ContinuousClock.Instant?) -> UInt64 {
      nextLook = look
      lookNumber += 1
      return lookNumber
    }
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "tidemill.pause")

  /// One with sleepers of its own.
  package init() {}

  /// Returns after about `duration`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  package func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    guard duration > .zero else { return }
    let number = state.withLock { state in
      state.last += 1
      return state.last
    }
    let deadline = ContinuousClock.now + duration
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isOver, look) = state.withLock { state -> (Bool, UInt64?) in
          if state.cancelled.remove(number) != nil { return (true, nil) }
          state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
          let isEarly = state.nextLook.map { deadline < $0 } ?? true
          return (false, isEarly ? state.plan(deadline) : nil)
        }
        if isOver { continuation.resume() }
        if let look { self.look(look, in: duration) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: number)
        if sleeper == nil { state.cancelled.insert(number) }
        return sleeper
      }
      sleeper?.continuation.resume()
    }
    state.withLock { _ = $0.cancelled.remove(number) }
    try Task.checkCancellation()
  }

  private func look(_ number: UInt64, in duration: Duration) {
    let (seconds, attoseconds) = duration.components
    // Rounded up: a look before the time would have to be repeated.
    let nanoseconds = min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000 + 1
    queue.asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds))) { self.wake(number) }
  }

  private func wake(_ number: UInt64) {
    let now = ContinuousClock.now
    let (due, next) = state.withLock { state -> ([CheckedContinuation<Void, Never>], (UInt64, Duration)?) in
      guard state.lookNumber == number else { return ([], nil) }
      let due = state.sleepers.filter { $0.value.deadline <= now }
      for number in due.keys { state.sleepers[number] = nil }
      let first = state.sleepers.values.map(\.deadline).min()
      let look = state.plan(first)
      return (due.values.map(\.continuation), first.map { (look, $0 - now) })
    }
    for continuation in due { continuation.resume() }
    if let (look, pause) = next { self.look(look, in: pause) }
  }
}
