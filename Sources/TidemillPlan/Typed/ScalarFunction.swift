/// The functions of one row's values. Raw values are their SQL names. NULL in gives NULL out unless said otherwise.
public enum ScalarFunction: String, Hashable, Sendable, CaseIterable {
  // Strings. Positions and lengths count characters (Unicode scalars), as Spark's do.
  /// Strings in another case, a string's length, and strings without the spaces at one end or both.
  case lower, upper, length, trim, ltrim, rtrim
  /// `substring(s, start[, length])`, start from 1; from the end when negative.
  case substring
  /// Any number of strings.
  case concat
  /// `replace(s, search[, replacement])`: each occurrence replaced, or removed.
  case replace
  /// Whether the first string begins with, ends with or holds the second; case counts.
  case startswith, endswith, contains
  /// `split_part(s, delimiter, n)`, n from 1.
  case splitPart = "split_part"

  // Numbers.
  /// Of one number; `sqrt` of a negative one is NaN, not NULL.
  case abs, floor, ceil, sqrt
  /// `round(x[, digits])`, half away from zero.
  case round
  /// `pow(x, y)`, of doubles.
  case pow

  // Dates and timestamps, in the session's zone.
  /// One part of a date or timestamp, as an INT.
  case year, month, day, hour, minute, second
  /// 1 = Sunday … 7 = Saturday.
  case dayofweek
  /// `date_trunc(unit, ts)`: the unit is a constant.
  case dateTrunc = "date_trunc"
  /// `to_date(x)`: what a cast to DATE gives.
  case toDate = "to_date"
  /// `to_timestamp(x)`: what a cast to TIMESTAMP gives.
  case toTimestamp = "to_timestamp"
  /// Whole seconds since 1970.
  case unixTimestamp = "unix_timestamp"
  /// Whole milliseconds since 1970.
  case unixMillis = "unix_millis"
  /// From whole seconds since 1970.
  case timestampSeconds = "timestamp_seconds"
  /// From whole milliseconds since 1970.
  case timestampMillis = "timestamp_millis"
  /// `ts + span` and `ts - span`: the second argument is a BIGINT of microseconds.
  case timestampAdd = "timestamp_add_micros"
  /// Microseconds between two timestamps: left - right.
  case timestampDifference = "timestamp_diff_micros"

  // NULLs and choices.
  /// The first that is not NULL.
  case coalesce
  /// `nullif(a, b)`: NULL where the two are equal, else the first.
  case nullif
  /// The largest or smallest of those that are not NULL.
  case greatest, least

  // Windows.
  /// Where a window begins, inclusive.
  case windowStart = "window_start"
  /// Where a window ends, exclusive.
  case windowEnd = "window_end"
  /// The last microsecond of a window: its end - 1 µs.
  case windowTime = "window_time"
}
