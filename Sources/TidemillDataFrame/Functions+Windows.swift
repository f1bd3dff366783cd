import TidemillColumns
import TidemillPlan

/// Windows of event time to group by: `window("event_time", "1 hour")`; sliding with a slide shorter than the size.
///
/// Lengths are written as text. What is wrong with them is said when the query is started.
public func window(
  _ time: any ColumnConvertible, _ size: String, _ slide: String? = nil, startTime: String? = nil
) -> ColumnExpression {
  var arguments = [time.asColumn.expression, lit(size).expression]
  if slide != nil || startTime != nil { arguments.append(lit(slide ?? size).expression) }
  if let startTime { arguments.append(lit(startTime).expression) }
  return ColumnExpression(.call("window", arguments))
}

/// Windows that last as long as rows of a key follow each other within the gap.
public func sessionWindow(_ time: any ColumnConvertible, _ gap: String) -> ColumnExpression {
  ColumnExpression(.call("session_window", [time.asColumn.expression, lit(gap).expression]))
}

/// The last microsecond of a window, to group windows by windows.
public func windowTime(_ window: any ColumnConvertible) -> ColumnExpression {
  ColumnExpression(.call("window_time", [window.asColumn.expression]))
}

/// The number of a row within its partition, from 1. It needs `over`, and a filter that bounds it.
public func rowNumber() -> RowNumber { RowNumber() }

/// A row number that still needs `over`.
public struct RowNumber: Sendable {
  /// Numbers the rows of each partition in an order.
  public func over(_ window: Window) -> ColumnExpression {
    ColumnExpression(.rowNumber(partitionBy: window.partition, orderBy: window.order))
  }
}

/// How rows are numbered: `Window.partitionBy("hour").orderBy(col("total").desc())`.
public struct Window: Sendable {
  var partition: [Expression] = []
  var order: [SortKey] = []

  /// Rows are numbered within equal values of these columns.
  public static func partitionBy(_ columns: any ColumnConvertible...) -> Window {
    Window(partition: columns.map(\.asColumn.expression))
  }

  /// All rows are one partition, numbered in this order.
  public static func orderBy(_ columns: any OrderConvertible...) -> Window { Window(order: columns.map(\.asOrder.key)) }

  /// The same with an order.
  public func orderBy(_ columns: any OrderConvertible...) -> Window {
    Window(partition: partition, order: columns.map(\.asOrder.key))
  }
}
