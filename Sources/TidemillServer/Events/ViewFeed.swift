#if Server
  import Hummingbird
  import Synchronization
  import Tidemill

  /// The changes of one view as events for any number of followers. The bytes of an event are made once and shared.
  ///
  /// There is no queue for anyone: a follower says how far it is and gets what comes next, and one that has fallen behind what the
  /// view keeps is told so.
  final class ViewFeed: Sendable {
    struct Event: Sendable {
      var epoch: Epoch
      var bytes: ByteBuffer
    }

    enum Next: Sendable {
      case event(Event)
      /// What comes next is no longer kept: take a snapshot.
      case lost
      /// There will be no more.
      case ended
      /// Nothing has changed for a while.
      case idle
    }

    private struct Waiter {
      var continuation: CheckedContinuation<Next?, Never>
      var epoch: Epoch
      var since: ContinuousClock.Instant
    }

    private struct State {
      /// The last events, in order and without a gap between them.
      var recent: [Event] = []
      /// What comes behind this epoch begins with the first of `recent`.
      var floor = Epoch.none
      var waiters: [UInt64: Waiter] = [:]
      /// Those that were cancelled before they began to wait.
      var cancelled: Set<UInt64> = []
      var nextWaiter: UInt64 = 0
      var pump: Task<Void, Never>?
      var hasEnded = false
    }

    /// How many events are shared. Who is further behind has one made for itself.
    private static let recentLimit = 8

    let view: MaterializedView
    private let watermark: @Sendable () -> EventTime?
    private let token: @Sendable () -> String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - watermark: that of the view's query, as far as is known.
    ///   - token: as `ViewSnapshot` has it.
    init(_ view: MaterializedView, watermark: @escaping @Sendable () -> EventTime?, token: @escaping @Sendable () -> String) {
      self.view = view
      self.watermark = watermark
      self.token = token
    }

    /// Waits for what comes behind an epoch.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func next(after epoch: Epoch) async throws -> Next {
      try Task.checkCancellation()
      let number = state.withLock { state in
        state.nextWaiter += 1
        return state.nextWaiter
      }
      let found = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Next?, Never>) in
          if let now = begin(number, continuation, epoch) { continuation.resume(returning: now.next) }
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
      if let found { return found }
      try Task.checkCancellation()
      return try await fetched(after: epoch)
    }

    /// What a follower need not wait for; `next` is `nil` for one that was cancelled or has to fetch what it wants itself.
    private struct Now {
      var next: Next?
    }

    private func begin(_ number: UInt64, _ continuation: CheckedContinuation<Next?, Never>, _ epoch: Epoch) -> Now? {
      state.withLock { state in
        if state.cancelled.remove(number) != nil { return Now() }
        if epoch >= state.floor, let event = state.recent.first(where: { $0.epoch > epoch }) { return Now(next: .event(event)) }
        if view.changes.last > epoch { return Now() }
        if state.hasEnded { return Now(next: .ended) }
        state.waiters[number] = Waiter(continuation: continuation, epoch: epoch, since: .now)
        // A snapshot may be of an epoch whose change is still on its way here; others wait for that.
        let start = min(epoch, view.changes.last)
        if state.pump == nil { state.pump = Task { await self.pump(after: start) } }
        return nil
      }
    }

    /// What the view keeps and this does not.
    private func fetched(after epoch: Epoch) async throws -> Next {
      switch try await view.changes.next(after: epoch) {
      case .change(let change): .event(event(of: change))
      case .lost: .lost
      case .ended: .ended
      }
    }

    /// Hands the view's changes to all who wait, until there are no more.
    private func pump(after start: Epoch) async {
      var epoch = start
      state.withLock { $0.floor = start }
      while let next = try? await view.changes.next(after: epoch) {
        switch next {
        case .change(let change):
          let event = event(of: change)
          epoch = change.epoch
          let woken = state.withLock { state in
            state.recent.append(event)
            if state.recent.count > Self.recentLimit { state.floor = state.recent.removeFirst().epoch }
            return Self.taken(&state) { $0.epoch < event.epoch }
          }
          for waiter in woken { waiter.continuation.resume(returning: .event(event)) }
        case .lost:
          epoch = view.changes.last
          let woken = state.withLock { state in
            state.recent = []
            state.floor = epoch
            return Self.taken(&state) { $0.epoch < epoch }
          }
          for waiter in woken { waiter.continuation.resume(returning: .lost) }
        case .ended:
          let woken = state.withLock { state in
            state.hasEnded = true
            return Self.taken(&state) { _ in true }
          }
          for waiter in woken { waiter.continuation.resume(returning: .ended) }
          return
        }
      }
    }

    /// Tells those that have waited for `time` that nothing has happened.
    func wakeIdle(after time: Duration) {
      let limit = ContinuousClock.now - time
      let woken = state.withLock { Self.taken(&$0) { $0.since <= limit } }
      for waiter in woken { waiter.continuation.resume(returning: .idle) }
    }

    /// Lets go of the view.
    func close() {
      let (pump, woken) = state.withLock { state in
        state.hasEnded = true
        return (state.pump, Self.taken(&state) { _ in true })
      }
      pump?.cancel()
      for waiter in woken { waiter.continuation.resume(returning: .ended) }
    }

    private static func taken(_ state: inout State, _ isMeant: (Waiter) -> Bool) -> [Waiter] {
      let meant = state.waiters.filter { isMeant($0.value) }
      if meant.count == state.waiters.count {
        state.waiters.removeAll(keepingCapacity: true)
      } else {
        for number in meant.keys { state.waiters[number] = nil }
      }
      return Array(meant.values)
    }

    private func event(of change: ViewChange) -> Event {
      let head = EventText.head("change", epoch: change.epoch, token: token(), watermark: watermark(), isCut: nil)
      let json = change.json
      var bytes = ByteBuffer()
      bytes.reserveCapacity(head.count + json.count + EventText.tail.count)
      bytes.writeBytes(head)
      bytes.writeBytes(json)
      bytes.writeBytes(EventText.tail)
      return Event(epoch: change.epoch, bytes: bytes)
    }
  }
#endif
