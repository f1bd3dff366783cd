/// The aggregates by name. A new one is a case of `AggregateFunction`, its line here, and its maths in the engine.
enum AggregateNames {
  static let functions: [String: AggregateFunction] = [
    "count": .count, "sum": .sum, "try_sum": .trySum, "avg": .avg, "mean": .avg, "min": .min, "max": .max,
    "count_if": .countRows,
  ]

  /// Aggregates of other systems, with what to use here.
  static let refused: [String: String] = [
    "approx_count_distinct": "count(DISTINCT x) counts exactly",
    "first": "min(x) or max(x), or a top-N by ROW_NUMBER()", "last": "min(x) or max(x), or a top-N by ROW_NUMBER()",
    "collect_list": "write rows to a sink instead", "collect_set": "group by the column instead",
    "stddev": "compute it from sum(x), sum(x * x) and count(x)", "variance": "compute it from sum(x), sum(x * x) and count(x)",
    "percentile": "min, max and avg are there", "median": "min, max and avg are there",
    "try_avg": "avg(x) is already total",
  ]

  static func isAggregate(_ name: String) -> Bool { functions[name] != nil }

  static var all: [String] { Array(functions.keys) }

  /// How errors call the inside of an aggregate.
  static let argumentClause = "the argument of another aggregate"
}
