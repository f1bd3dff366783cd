import Dispatch
import Synchronization

/// A wait that another thread can end, for good.
final class Interruptible: Sendable {
  struct Interrupted: Error {}

  private let isOver = Mutex(false)
  private let bell = DispatchSemaphore(value: 0)

  /// Returns after about this long.
  ///
  /// - Throws: `Interrupted` once somebody has called `interrupt`.
  func wait(_ duration: Duration) throws {
    if !isOver.withLock({ $0 }) {
      let (seconds, attoseconds) = duration.components
      _ = bell.wait(timeout: .now() + .nanoseconds(Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)))
    }
    if isOver.withLock({ $0 }) {
      // For whoever else waits.
      bell.signal()
      throw Interrupted()
    }
  }

  func interrupt() {
    isOver.withLock { $0 = true }
    bell.signal()
  }
}
