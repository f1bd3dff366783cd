import TidemillColumns

/// Rows as text that tells all values apart, whichever database shows them.
public enum ShownRows {
  /// The rows of a result, sorted: a window as two cells.
  public static func of(_ rows: [[Value]]) -> [String] {
    rows.map { row in
      row.flatMap { value in
        if case .window(let start, let end) = value { return [time(start), time(end)] }
        return [cell(value)]
      }.joined(separator: " | ")
    }.sorted()
  }

  /// The same for rows in which a NULL stands where a window may be, whose ordinal is given.
  public static func of(_ rows: [[Value]], window: Int) -> [String] {
    rows.map { row in
      row.enumerated().flatMap { ordinal, value in
        if case .window(let start, let end) = value { return [time(start), time(end)] }
        return ordinal == window ? [cell(value), cell(value)] : [cell(value)]
      }.joined(separator: " | ")
    }.sorted()
  }

  private static func time(_ time: EventTime) -> String { "µs \(time.microseconds)" }

  private static func cell(_ value: Value) -> String {
    switch value {
    case .null: "∅"
    case .timestamp(let time): Self.time(time)
    case .double(let number): double(number)
    case .boolean(let flag): flag ? "true" : "false"
    case .date(let days): "day \(days)"
    case .string(let text): "‹\(text)›"
    default: value.description
    }
  }

  public static func double(_ number: Double) -> String { number.isNaN ? "nan" : number.description }
}
