import Synchronization

/// What holds a run up, as lines on standard error: at most one a second, since connectors speak as often as they try something.
final class NoticeLines: Sendable {
  private struct State: Sendable {
    var lastWritten: ContinuousClock.Instant?
    /// How many were left out since.
    var leftOut = 0
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> ContinuousClock.Instant
  private let output: @Sendable (String) -> Void

  init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, _ output: @escaping @Sendable (String) -> Void) {
    self.now = now
    self.output = output
  }

  func write(_ notice: String) {
    let time = now()
    let leftOut: Int? = state.withLock { state in
      if let last = state.lastWritten, time - last < .seconds(1) {
        state.leftOut += 1
        return nil
      }
      defer { state.leftOut = 0 }
      state.lastWritten = time
      return state.leftOut
    }
    guard let leftOut else { return }
    output("warning: \(notice)" + (leftOut > 0 ? " (\(leftOut) more left out)" : "") + "\n")
  }
}
