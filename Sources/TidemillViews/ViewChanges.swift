import Synchronization
import TidemillColumns
import TidemillConnectors

/// The changes of a view's last epochs, in bounded memory, for any number of followers.
///
/// A follower takes a snapshot, then the change behind its epoch, then the one behind that. Who falls behind what is kept takes a
/// snapshot again. Epochs that change nothing are left out.
public final class ViewChanges: Sendable {
  /// What comes next.
  public enum Next: Sendable {
    /// The first change behind the epoch.
    case change(ViewChange)
    /// The changes right behind the epoch are no longer kept: go on from a new snapshot.
    case lost
    /// There will be none.
    case ended
  }

  private struct Kept {
    var change: ViewChange
    var bytes: Int
  }

  private struct Waiter {
    var continuation: CheckedContinuation<Next?, Never>
    var epoch: Epoch
  }

  private struct State {
    /// In the order of their epochs.
    var kept: [Kept] = []
    var bytes = 0
    /// The last epoch whose change is no longer kept: behind it all are.
    var floor = Epoch.none
    var last = Epoch.none
    var hasEnded = false
    var waiters: [UInt64: Waiter] = [:]
    /// Those whose task was cancelled before they began to wait.
    var cancelled: Set<UInt64> = []
    var nextWaiter: UInt64 = 0
  }

  private let zone: SessionZone
  private let byteLimit: Int
  private let countLimit: Int
  private let state = Mutex(State())

  init(zone: SessionZone, byteLimit: Int, countLimit: Int) {
    self.zone = zone
    self.byteLimit = byteLimit
    self.countLimit = countLimit
  }

  /// Waits for the first change behind `epoch`, which is what a snapshot or the change before has said.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  /// - Complexity: O(log kept) when there is one; a wake-up costs a follower about a microsecond.
  public func next(after epoch: Epoch) async throws -> Next {
    try Task.checkCancellation()
    let waiter = state.withLock { state -> Result in
      if let next = Self.next(after: epoch, in: state) { return .ready(next) }
      state.nextWaiter += 1
      return .wait(state.nextWaiter)
    }
    guard case .wait(let number) = waiter else {
      guard case .ready(let next) = waiter else { preconditionFailure("a follower has its change or waits for it") }
      return next
    }
    let next = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now: Next?? = state.withLock { state in
          if state.cancelled.remove(number) != nil { return .some(nil) }
          if let next = Self.next(after: epoch, in: state) { return next }
          state.waiters[number] = Waiter(continuation: continuation, epoch: epoch)
          return .none
        }
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.waiters.removeValue(forKey: number)
        if waiter == nil { state.cancelled.insert(number) }
        return waiter
      }
      waiter?.continuation.resume(returning: nil)
    }
    _ = state.withLock { $0.cancelled.remove(number) }
    guard let next else { throw CancellationError() }
    return next
  }

  private enum Result {
    case ready(Next)
    case wait(UInt64)
  }

  private static func next(after epoch: Epoch, in state: borrowing State) -> Next? {
    if epoch < state.floor { return .lost }
    var low = 0
    var high = state.kept.count
    while low < high {
      let middle = (low + high) / 2
      if state.kept[middle].change.epoch <= epoch { low = middle + 1 } else { high = middle }
    }
    if low < state.kept.count { return .change(state.kept[low].change) }
    return state.hasEnded ? .ended : nil
  }

  /// The last epoch that is known to have changed the view.
  public var last: Epoch { state.withLock { $0.last } }

  /// How many bytes of changes are kept, texts included.
  public var keptBytes: Int { state.withLock { $0.bytes } }

  /// How many wait for a change.
  public var followers: Int { state.withLock { $0.waiters.count } }

  // MARK: The view's side

  /// Begins behind an epoch: what came before is in the database only.
  func begin(after epoch: Epoch) {
    state.withLock { state in
      state.floor = epoch
      state.last = epoch
    }
  }

  /// Gives the followers what an epoch changed, once it is in the database.
  func publish(_ batch: Batch, epoch: Epoch) {
    let change = ViewChange(epoch: epoch, batch: batch, zone: zone) { [weak self] bytes in self?.grow(epoch, by: bytes) }
    let woken = state.withLock { state -> [(waiter: Waiter, next: Next)] in
      precondition(epoch > state.last, "the changes of epoch \(epoch) come behind those of \(state.last)")
      state.last = epoch
      state.kept.append(Kept(change: change, bytes: batch.memoryUsed))
      state.bytes += state.kept.last!.bytes
      trim(&state)
      return Self.removeWaiters(before: epoch, of: &state).map { ($0, Self.next(after: $0.epoch, in: state) ?? .lost) }
    }
    for (waiter, next) in woken { waiter.continuation.resume(returning: next) }
  }

  /// Who has read the epoch from the database already waits for the next one.
  private static func removeWaiters(before epoch: Epoch, of state: inout State) -> [Waiter] {
    if state.waiters.values.allSatisfy({ $0.epoch < epoch }) {
      defer { state.waiters.removeAll(keepingCapacity: true) }
      return Array(state.waiters.values)
    }
    let woken = state.waiters.filter { $0.value.epoch < epoch }
    for number in woken.keys { state.waiters[number] = nil }
    return Array(woken.values)
  }

  /// An epoch has changed more than is kept: whoever followed takes a snapshot.
  func skip(_ epoch: Epoch) {
    let woken = state.withLock { state in
      state.kept = []
      state.bytes = 0
      state.floor = epoch
      state.last = epoch
      return Self.removeWaiters(before: epoch, of: &state)
    }
    for waiter in woken { waiter.continuation.resume(returning: .lost) }
  }

  /// The text of a change has been made, and takes room, too.
  private func grow(_ epoch: Epoch, by bytes: Int) {
    state.withLock { state in
      guard let index = state.kept.lastIndex(where: { $0.change.epoch == epoch }) else { return }
      state.kept[index].bytes += bytes
      state.bytes += bytes
      trim(&state)
    }
  }

  private func trim(_ state: inout State) {
    var gone = 0
    while gone < state.kept.count, state.bytes > byteLimit || state.kept.count - gone > countLimit {
      state.bytes -= state.kept[gone].bytes
      state.floor = state.kept[gone].change.epoch
      gone += 1
    }
    state.kept.removeFirst(gone)
  }

  /// There will be no more.
  func end() {
    let woken = state.withLock { state in
      state.hasEnded = true
      let waiters = state.waiters
      state.waiters.removeAll()
      return waiters
    }
    for waiter in woken.values { waiter.continuation.resume(returning: .ended) }
  }
}
