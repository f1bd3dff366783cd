/// What became of the accepted rows of one source partition: rows = duplicate + filtered + late + aggregated.
///
/// Rejected rows never reach the engine; whoever reads the source counts them.
public struct Ledger: Hashable, Sendable {
  public var rows = 0
  public var duplicate = 0
  public var filtered = 0
  public var late = 0
  /// Rows that count in a result; for a query without aggregation, rows that passed.
  public var aggregated = 0

  public init() {}

  public var isBalanced: Bool { rows == duplicate + filtered + late + aggregated }

  public static func += (left: inout Ledger, right: Ledger) {
    left.rows += right.rows
    left.duplicate += right.duplicate
    left.filtered += right.filtered
    left.late += right.late
    left.aggregated += right.aggregated
  }
}
