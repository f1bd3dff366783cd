#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import TidemillColumns
import TidemillConnectors

/// The wall clock of a job. Everything that depends on it is recorded with the epoch, so that a replay needs no clock.
public protocol RuntimeClock: Sendable {
  /// Microseconds since 1970; may go back when the machine's time is set.
  func now() -> EventTime

  /// A time that only goes forward, whatever the machine's time is set to: for how long something takes. Of use only against
  /// another of the same process.
  func steady() -> EventTime

  /// Returns after about `duration`, or throws when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

extension RuntimeClock {
  /// A clock that nobody sets needs no other.
  public func steady() -> EventTime { now() }
}

/// The machine's clock.
public struct SystemClock: RuntimeClock {
  /// The real-time clock of the machine.
  public init() {}

  public func now() -> EventTime { Self.time(of: CLOCK_REALTIME) }

  public func steady() -> EventTime { Self.time(of: CLOCK_MONOTONIC) }

  private static func time(of clock: clockid_t) -> EventTime {
    var time = timespec()
    clock_gettime(clock, &time)
    return EventTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  public func sleep(for duration: Duration) async throws { try await Pause.shared.sleep(for: duration) }
}

extension TimeSpan {
  /// The span as Swift's clocks take it.
  public var duration: Duration { .microseconds(microseconds) }
}
