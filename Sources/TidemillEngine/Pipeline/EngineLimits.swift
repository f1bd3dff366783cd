/// How much memory pieces of the work may take that no state or input bounds. Who goes beyond gets an error; nobody gets another result.
public struct EngineLimits: Sendable {
  /// Bytes of the rows that a join with a table makes of one batch. It is met by mistakes, such as a key that is the same in all rows.
  public var joinedBytes = 512 << 20
  /// Bytes of the texts that an expression computes for one batch.
  public var textBytes = 1 << 30
  /// Bytes of the sliding windows' results that one epoch gives.
  public var resultBytes = Int.max
  /// Whether rows that no aggregation takes count as gathered. By itself the input that an epoch reads bounds them.
  public var countsPassedRows = false

  /// Limits that only mistakes meet.
  public init() {}
}
