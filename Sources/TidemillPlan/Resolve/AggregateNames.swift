/// What is said about aggregates by name.
enum AggregateNames {
  /// Aggregates of other systems, with what to use here.
  static let refused: [String: String] = [
    "approx_count_distinct": "count(DISTINCT x) counts exactly",
    "first": "min(x) or max(x), or a top-N by ROW_NUMBER()", "last": "min(x) or max(x), or a top-N by ROW_NUMBER()",
    "collect_list": "write rows to a sink instead", "collect_set": "group by the column instead",
    "stddev": "compute it from sum(x), sum(x * x) and count(x)", "variance": "compute it from sum(x), sum(x * x) and count(x)",
    "percentile": "min, max and avg are there", "median": "min, max and avg are there",
    "try_avg": "avg(x) is already total",
  ]

  static func isAggregate(_ name: String) -> Bool { AggregateFunction.named(name) != nil }

  static var all: [String] { AggregateFunction.allNames }

  /// How errors call the inside of an aggregate.
  static let argumentClause = "the argument of another aggregate"
}
