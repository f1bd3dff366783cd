import TidemillPlan

private func aggregate(_ name: String, _ column: any ColumnConvertible) -> ColumnExpression {
  ColumnExpression(.call(name, [column.asColumn.expression]))
}

/// The sum of what is not NULL; a sum beyond its type is an error.
public func sum(_ column: any ColumnConvertible) -> ColumnExpression { aggregate("sum", column) }

/// The sum, or NULL where it is beyond its type.
public func trySum(_ column: any ColumnConvertible) -> ColumnExpression { aggregate("try_sum", column) }

/// How many values are not NULL; `count("*")` counts rows.
public func count(_ column: any ColumnConvertible) -> ColumnExpression {
  let column = column.asColumn
  if column.expression.node == .star { return ColumnExpression(.countRows(filter: nil)) }
  return aggregate("count", column)
}

/// How many different values there are, NULL not among them. Exact.
public func countDistinct(_ column: any ColumnConvertible) -> ColumnExpression {
  ColumnExpression(.aggregate("count", [column.asColumn.expression], distinct: true, filter: nil))
}

/// The average of what is not NULL: a double, or a decimal with four more digits behind the point.
public func avg(_ column: any ColumnConvertible) -> ColumnExpression { aggregate("avg", column) }

/// The smallest value, NULL not among them.
public func min(_ column: any ColumnConvertible) -> ColumnExpression { aggregate("min", column) }

/// The largest value, NULL not among them.
public func max(_ column: any ColumnConvertible) -> ColumnExpression { aggregate("max", column) }
