/// One value on its own: what literals, tests and row-shaped faces use. Columns never hold these.
public enum Value: Hashable, Sendable {
  /// No value, of any type.
  case null
  /// `BOOLEAN`.
  case boolean(Bool)
  /// `INT` and `BIGINT`.
  case integer(Int64)
  /// `DOUBLE`.
  case double(Double)
  /// `unscaled` / 10^`scale`.
  case decimal(unscaled: Int128, scale: Int)
  /// `STRING`.
  case string(String)
  /// Days since 1970-01-01.
  case date(Int64)
  /// `TIMESTAMP`.
  case timestamp(EventTime)
  /// The window from `start` to `end`, exclusive.
  case window(start: EventTime, end: EventTime)

  /// Whether it is NULL.
  public var isNull: Bool { self == .null }
}

extension Value: CustomStringConvertible {
  /// The value as SQL results show it; `NULL` for null.
  public var description: String {
    switch self {
    case .null: "NULL"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .double(let value): String(value)
    case .decimal(let unscaled, let scale): DecimalText.string(unscaled: unscaled, scale: scale)
    case .string(let value): value
    case .date(let days): TimestampText.dateString(days: days)
    case .timestamp(let time): time.description
    case .window(let start, let end): "{\(start), \(end)}"
    }
  }
}
