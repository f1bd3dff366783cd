import Synchronization
import TidemillColumns
import TidemillRuntime

/// A clock that only a test moves: nothing ever waits for real time.
///
/// ```swift
/// let clock = ManualClock()
/// let job = try Job([input], checkpoint: .none, clock: clock)
/// _ = try await job.step()
/// clock.advance(by: .minutes(1))
/// ```
public final class ManualClock: RuntimeClock {
  private struct Sleeper: Sendable {
    var deadline: EventTime
    var continuation: CheckedContinuation<Void, Never>
  }

  private struct State: Sendable {
    var now: EventTime
    /// Moves on with `now`, and stays when that is set.
    var steady: EventTime
    var sleepers: [UInt64: Sleeper] = [:]
    var lastSleeper: UInt64 = 0
    /// Sleepers that were cancelled before they fell asleep.
    var cancelled: Set<UInt64> = []
    /// Those who wait until somebody sleeps.
    var observers: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  /// - Parameter start: by default noon of a day in 2024.
  public init(_ start: EventTime = EventTime(microseconds: 1_704_110_400_000_000)) {
    state = Mutex(State(now: start, steady: start))
  }

  public func now() -> EventTime { state.withLock { $0.now } }

  public func steady() -> EventTime { state.withLock { $0.steady } }

  /// Sets the time, also to an earlier one, as people and time servers do. Nobody wakes by that.
  public func set(_ time: EventTime) { state.withLock { $0.now = time } }

  /// Moves time, and wakes those whose time has come.
  public func advance(by span: TimeSpan) {
    precondition(span >= .zero, "time does not go back")
    let woken = state.withLock { state in
      state.now = state.now + span
      state.steady = state.steady + span
      let due = state.sleepers.filter { $0.value.deadline <= state.steady }
      for number in due.keys { state.sleepers[number] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume() }
  }

  public func sleep(for duration: Duration) async throws {
    let number = state.withLock { state in
      state.lastSleeper += 1
      return state.lastSleeper
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isOver, observers) = state.withLock { state in
          let deadline = state.steady + duration.span
          if state.cancelled.remove(number) != nil || deadline <= state.steady {
            return (true, [CheckedContinuation<Void, Never>]())
          }
          state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
          let observers = state.observers
          state.observers = []
          return (false, observers)
        }
        if isOver { continuation.resume() }
        for observer in observers { observer.resume() }
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

  /// How many tasks sleep now.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// The first time at which somebody wakes; `nil` while nobody sleeps.
  public var nextDeadline: EventTime? {
    state.withLock { state in
      state.sleepers.values.map(\.deadline).min().map { deadline in
        state.now + TimeSpan(microseconds: deadline.microseconds - state.steady.microseconds)
      }
    }
  }

  /// Returns once somebody sleeps: then a job that was started with `run` has nothing to do.
  public func waitForSleeper() async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if !state.sleepers.isEmpty { return true }
        state.observers.append(continuation)
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}

extension Duration {
  fileprivate var span: TimeSpan {
    TimeSpan(microseconds: components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000)
  }
}
