/// Looking again and again for what nobody announces, ever less often.
package struct Polling: Sendable {
  /// The pause after the first look; each later one is twice as long.
  private let first: Duration
  private let longest: Duration

  package init(from first: Duration, to longest: Duration) {
    self.first = first
    self.longest = longest
  }

  /// Where a look costs a system call or two.
  package static let ofFiles = Polling(from: .milliseconds(10), to: .milliseconds(200))
  /// Where each look is a request, which costs time and money.
  package static let ofStores = Polling(from: .seconds(1), to: .seconds(10))

  /// Returns when `isThere` says so, or after about `timeout`. Looking takes a fifth of the time at most.
  package func wait(timeout: Duration, until isThere: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + timeout
    var pause = first
    while true {
      let began = clock.now
      let isReady = try await isThere()
      let now = clock.now
      if isReady || now >= deadline { return }
      try await Task.sleep(until: min(now + max(pause, (now - began) * 4), deadline), clock: clock)
      pause = min(pause * 2, longest)
    }
  }
}
