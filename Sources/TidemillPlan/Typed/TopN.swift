import TidemillColumns

/// The best rows of each partition: `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= limit`.
public struct TopN: Hashable, Sendable {
  /// A column to compare rows by.
  public struct Order: Hashable, Sendable {
    /// The input column.
    public var ordinal: Int
    /// Whether small comes first.
    public var ascending: Bool
    /// Whether NULL comes before all values.
    public var nullsFirst: Bool

    public init(ordinal: Int, ascending: Bool, nullsFirst: Bool) {
      self.ordinal = ordinal
      self.ascending = ascending
      self.nullsFirst = nullsFirst
    }
  }

  /// Input ordinals of the partition columns.
  public var partition: [Int]
  /// What is compared, in turn; the resolver has appended the remaining key columns, ascending, so that no two rows tie.
  public var order: [Order]
  /// How many rows of each partition are kept.
  public var limit: Int
  /// The name of a BIGINT column appended for the row number, if the query selects it.
  public var rankName: String?
  /// Input ordinals that identify a row.
  public var key: [Int]
  /// The window column among the partition columns: rows of a closed window are dropped from the state.
  public var window: Int?

  public init(
    partition: [Int], order: [Order], limit: Int, rankName: String? = nil, key: [Int], window: Int? = nil
  ) {
    self.partition = partition
    self.order = order
    self.limit = limit
    self.rankName = rankName
    self.key = key
    self.window = window
  }
}
