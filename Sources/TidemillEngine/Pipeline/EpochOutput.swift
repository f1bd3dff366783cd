import TidemillColumns
import TidemillPlan

/// What is recorded of an epoch's end before it runs: everything that is not in the rows.
public struct EpochEnd: Sendable, Hashable {
  /// The partitions that are idle, each with the time since it was found empty.
  public var idle: [Int: TimeSpan]
  /// Whether all there is has been read, so that every window closes.
  public var isFinal: Bool
  /// The names of the outputs whose changes are held back.
  public var held: Set<String>

  /// An epoch's end at which no partition is idle, input may still come and nothing is held back, unless said otherwise.
  public init(idle: [Int: TimeSpan] = [:], isFinal: Bool = false, held: Set<String> = []) {
    self.idle = idle
    self.isFinal = isFinal
    self.held = held
  }
}

/// What an epoch gave.
public struct EpochOutput: Sendable {
  /// What an output in the plan's mode gets, or else the first; empty if it is held back.
  public var changes: Batch
  /// What each of the query's outputs gets, in their order.
  public var deliveries: [Delivery]
  /// What became of the rows of the epoch, per partition.
  public var ledger: [Int: Ledger]
  /// The stream's columns of rows that were late for all of their windows, in source order; empty unless they are kept.
  public var late: Batch
  /// The first of those, at most `LateRow.limit`, whether late rows are kept or not.
  public var lateSamples: [LateRow]
  /// The global watermark after the epoch; `nil` while there is none.
  public var watermark: EventTime?
  /// Each partition's highest event time so far.
  public var highest: [EventTime?]
  /// What each step with state holds and did, in the order of the plan.
  public var operators: [OperatorMetrics]

  /// Bytes of all that goes to sinks, as if outputs shared nothing.
  public var resultBytes: Int { deliveries.reduce(late.memoryUsed) { $0 + ($1.changes?.memoryUsed ?? 0) } }

  /// Bytes of state.
  public var memoryUsed: Int { operators.reduce(0) { $0 + $1.memoryUsed } }
}
