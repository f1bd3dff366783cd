import TidemillColumns

/// One row as it arrives, after the format has read it and before anything was rejected.
public struct ReferenceRow: Hashable, Sendable {
  /// The values under the plan's `scanSchema`.
  public var values: [Value]
  public var partition: Int

  public init(_ values: [Value], partition: Int = 0) {
    self.values = values
    self.partition = partition
  }
}

/// What happens to a query, in order.
public enum ReferenceEvent: Hashable, Sendable {
  case row(ReferenceRow)
  /// The global watermark advances, windows close, results are emitted.
  case endOfEpoch
  /// A recorded decision that a partition has been idle for so long; it holds from the next end of an epoch until the
  /// partition's next row.
  case idle(Int, for: TimeSpan)
  /// The same decision for every partition known so far.
  case allIdle(TimeSpan)
  /// All rows of a static table, by its name, under its schema: rows from here on are joined with them.
  case table(String, [[Value]])
  /// Whether rows from here on are of a history in no order: none of them is late because of another, and the global watermark
  /// stays where it is.
  case history(Bool)
  /// What is there is all there is: everything closes and is emitted. Nothing after it is looked at.
  case endOfInput
}

extension ReferenceEvent {
  /// The partition that the event tells of.
  var partition: Int? {
    switch self {
    case .row(let row): row.partition
    case .idle(let partition, _): partition
    case .endOfEpoch, .allIdle, .table, .history, .endOfInput: nil
    }
  }
}
