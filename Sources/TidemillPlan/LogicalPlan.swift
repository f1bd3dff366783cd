import TidemillColumns

/// What a query means, as it was written: the tree that SQL and the DataFrame face both build.
///
/// Names are not looked up yet; `Resolver` does that and gives a `QueryPlan`.
public indirect enum LogicalPlan: Hashable, Sendable {
  /// A stream, or a static table, by its name.
  case stream(String, at: TextRange?)
  /// The input under another name: `(SELECT …) AS name`.
  case alias(String, LogicalPlan)
  /// `JOIN`: rows of a stream with those of a static table.
  case join(Join)
  /// `withWatermark(column, delay)`.
  case watermark(column: String, delay: TimeSpan, LogicalPlan)
  /// `WHERE`.
  case filter(Expression, LogicalPlan)
  /// `SELECT` without aggregates. An item may be a `ROW_NUMBER()`.
  case project([SelectItem], LogicalPlan)
  /// `SELECT items … GROUP BY keys HAVING having`: items may use aggregates, the keys, and expressions of both.
  case aggregate(Grouping, LogicalPlan)
  /// `QUALIFY`: a filter that sees the outputs of the select below it by their names and may use `ROW_NUMBER()`.
  case qualify(Expression, LogicalPlan)
  /// `dropDuplicates(columns)`; no columns means all of them, as `SELECT DISTINCT` does.
  case deduplicate([String], LogicalPlan)
  /// What could not be built, such as a watermark whose delay is no interval; the resolver throws the error.
  case invalid(TidemillError)
}

/// Two inputs brought together.
public struct Join: Hashable, Sendable {
  /// What brings rows of the two inputs together.
  public enum Condition: Hashable, Sendable {
    /// `ON`: a condition over the columns of both.
    case on(Expression)
    /// `USING`: columns that both have, by their names.
    case using([Expression])
  }

  /// What becomes of a row of the left input without a match.
  public var kind: JoinKind
  /// A stream's rows.
  public var left: LogicalPlan
  /// A static table.
  public var right: LogicalPlan
  /// When two rows belong together.
  public var condition: Condition
  /// Where the join stands in the query text; `nil` when it was built in Swift.
  public var range: TextRange?

  public init(
    _ kind: JoinKind, _ left: LogicalPlan, _ right: LogicalPlan, _ condition: Condition, at range: TextRange? = nil
  ) {
    self.kind = kind
    self.left = left
    self.right = right
    self.condition = condition
    self.range = range
  }
}

/// One item of a select list.
public struct SelectItem: Hashable, Sendable {
  /// What is computed.
  public var expression: Expression
  /// The name after `AS`; without one the resolver makes a name as Spark does.
  public var alias: String?

  /// An item of a select list, under its alias if there is one.
  public init(_ expression: Expression, as alias: String? = nil) {
    self.expression = expression
    self.alias = alias
  }
}

/// A `GROUP BY` with what is selected from it.
public struct Grouping: Hashable, Sendable {
  /// Plain expressions, at most one `window(…)` or `session_window(…)` call, an ordinal (`1`) or an alias of an item.
  public var keys: [Expression]
  /// What is selected: keys, aggregates, and expressions of both.
  public var items: [SelectItem]
  /// Keeps the groups for which it is true.
  public var having: Expression?
  /// How long a key without a window is kept after its last row, in event time.
  public var timeToLive: TimeSpan?

  public init(keys: [Expression], items: [SelectItem], having: Expression? = nil, timeToLive: TimeSpan? = nil) {
    self.keys = keys
    self.items = items
    self.having = having
    self.timeToLive = timeToLive
  }
}
