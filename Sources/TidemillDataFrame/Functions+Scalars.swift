import TidemillPlan

// PySpark's functions of one row's values, by their names there. What they do is said at `ScalarFunction`.

private func call(_ name: String, _ columns: [any ColumnConvertible]) -> ColumnExpression {
  ColumnExpression(.call(name, columns.map(\.asColumn.expression)))
}

public func lower(_ column: any ColumnConvertible) -> ColumnExpression { call("lower", [column]) }
public func upper(_ column: any ColumnConvertible) -> ColumnExpression { call("upper", [column]) }
public func length(_ column: any ColumnConvertible) -> ColumnExpression { call("length", [column]) }
public func trim(_ column: any ColumnConvertible) -> ColumnExpression { call("trim", [column]) }
public func ltrim(_ column: any ColumnConvertible) -> ColumnExpression { call("ltrim", [column]) }
public func rtrim(_ column: any ColumnConvertible) -> ColumnExpression { call("rtrim", [column]) }
public func abs(_ column: any ColumnConvertible) -> ColumnExpression { call("abs", [column]) }
public func floor(_ column: any ColumnConvertible) -> ColumnExpression { call("floor", [column]) }
public func ceil(_ column: any ColumnConvertible) -> ColumnExpression { call("ceil", [column]) }
public func sqrt(_ column: any ColumnConvertible) -> ColumnExpression { call("sqrt", [column]) }
public func year(_ column: any ColumnConvertible) -> ColumnExpression { call("year", [column]) }
public func month(_ column: any ColumnConvertible) -> ColumnExpression { call("month", [column]) }
public func dayofweek(_ column: any ColumnConvertible) -> ColumnExpression { call("dayofweek", [column]) }
public func hour(_ column: any ColumnConvertible) -> ColumnExpression { call("hour", [column]) }
public func minute(_ column: any ColumnConvertible) -> ColumnExpression { call("minute", [column]) }
public func second(_ column: any ColumnConvertible) -> ColumnExpression { call("second", [column]) }
public func dayOfMonth(_ column: any ColumnConvertible) -> ColumnExpression { call("day", [column]) }
public func toDate(_ column: any ColumnConvertible) -> ColumnExpression { call("to_date", [column]) }
public func toTimestamp(_ column: any ColumnConvertible) -> ColumnExpression { call("to_timestamp", [column]) }
public func unixTimestamp(_ column: any ColumnConvertible) -> ColumnExpression { call("unix_timestamp", [column]) }
public func unixMillis(_ column: any ColumnConvertible) -> ColumnExpression { call("unix_millis", [column]) }
public func timestampSeconds(_ column: any ColumnConvertible) -> ColumnExpression { call("timestamp_seconds", [column]) }
public func timestampMillis(_ column: any ColumnConvertible) -> ColumnExpression { call("timestamp_millis", [column]) }

public func coalesce(_ columns: any ColumnConvertible...) -> ColumnExpression { call("coalesce", columns) }
public func concat(_ columns: any ColumnConvertible...) -> ColumnExpression { call("concat", columns) }
public func greatest(_ columns: any ColumnConvertible...) -> ColumnExpression { call("greatest", columns) }
public func least(_ columns: any ColumnConvertible...) -> ColumnExpression { call("least", columns) }

/// Half away from zero.
public func round(_ column: any ColumnConvertible, _ digits: Int = 0) -> ColumnExpression {
  call("round", [column, lit(digits)])
}

public func pow(_ base: any ColumnConvertible, _ exponent: ColumnExpression) -> ColumnExpression {
  call("pow", [base, exponent])
}

/// Positions count from 1, and from the end when negative.
public func substring(_ column: any ColumnConvertible, _ start: Int, _ length: Int) -> ColumnExpression {
  call("substring", [column, lit(start), lit(length)])
}

public func replace(
  _ column: any ColumnConvertible, _ search: ColumnExpression, _ replacement: ColumnExpression
) -> ColumnExpression {
  call("replace", [column, search, replacement])
}

/// The part with a number, from 1.
public func splitPart(_ column: any ColumnConvertible, _ delimiter: String, _ part: Int) -> ColumnExpression {
  call("split_part", [column, lit(delimiter), lit(part)])
}

/// The beginning of the `"year"`, `"month"`, `"week"`, `"day"`, `"hour"`, `"minute"` that a time is in.
public func dateTrunc(_ unit: String, _ column: any ColumnConvertible) -> ColumnExpression {
  call("date_trunc", [lit(unit), column])
}

public func nullif(_ column: any ColumnConvertible, _ other: ColumnExpression) -> ColumnExpression {
  call("nullif", [column, other])
}
