#if Kafka
  import Synchronization

  /// That a query is to end, for a thread that waits for the broker.
  final class Interruption: Sendable {
    private let state = Mutex(false)
    private let bell = Bell()

    func request() {
      state.withLock { $0 = true }
      bell.ring()
    }

    var isRequested: Bool { state.withLock { $0 } }

    /// Waits for so many milliseconds, or until it is requested. For one thread at a time.
    func isRequested(within milliseconds: Int32) -> Bool {
      if isRequested { return true }
      bell.wait(milliseconds: milliseconds)
      return isRequested
    }
  }
#endif
