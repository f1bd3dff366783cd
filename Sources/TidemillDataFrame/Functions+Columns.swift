import TidemillColumns
import TidemillPlan

/// A column by its name; dots lead into nested fields or follow the name of the stream.
public func col(_ name: String) -> ColumnExpression {
  if name == "*" { return ColumnExpression(.star) }
  return ColumnExpression(.column(name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)))
}

/// A constant: an INT where it fits, else a BIGINT.
public func lit(_ value: Int) -> ColumnExpression {
  ColumnExpression(.literal(.integer(Int64(value)), Int32(exactly: value) == nil ? .bigint : .int))
}

/// A constant DOUBLE.
public func lit(_ value: Double) -> ColumnExpression { ColumnExpression(.literal(.double(value), .double)) }

/// Constant text.
public func lit(_ value: String) -> ColumnExpression { ColumnExpression(.literal(.string(value), .string)) }

/// A constant BOOLEAN.
public func lit(_ value: Bool) -> ColumnExpression { ColumnExpression(.literal(.boolean(value), .boolean)) }

/// A constant of any type; the value must be of that type, or null.
public func lit(_ value: Value, _ type: DataType) -> ColumnExpression { ColumnExpression(.literal(value, type)) }

/// A fixed span of time to add to a timestamp: `col("event_time") + interval("10 minutes")`.
public func interval(_ text: String) -> ColumnExpression {
  guard let span = TimeSpan(parsing: text) else {
    // The resolver says what is wrong with the text.
    return ColumnExpression(.call("interval", [lit(text).expression]))
  }
  return ColumnExpression(.interval(span))
}

/// `CASE WHEN condition THEN result …`.
public func when(_ condition: ColumnExpression, _ result: ColumnExpression) -> CaseExpression {
  CaseExpression(branches: []).when(condition, result)
}

/// A CASE that is still being written. Without `otherwise` the rest is NULL.
public struct CaseExpression: ColumnConvertible {
  var branches: [WhenClause]

  /// Adds a branch, taken where `condition` is true and no branch before was.
  public func when(_ condition: ColumnExpression, _ result: ColumnExpression) -> CaseExpression {
    CaseExpression(branches: branches + [WhenClause(condition: condition.expression, result: result.expression)])
  }

  /// What the value is where no condition is true.
  public func otherwise(_ result: ColumnExpression) -> ColumnExpression {
    ColumnExpression(.caseWhen(branches, otherwise: result.expression))
  }

  /// The same under a name.
  public func alias(_ name: String) -> ColumnExpression { asColumn.alias(name) }

  public var asColumn: ColumnExpression { ColumnExpression(.caseWhen(branches, otherwise: nil)) }
}
