import TidemillColumns
import TidemillPlan

extension QueryPlan {
  /// What is left of a plan when no row reaches its aggregation over all rows: SQL gives one row there, a stream waits for the
  /// first.
  struct OverNothing {
    /// The steps behind the aggregation.
    var plan: QueryPlan
    /// What the aggregation gives.
    var row: Batch
    /// Whether a condition behind the aggregation may refuse that row, or the one that was there.
    var hasCondition: Bool
  }

  /// `nil` for a plan without such an aggregation.
  var overNothing: OverNothing? {
    let index = stages.lastIndex { stage in
      guard case .aggregate(let aggregation) = stage else { return false }
      return aggregation.keyCount == 0
    }
    guard let index, case .aggregate(let aggregation) = stages[index] else { return nil }
    let values = aggregation.calls.map { call -> Value in
      switch call.function {
      case .countRows, .count, .countDistinct: .integer(0)
      case .sum, .trySum, .avg, .min, .max: .null
      }
    }
    let rest = Array(stages[(index + 1)...])
    let schema = aggregation.outputSchema
    let aggregates = rest.contains { stage in
      if case .aggregate = stage { return true }
      return false
    }
    let hasCondition = rest.contains { stage in
      switch stage {
      case .filter, .topN: true
      case .project, .join, .deduplicate, .aggregate: false
      }
    }
    let plan = QueryPlan(
      stream: StreamDefinition(name: stream.name, schema: schema, provider: stream.provider), scanSchema: schema,
      eventTime: nil, delay: nil, stages: rest, outputMode: aggregates ? outputMode : .append, resultSchema: resultSchema,
      resultKey: resultKey)
    return OverNothing(plan: plan, row: Batch(schema: schema, rows: [values]), hasCondition: hasCondition)
  }
}
