#if Server
  import Tidemill

  /// How many rows views have, for those who ask again and again. A view of millions of rows is not counted all the time.
  actor RowCounts {
    typealias Count = (rows: Int, epoch: Epoch)

    private var known: [String: (count: Count, isGoodUntil: ContinuousClock.Instant)] = [:]

    /// What there was at most ten times as long ago as counting took, if that was long.
    func count(of view: MaterializedView) async throws -> Count {
      if let known = known[view.name], known.isGoodUntil > .now { return known.count }
      let began = ContinuousClock.now
      let count = try await view.count()
      let took = ContinuousClock.now - began
      known[view.name] = (count, took > .milliseconds(100) ? .now + took * 10 : .now)
      return count
    }
  }
#endif
