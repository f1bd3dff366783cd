#if SQLite
  import TidemillColumns
  import TidemillConnectors

  /// Counts a view's rows for many who ask.
  actor RowCounter {
    typealias Count = (rows: Int, epoch: Epoch)

    private var running: Task<Count, any Error>?
    /// How many wait for another's count.
    private(set) var waiting = 0

    /// The outcome of `work`, or of that which runs already.
    func count(_ work: @escaping @Sendable () async throws -> Count) async throws -> Count {
      if let running {
        waiting += 1
        defer { waiting -= 1 }
        return try await running.value
      }
      let task = Task { try await work() }
      running = task
      defer { running = nil }
      return try await task.value
    }
  }
#endif
