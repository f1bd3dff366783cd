/// How long to wait before the next attempt: twice as long each time, up to ten seconds, until a limit is reached.
package struct Backoff: Sendable {
  private static let longest = Duration.seconds(10)

  private let limit: Duration
  private var began: ContinuousClock.Instant?
  private var delay = Duration.milliseconds(250)
  /// How many attempts have failed.
  package private(set) var attempts = 0

  package init(limit: Duration) { self.limit = limit }

  /// Counts a failed attempt.
  ///
  /// - Returns: how long to wait; `nil` when the limit would be passed.
  package mutating func next(after now: ContinuousClock.Instant) -> Duration? {
    attempts += 1
    let began = began ?? now
    self.began = began
    guard now - began + delay <= limit else { return nil }
    defer { delay = min(delay * 2, Self.longest) }
    return delay
  }
}
