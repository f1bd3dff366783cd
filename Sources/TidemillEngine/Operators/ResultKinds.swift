import TidemillColumns
import TidemillPlan

/// What an aggregation gives at the end of an epoch: one kind of results for each output mode that somebody wants.
///
/// Changes and finals come from one state. Everything does not go with them: for it no window may ever close.
struct ResultKinds {
  /// For update mode: the results that changed.
  let changes: Bool
  /// For append mode: the results of what closes.
  let finals: Bool
  /// For complete mode: all results.
  let everything: Bool

  init(_ modes: [OutputMode]) {
    changes = modes.contains(.update)
    finals = modes.contains(.append)
    everything = modes.contains(.complete)
    precondition(!everything || !changes && !finals, "complete mode shares no state")
  }
}

/// What an aggregation gave at the end of an epoch.
struct EpochResults {
  /// Results that changed, with weights; `nil` unless somebody wants them.
  let changes: Batch?
  /// Final results, or all; `nil` unless somebody wants them.
  let others: Batch?

  subscript(mode: OutputMode) -> Batch {
    guard let batch = mode == .update ? changes : others else { preconditionFailure("nobody asked for \(mode) mode") }
    return batch
  }
}
