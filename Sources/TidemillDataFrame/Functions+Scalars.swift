import TidemillPlan

// PySpark's functions of one row's values, by their names there. What they do is said at `ScalarFunction`.

private func call(_ name: String, _ columns: [any ColumnConvertible]) -> ColumnExpression {
  ColumnExpression(.call(name, columns.map(\.asColumn.expression)))
}

/// Text in lower case.
public func lower(_ column: any ColumnConvertible) -> ColumnExpression { call("lower", [column]) }
/// Text in upper case.
public func upper(_ column: any ColumnConvertible) -> ColumnExpression { call("upper", [column]) }
/// How many characters (Unicode scalars) the text has.
public func length(_ column: any ColumnConvertible) -> ColumnExpression { call("length", [column]) }
/// Without spaces at both ends.
public func trim(_ column: any ColumnConvertible) -> ColumnExpression { call("trim", [column]) }
/// Without spaces at the start.
public func ltrim(_ column: any ColumnConvertible) -> ColumnExpression { call("ltrim", [column]) }
/// Without spaces at the end.
public func rtrim(_ column: any ColumnConvertible) -> ColumnExpression { call("rtrim", [column]) }
/// Without its sign.
public func abs(_ column: any ColumnConvertible) -> ColumnExpression { call("abs", [column]) }
/// The largest whole number that is not above it.
public func floor(_ column: any ColumnConvertible) -> ColumnExpression { call("floor", [column]) }
/// The smallest whole number that is not below it.
public func ceil(_ column: any ColumnConvertible) -> ColumnExpression { call("ceil", [column]) }
/// The square root, a double.
public func sqrt(_ column: any ColumnConvertible) -> ColumnExpression { call("sqrt", [column]) }
/// The year, in the session's zone.
public func year(_ column: any ColumnConvertible) -> ColumnExpression { call("year", [column]) }
/// 1 to 12, in the session's zone.
public func month(_ column: any ColumnConvertible) -> ColumnExpression { call("month", [column]) }
/// 1 for Sunday to 7 for Saturday, in the session's zone.
public func dayofweek(_ column: any ColumnConvertible) -> ColumnExpression { call("dayofweek", [column]) }
/// 0 to 23, in the session's zone.
public func hour(_ column: any ColumnConvertible) -> ColumnExpression { call("hour", [column]) }
/// 0 to 59, in the session's zone.
public func minute(_ column: any ColumnConvertible) -> ColumnExpression { call("minute", [column]) }
/// 0 to 59.
public func second(_ column: any ColumnConvertible) -> ColumnExpression { call("second", [column]) }
/// 1 to 31, in the session's zone; SQL's `day`.
public func dayOfMonth(_ column: any ColumnConvertible) -> ColumnExpression { call("day", [column]) }
/// The day of a time or of text, in the session's zone; NULL where there is none.
public func toDate(_ column: any ColumnConvertible) -> ColumnExpression { call("to_date", [column]) }
/// The time of text, or the midnight of a day, in the session's zone; NULL where there is none.
public func toTimestamp(_ column: any ColumnConvertible) -> ColumnExpression { call("to_timestamp", [column]) }
/// Whole seconds since 1970.
public func unixTimestamp(_ column: any ColumnConvertible) -> ColumnExpression { call("unix_timestamp", [column]) }
/// Whole milliseconds since 1970.
public func unixMillis(_ column: any ColumnConvertible) -> ColumnExpression { call("unix_millis", [column]) }
/// The time so many seconds after 1970.
public func timestampSeconds(_ column: any ColumnConvertible) -> ColumnExpression { call("timestamp_seconds", [column]) }
/// The time so many milliseconds after 1970.
public func timestampMillis(_ column: any ColumnConvertible) -> ColumnExpression { call("timestamp_millis", [column]) }

/// The first value that is not NULL.
public func coalesce(_ columns: any ColumnConvertible...) -> ColumnExpression { call("coalesce", columns) }
/// All texts, one after the other; NULL if one is.
public func concat(_ columns: any ColumnConvertible...) -> ColumnExpression { call("concat", columns) }
/// The largest value that is not NULL.
public func greatest(_ columns: any ColumnConvertible...) -> ColumnExpression { call("greatest", columns) }
/// The smallest value that is not NULL.
public func least(_ columns: any ColumnConvertible...) -> ColumnExpression { call("least", columns) }

/// Half away from zero.
public func round(_ column: any ColumnConvertible, _ digits: Int = 0) -> ColumnExpression {
  call("round", [column, lit(digits)])
}

/// A power, as a double.
public func pow(_ base: any ColumnConvertible, _ exponent: ColumnExpression) -> ColumnExpression {
  call("pow", [base, exponent])
}

/// Positions count from 1, and from the end when negative.
public func substring(_ column: any ColumnConvertible, _ start: Int, _ length: Int) -> ColumnExpression {
  call("substring", [column, lit(start), lit(length)])
}

/// The text with each `search` replaced.
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

/// NULL where the two are equal, else the first.
public func nullif(_ column: any ColumnConvertible, _ other: ColumnExpression) -> ColumnExpression {
  call("nullif", [column, other])
}
