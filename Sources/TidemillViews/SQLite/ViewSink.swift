#if SQLite
  import Synchronization
  import TableSinks
  import TidemillColumns
  import TidemillConnectors

  /// What a job writes a view by. Followers get an epoch's changes once they are in the database.
  final class ViewSink: WatermarkedSink {
    let description: String
    private let name: String
    private let schema: Schema
    private let key: [Int]?
    private let window: Int?
    private let options: ViewOptions
    private let access: ViewAccess
    private let changes: ViewChanges

    init(
      name: String, schema: Schema, key: [Int]?, window: Int?, options: ViewOptions, access: ViewAccess, changes: ViewChanges
    ) {
      self.name = name
      self.schema = schema
      self.key = key
      self.window = window
      self.options = options
      self.access = access
      self.changes = changes
      description = "view \(name)"
    }

    func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
      guard shape.schema == schema, shape.key == key, shape.mode == .update else {
        throw TidemillError(
          .invalidQuery, "view \(name) keeps a result in update mode with the columns \(schema), not \(shape.schema)",
          hint: "make the view of the query whose result it keeps")
      }
      let (name, window, options) = (name, window, options)
      do {
        let store = try await BlockingQueue("tidemill.view").run {
          try ViewStore(shape, name: name, window: window, options: options, lastEpoch: lastEpoch)
        }
        changes.begin(after: store.firstEpoch)
        access.open(store)
      } catch {
        access.fail(error)
        throw error
      }
    }

    func write(_ batch: Batch, epoch: Epoch) async throws { try await write(batch, epoch: epoch, watermark: nil) }

    func write(_ batch: Batch, epoch: Epoch, watermark: EventTime?) async throws {
      guard let store = access.store else { preconditionFailure("a sink is opened before it is written to") }
      switch try await store.write(batch, epoch: epoch, watermark: watermark) {
      case .nothing: break
      // Strings that the batch shares with what it was taken from would keep that alive.
      case .changes(let changed): changes.publish(changed.withOwnStrings(), epoch: epoch)
      case .muchMore: changes.skip(epoch)
      }
      await store.tidy()
    }

    /// The view stays readable.
    func close() async throws { changes.end() }
  }

  /// A view's database, once it is open.
  final class ViewAccess: Sendable {
    private enum State {
      case waiting
      case open(ViewStore)
      case failed(any Error)
    }

    private let state = Mutex(State.waiting)
    private let signal = InputSignal()

    var store: ViewStore? {
      state.withLock { state in
        if case .open(let store) = state { return store }
        return nil
      }
    }

    /// Waits until it is open.
    ///
    /// - Throws: what kept it from being opened.
    func opened() async throws -> ViewStore {
      try await signal.wait(timeout: nil) {
        self.state.withLock { state in
          if case .waiting = state { return false }
          return true
        }
      }
      return try state.withLock { state in
        switch state {
        case .waiting: preconditionFailure("a view is open once it is waited for no more")
        case .open(let store): return store
        case .failed(let error): throw error
        }
      }
    }

    func open(_ store: ViewStore) {
      state.withLock { $0 = .open(store) }
      signal.notify()
    }

    func fail(_ error: any Error) {
      state.withLock { state in
        if case .waiting = state { state = .failed(error) }
      }
      signal.notify()
    }
  }
#endif
