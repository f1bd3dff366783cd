#if Server
  import Synchronization
  import Tidemill

  /// What the last epochs of each query have said.
  final class LiveQueries: Sendable {
    /// One epoch of one query, as far as a chart of it goes.
    struct Recent: Sendable {
      var epoch: Epoch
      var timestamp: EventTime
      var rows: Int
      var milliseconds: Int
      var late: Int
      var rejected: Int
      var stateBytes: Int
      var outputRows: Int

      init(_ progress: QueryProgress) {
        epoch = progress.batchId
        timestamp = progress.timestamp
        rows = progress.numInputRows
        milliseconds = progress.batchDuration
        late = progress.ledger.late
        rejected = progress.ledger.rejected
        stateBytes = progress.stateBytes
        outputRows = progress.numOutputRows
      }
    }

    struct Query: Sendable {
      var last: QueryProgress
      /// The newest is the last one.
      var recent: [Recent]
    }

    /// How many epochs are remembered.
    static let recentLimit = 120

    private let queries = Mutex<[String: Query]>([:])

    func take(_ progress: QueryProgress) {
      queries.withLock { queries in
        var query = queries.removeValue(forKey: progress.name) ?? Query(last: progress, recent: [])
        query.last = progress
        if query.recent.count == Self.recentLimit { query.recent.removeFirst() }
        query.recent.append(Recent(progress))
        queries[progress.name] = query
      }
    }

    subscript(_ name: String) -> Query? { queries.withLock { $0[name] } }

    var all: [String: Query] { queries.withLock { $0 } }
  }
#endif
