import TidemillColumns
import TidemillPlan

/// One of the outputs that a query gives its results to.
public struct PipelineOutput: Hashable, Sendable {
  /// What tells it from the query's other outputs.
  public var name: String
  /// In which form it gets the results.
  public var mode: OutputMode
  /// Whether epochs may hold its changes back. In update mode the state must say then what was before each change.
  public var mayHold: Bool

  /// An output that gets its changes each epoch, unless said otherwise.
  public init(name: String, mode: OutputMode, mayHold: Bool = false) {
    self.name = name
    self.mode = mode
    self.mayHold = mayHold
  }
}

extension EpochOutput {
  /// What an epoch gave for one of the query's outputs.
  public struct Delivery: Sendable {
    /// For the sink, as `Sink` describes it; `nil` if the epoch holds the output's changes back.
    public var changes: Batch?
    /// Rows that are held back, of this epoch and earlier ones.
    public var heldRows: Int
    /// Whether anything is held back; in complete mode no rows are, since the next result will be whole.
    public var isHolding: Bool
  }
}
