import Synchronization

/// Wakes tasks that wait for something to happen, without polling.
package final class InputSignal: Sendable {
  private struct State: Sendable {
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    /// Those between the beginning and the end of `wait`; true once their time is up.
    var isUp: [UInt64: Bool] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Returns at the next `notify`, after about `timeout` if there is one, or at once when `isReady`.
  ///
  /// - Parameter isReady: what the caller waits for. Whoever makes it true calls `notify` afterwards, holding no lock that
  ///   `isReady` takes; then no wake-up is lost.
  package func wait(timeout: Duration?, unless isReady: @Sendable () -> Bool) async throws {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      state.isUp[state.nextWaiter] = false
      return state.nextWaiter
    }
    defer { state.withLock { _ = $0.isUp.removeValue(forKey: waiter) } }
    let timer = timeout.map { timeout in
      Task { [weak self] in
        guard (try? await Pause.shared.sleep(for: timeout)) != nil else { return }
        self?.end(waiter)
      }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isUp[waiter] == true || isReady() { return true }
          state.waiters[waiter] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      end(waiter)
    }
    timer?.cancel()
    try Task.checkCancellation()
  }

  /// Ends all waits.
  package func notify() {
    let woken = state.withLock { state in
      let waiters = state.waiters
      state.waiters.removeAll()
      return waiters
    }
    for continuation in woken.values { continuation.resume() }
  }

  /// Ends one waiter's wait, even one that has not begun to wait yet.
  private func end(_ waiter: UInt64) {
    let continuation = state.withLock { state in
      if state.isUp[waiter] != nil { state.isUp[waiter] = true }
      return state.waiters.removeValue(forKey: waiter)
    }
    continuation?.resume()
  }
}
