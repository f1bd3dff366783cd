/// What became of the accepted rows of one source partition: rows = duplicate + filtered + late + aggregated.
///
/// Rejected rows never reach the engine; whoever reads the source counts them.
public struct Ledger: Hashable, Sendable {
  /// Accepted rows that the engine was given.
  public var rows = 0
  /// Rows that deduplication dropped.
  public var duplicate = 0
  /// Rows that a condition left out.
  public var filtered = 0
  /// Rows that were late for all of their windows.
  public var late = 0
  /// Rows that count in a result; for a query without aggregation, rows that passed.
  public var aggregated = 0

  /// The ledger of no rows.
  public init() {}

  /// Whether every row is accounted for exactly once; anything else is a mistake in the engine.
  public var isBalanced: Bool { rows == duplicate + filtered + late + aggregated }

  public static func += (left: inout Ledger, right: Ledger) {
    left.rows += right.rows
    left.duplicate += right.duplicate
    left.filtered += right.filtered
    left.late += right.late
    left.aggregated += right.aggregated
  }
}
