import TidemillColumns
import TidemillPlan

/// What is recorded of an epoch's end before it runs: everything that is not in the rows.
public struct EpochEnd: Sendable, Hashable {
  /// The partitions that are idle, each with the time since it was found empty.
  public var idle: [Int: TimeSpan]
  /// Whether all there is has been read, so that every window closes.
  public var isFinal: Bool

  /// An epoch's end at which no partition is idle and input may still come, unless said otherwise.
  public init(idle: [Int: TimeSpan] = [:], isFinal: Bool = false) {
    self.idle = idle
    self.isFinal = isFinal
  }
}

/// What an epoch gave.
public struct EpochOutput: Sendable {
  /// The changes of the result in the plan's output mode, as `Sink` describes them.
  public var changes: Batch
  /// The same for each output mode of the query.
  public var changesByMode: [OutputMode: Batch]
  /// What became of the rows of the epoch, per partition.
  public var ledger: [Int: Ledger]
  /// The stream's columns of rows that were late for all of their windows, in source order; empty unless they are kept.
  public var late: Batch
  /// The global watermark after the epoch; `nil` while there is none.
  public var watermark: EventTime?
  /// Each partition's highest event time so far.
  public var highest: [EventTime?]
  /// What each step with state holds and did, in the order of the plan.
  public var operators: [OperatorMetrics]

  /// Bytes of all that goes to sinks.
  public var resultBytes: Int { changesByMode.values.reduce(late.memoryUsed) { $0 + $1.memoryUsed } }

  /// Bytes of state.
  public var memoryUsed: Int { operators.reduce(0) { $0 + $1.memoryUsed } }
}
