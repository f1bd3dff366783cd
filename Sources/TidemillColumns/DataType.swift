/// The type of a column, as SQL knows it.
///
/// Integers, dates and timestamps are all held as 64-bit integers in memory; the type says how to read them.
public enum DataType: Hashable, Sendable {
  /// True or false, SQL `BOOLEAN`.
  case boolean
  /// 32-bit signed integer, SQL `INT`.
  case int
  /// 64-bit signed integer, SQL `BIGINT`.
  case bigint
  /// 64-bit floating point, SQL `DOUBLE`.
  case double
  /// Exact decimal of at most 38 digits, `scale` of them behind the point.
  case decimal(precision: Int, scale: Int)
  /// Text in UTF-8 of any length, SQL `STRING`.
  case string
  /// Days since 1970-01-01.
  case date
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamp
  /// A half-open span of event time: `struct<start: timestamp, end: timestamp>`.
  case window

  /// How the values of a column lie in memory.
  public enum Layout: Hashable, Sendable {
    /// The cases of `Column.Values`, by the same names.
    case bytes, int64, float64, int128, string, window
  }

  /// How its values lie in memory.
  public var layout: Layout {
    switch self {
    case .boolean: .bytes
    case .int, .bigint, .date, .timestamp: .int64
    case .double: .float64
    case .decimal: .int128
    case .string: .string
    case .window: .window
    }
  }

  /// Bytes that a value takes in memory, without what a string of more than 12 bytes needs besides.
  public var valueBytes: Int {
    switch layout {
    case .bytes: 1
    case .int64, .float64: 8
    case .int128, .string, .window: 16
    }
  }

  /// The name that SQL gives the type, e.g. `DECIMAL(10,2)`.
  public var sqlName: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int: "INT"
    case .bigint: "BIGINT"
    case .double: "DOUBLE"
    case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
    case .string: "STRING"
    case .date: "DATE"
    case .timestamp: "TIMESTAMP"
    case .window: "STRUCT<start: TIMESTAMP, end: TIMESTAMP>"
    }
  }

  /// Whether it is a number: integer, double or decimal.
  public var isNumeric: Bool {
    switch self {
    case .int, .bigint, .double, .decimal: true
    default: false
    }
  }

  /// Whether it is `INT` or `BIGINT`.
  public var isInteger: Bool { self == .int || self == .bigint }

  /// The largest number of decimal digits that any decimal may have.
  public static let maximumPrecision = 38
}

extension DataType: CustomStringConvertible {
  public var description: String { sqlName }
}
