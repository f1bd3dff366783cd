import TidemillColumns
import TidemillPlan

/// A query over a stream, built by PySpark's chain. It holds no rows; starting it does the work.
public struct DataFrame: Sendable {
  /// What the query means.
  public var plan: LogicalPlan
  /// Who knows the streams that the plan names, and can start it; `nil` for a plan on its own.
  public var context: (any DataFrameContext)?

  /// A plan as a data frame; without a context it can be resolved, but not started.
  public init(_ plan: LogicalPlan, context: (any DataFrameContext)? = nil) {
    self.plan = plan
    self.context = context
  }

  /// Another plan over the same streams.
  func with(_ plan: LogicalPlan) -> DataFrame { DataFrame(plan, context: context) }

  /// The rows of a declared stream, or of a static table.
  public static func stream(_ name: String) -> DataFrame { DataFrame(.stream(name, at: nil)) }

  /// Keeps the rows for which the condition is true.
  public func filter(_ condition: ColumnExpression) -> DataFrame { with(.filter(condition.expression, plan)) }

  /// The same as `filter`.
  public func `where`(_ condition: ColumnExpression) -> DataFrame { filter(condition) }

  /// These columns; `"*"` stands for all.
  public func select(_ columns: any ColumnConvertible...) -> DataFrame { select(columns) }

  /// The same for columns in an array.
  public func select(_ columns: [any ColumnConvertible]) -> DataFrame {
    with(.project(columns.map(\.asColumn.selectItem), plan))
  }

  /// All columns and one more, which takes the place of one of the same name.
  public func withColumn(_ name: String, _ column: any ColumnConvertible) -> DataFrame {
    with(
      .project([SelectItem(Expression(.star)), SelectItem(column.asColumn.expression, as: name)], plan))
  }

  /// Rows with those of a static table that have the same values in these columns, which both have; they come once.
  public func join(_ table: DataFrame, on columns: String..., how: JoinKind = .inner) -> DataFrame {
    join(table, on: columns, how: how)
  }

  /// The same for columns in an array.
  public func join(_ table: DataFrame, on columns: [String], how: JoinKind = .inner) -> DataFrame {
    with(.join(Join(how, plan, table.plan, .using(columns.map { Expression(.column([$0])) }))))
  }

  /// Rows with those of a static table for which the condition is true. It needs an equality between the two; their columns are
  /// told apart by the names of stream and table, or by those that `alias` gives. Mere text is the name of a column that both have.
  public func join(_ table: DataFrame, on condition: ColumnExpression, how: JoinKind = .inner) -> DataFrame {
    if case .literal(.string(let name), _) = condition.expression.node { return join(table, on: [name], how: how) }
    return with(.join(Join(how, plan, table.plan, .on(condition.expression))))
  }

  /// Says which column is the event time, and how far behind the highest one a row may be and still count.
  public func withWatermark(_ column: String, _ delay: String) -> DataFrame {
    guard let span = TimeSpan(parsing: delay) else { return with(.invalid(Intervals.error(delay, at: nil))) }
    return withWatermark(column, span)
  }

  /// The same with a span.
  public func withWatermark(_ column: String, _ delay: TimeSpan) -> DataFrame {
    with(.watermark(column: column, delay: delay, plan))
  }

  /// Groups rows by columns, expressions, and at most one window.
  public func groupBy(_ keys: any ColumnConvertible...) -> GroupedData { groupBy(keys) }

  /// The same for keys in an array.
  public func groupBy(_ keys: [any ColumnConvertible]) -> GroupedData {
    GroupedData(frame: self, keys: keys.map(\.asColumn))
  }

  /// Aggregates all rows as one group.
  public func agg(_ aggregates: ColumnExpression...) -> DataFrame { GroupedData(frame: self, keys: []).agg(aggregates) }

  /// Keeps the first row of each combination of these columns, remembered while within the watermark; without columns of all of
  /// them, as `distinct` does.
  public func dropDuplicates(_ columns: [String] = []) -> DataFrame { with(.deduplicate(columns, plan)) }

  /// The same as `dropDuplicates` of all columns.
  /// Keeps the first of equal rows. Rows that do not carry their event time are remembered for ever.
  public func distinct() -> DataFrame { dropDuplicates() }

  /// The same under a name, which may stand in front of its columns' names.
  public func alias(_ name: String) -> DataFrame { with(.alias(name, plan)) }
}

/// A session, as far as a data frame has to know it: what its streams' names mean.
public protocol DataFrameContext: AnyObject, Sendable {}
