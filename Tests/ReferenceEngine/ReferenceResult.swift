import TidemillColumns

/// One change of a result: +1 inserts the row, -1 retracts an equal one.
public struct ReferenceChange: Hashable, Sendable {
  public var weight: Int
  public var row: [Value]

  public init(_ weight: Int, _ row: [Value]) {
    self.weight = weight
    self.row = row
  }
}

/// Where a partition's rows went: each row counts in exactly one of the four.
public struct ReferenceLedger: Hashable, Sendable {
  public var rowsIn = 0
  public var duplicate = 0
  public var filtered = 0
  public var late = 0
  public var aggregated = 0

  public init(rowsIn: Int = 0, duplicate: Int = 0, filtered: Int = 0, late: Int = 0, aggregated: Int = 0) {
    self.rowsIn = rowsIn
    self.duplicate = duplicate
    self.filtered = filtered
    self.late = late
    self.aggregated = aggregated
  }

  public var balances: Bool { rowsIn == duplicate + filtered + late + aggregated }
}

/// All that a query gave for a list of events.
public struct ReferenceResult: Sendable {
  /// The rows after folding everything emitted.
  public var finalTable: [[Value]] = []
  /// For each `endOfEpoch` and for `endOfInput`, what was emitted there.
  public var emitted: [[ReferenceChange]] = []
  /// For each of the same, the global watermark after it.
  public var watermarks: [EventTime] = []
  /// The rows (under the scan schema, in order of arrival) that were late for all of their windows.
  public var late: [[Value]] = []
  /// By partition.
  public var ledger: [Int: ReferenceLedger] = [:]
}
