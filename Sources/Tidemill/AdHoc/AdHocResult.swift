import TidemillColumns
import TidemillConnectors

/// What a query over views gave.
public struct AdHocResult: Sendable {
  /// The columns of the result.
  public var schema: Schema
  /// Its rows, in the order that the query says.
  public var batch: Batch
  /// Which epoch of each view it read, by the view's name.
  public var epochs: [String: Epoch]
  /// Whether there were more rows than the caller's limit; those that the query's own LIMIT leaves out are not meant.
  public var isCut: Bool
}
