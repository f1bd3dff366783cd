import TidemillColumns

/// What a function takes and gives.
struct FunctionSignature {
  enum Parameter {
    case string, number, integer, double, timestamp, dateOrTimestamp, window
    /// Anything that has a text.
    case text
    /// Arguments of this kind are brought to one type.
    case common
    /// Whatever it is, it stays.
    case any
  }

  enum Result {
    case type(DataType)
    /// The type of the first argument.
    case first
    /// What `Rounding` says.
    case rounded
  }

  var function: ScalarFunction
  var parameters: [Parameter]
  var result: Result
  /// How many of the parameters may be left out at the end.
  var optional = 0
  /// Whether the last parameter may be repeated.
  var isVariadic = false

  init(
    _ function: ScalarFunction, _ parameters: [Parameter], _ result: Result, optional: Int = 0, isVariadic: Bool = false
  ) {
    self.function = function
    self.parameters = parameters
    self.result = result
    self.optional = optional
    self.isVariadic = isVariadic
  }

  var argumentCounts: ClosedRange<Int> {
    (parameters.count - optional)...(isVariadic ? Int.max : parameters.count)
  }
}

/// Every function of one row's values, one line each. A new function is a case of `ScalarFunction`, its line here, and its
/// maths in the engine.
enum FunctionRegistry {
  static let signatures: [String: FunctionSignature] = [
    "lower": .init(.lower, [.string], .type(.string)),
    "upper": .init(.upper, [.string], .type(.string)),
    "length": .init(.length, [.string], .type(.int)),
    "trim": .init(.trim, [.string], .type(.string)),
    "ltrim": .init(.ltrim, [.string], .type(.string)),
    "rtrim": .init(.rtrim, [.string], .type(.string)),
    "substring": .init(.substring, [.string, .integer, .integer], .type(.string), optional: 1),
    "concat": .init(.concat, [.text], .type(.string), isVariadic: true),
    "replace": .init(.replace, [.string, .string, .string], .type(.string), optional: 1),
    "startswith": .init(.startswith, [.string, .string], .type(.boolean)),
    "endswith": .init(.endswith, [.string, .string], .type(.boolean)),
    "contains": .init(.contains, [.string, .string], .type(.boolean)),
    "split_part": .init(.splitPart, [.string, .string, .integer], .type(.string)),

    "abs": .init(.abs, [.number], .first),
    "floor": .init(.floor, [.number], .rounded),
    "ceil": .init(.ceil, [.number], .rounded),
    "round": .init(.round, [.number, .integer], .rounded, optional: 1),
    "sqrt": .init(.sqrt, [.double], .type(.double)),
    "pow": .init(.pow, [.double, .double], .type(.double)),

    "year": .init(.year, [.dateOrTimestamp], .type(.int)),
    "month": .init(.month, [.dateOrTimestamp], .type(.int)),
    "day": .init(.day, [.dateOrTimestamp], .type(.int)),
    "dayofweek": .init(.dayofweek, [.dateOrTimestamp], .type(.int)),
    "hour": .init(.hour, [.timestamp], .type(.int)),
    "minute": .init(.minute, [.timestamp], .type(.int)),
    "second": .init(.second, [.timestamp], .type(.int)),
    "date_trunc": .init(.dateTrunc, [.string, .timestamp], .type(.timestamp)),
    "to_date": .init(.toDate, [.any], .type(.date)),
    "to_timestamp": .init(.toTimestamp, [.any], .type(.timestamp)),
    "unix_timestamp": .init(.unixTimestamp, [.timestamp], .type(.bigint)),
    "unix_millis": .init(.unixMillis, [.timestamp], .type(.bigint)),
    "timestamp_seconds": .init(.timestampSeconds, [.integer], .type(.timestamp)),
    "timestamp_millis": .init(.timestampMillis, [.integer], .type(.timestamp)),

    "coalesce": .init(.coalesce, [.common], .first, isVariadic: true),
    "nullif": .init(.nullif, [.common, .common], .first),
    "greatest": .init(.greatest, [.common, .common], .first, isVariadic: true),
    "least": .init(.least, [.common, .common], .first, isVariadic: true),

    "window_start": .init(.windowStart, [.window], .type(.timestamp)),
    "window_end": .init(.windowEnd, [.window], .type(.timestamp)),
    "window_time": .init(.windowTime, [.window], .type(.timestamp)),
  ]

  /// Other names for the same functions.
  static let aliases: [String: String] = [
    "substr": "substring", "char_length": "length", "character_length": "length", "len": "length", "lcase": "lower",
    "ucase": "upper", "ceiling": "ceil", "power": "pow", "dayofmonth": "day", "nvl": "coalesce", "ifnull": "coalesce",
    "timestamp": "to_timestamp", "date": "to_date",
  ]

  /// Functions that are rewritten as expressions, with the number of their arguments.
  static let rewritten: [String: Int] = ["if": 3, "iff": 3, "nvl2": 3, "isnull": 1, "isnotnull": 1, "mod": 2]

  /// Functions whose answer depends on when or how often they are asked.
  static let unrepeatable: Set<String> = [
    "now", "current_timestamp", "current_date", "localtimestamp", "rand", "random", "randn", "uuid",
    "monotonically_increasing_id",
  ]

  /// All names that a query may call, for guesses at misspelt ones.
  static var names: [String] {
    (Array(signatures.keys) + Array(aliases.keys) + Array(rewritten.keys) + AggregateNames.all + ["window", "session_window"])
      .sorted()
  }
}
