import Synchronization
import Tidemill

/// What the epochs of this run have said so far.
final class RunMonitor: Sendable {
  private struct State {
    var epochs: Set<UInt64> = []
    var last: [String: QueryProgress] = [:]
    /// The query that counts for each source: several queries over one stream read it once.
    var counting: [String: String] = [:]
    var rows = 0
    var late = 0
    var rejected = 0
    var firstRejection: QueryProgress.Rejection?
  }

  private let state = Mutex(State())
  private let started = ContinuousClock.now

  func take(_ progress: QueryProgress) {
    state.withLock { state in
      state.epochs.insert(progress.batchId.number)
      state.last[progress.name] = progress
      state.late += progress.ledger.late
      if state.firstRejection == nil { state.firstRejection = progress.firstRejection }
      let source = progress.sourceDescription
      if state.counting[source] == nil { state.counting[source] = progress.name }
      if state.counting[source] == progress.name {
        state.rows += progress.numInputRows
        state.rejected += progress.ledger.rejected
      }
    }
  }

  var rows: Int { state.withLock { $0.rows } }
  var late: Int { state.withLock { $0.late } }
  var rejected: Int { state.withLock { $0.rejected } }
  var epochs: Int { state.withLock { $0.epochs.count } }
  var hasLostRows: Bool { state.withLock { $0.late + $0.rejected > 0 } }
  var elapsed: Duration { ContinuousClock.now - started }
  /// The newest record of each query.
  var last: [String: QueryProgress] { state.withLock { $0.last } }

  /// That rows are missing from the result, and how to see them; `nil` when none are.
  var lostRowsNote: String? {
    let (late, rejected, first) = state.withLock { ($0.late, $0.rejected, $0.firstRejection) }
    var parts: [String] = []
    if late > 0 { parts.append("\(late) \(late == 1 ? "row was" : "rows were") late") }
    if rejected > 0 {
      let example = first.map { first in
        let place = first.line.map { "\(first.origin):\($0)" } ?? first.origin
        return " (\(rejected == 1 ? "" : "the first: ")\(place): \(first.detail))"
      }
      parts.append("\(rejected) \(rejected == 1 ? "row was" : "rows were") rejected\(example ?? "")")
    }
    if parts.isEmpty { return nil }
    let names = [late > 0 ? "late 'sink'" : nil, rejected > 0 ? "rejected 'sink'" : nil].compactMap { $0 }
    return parts.joined(separator: " and ") + "; the stream's OPTIONS (\(names.joined(separator: ", "))) keeps them"
  }
}
