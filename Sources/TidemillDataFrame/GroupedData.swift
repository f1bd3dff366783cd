import TidemillColumns
import TidemillPlan

/// Rows in groups, waiting to be aggregated.
public struct GroupedData: Sendable {
  var frame: DataFrame
  var keys: [ColumnExpression]
  var timeToLive: TimeSpan?

  /// The keys, then the aggregates, as PySpark gives them.
  public func agg(_ aggregates: ColumnExpression...) -> DataFrame { agg(aggregates) }

  /// The same with an array.
  public func agg(_ aggregates: [ColumnExpression]) -> DataFrame {
    frame.with(
      .aggregate(
        Grouping(
          keys: keys.map(\.expression), items: keys.map(\.selectItem) + aggregates.map(\.selectItem),
          timeToLive: timeToLive), frame.plan))
  }

  /// The number of rows of each group, as `count`.
  public func count() -> DataFrame { agg(ColumnExpression(.countRows(filter: nil)).alias("count")) }

  /// How long, in event time, a group without a window is kept after its last row.
  public func timeToLive(_ text: String) -> GroupedData {
    var grouped = self
    if let span = TimeSpan(parsing: text) {
      grouped.timeToLive = span
    } else {
      grouped.frame.plan = .invalid(Intervals.error(text, at: nil))
    }
    return grouped
  }
}
