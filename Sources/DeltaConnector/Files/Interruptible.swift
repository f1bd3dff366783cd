import Dispatch
import Synchronization

/// A wait that another thread can end, for good.
package final class Interruptible: Sendable {
  package struct Interrupted: Error {}

  package init() {}

  private let isOver = Mutex(false)
  private let bell = DispatchSemaphore(value: 0)

  /// Returns after about this long.
  ///
  /// - Throws: `Interrupted` once somebody has called `interrupt`.
  package func wait(_ duration: Duration) throws {
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

  package func interrupt() {
    isOver.withLock { $0 = true }
    bell.signal()
  }
}
