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
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "tidemill.pause")

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
        let (isOver, isEarly) = state.withLock { state in
          if state.cancelled.remove(number) != nil { return (true, false) }
          state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
          let isEarly = state.nextLook.map { deadline < $0 } ?? true
          if isEarly { state.nextLook = deadline }
          return (false, isEarly)
        }
        if isOver { continuation.resume() }
        if isEarly { look(in: duration) }
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

  private func look(in duration: Duration) {
    let (seconds, attoseconds) = duration.components
    // Rounded up: a look before the time would have to be repeated.
    let nanoseconds = min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000 + 1
    queue.asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds))) { self.wake() }
  }

  private func wake() {
    let now = ContinuousClock.now
    let (due, pause) = state.withLock { state in
      let due = state.sleepers.filter { $0.value.deadline <= now }
      for number in due.keys { state.sleepers[number] = nil }
      // Another look may be on its way: it finds nobody, or is in time for somebody.
      state.nextLook = state.sleepers.values.map(\.deadline).min()
      return (due.values.map(\.continuation), state.nextLook.map { $0 - now })
    }
    for continuation in due { continuation.resume() }
    if let pause { look(in: pause) }
  }
}
