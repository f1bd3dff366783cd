import TidemillColumns
import TidemillPlan

extension QueryPlan {
  /// A plan in two: one that ends with an aggregation over all rows, and what is done with its row.
  struct CutBehindTotal {
    /// Ends with the aggregation.
    var first: QueryPlan
    /// The row that SQL gives when no row comes to the aggregation.
    var overNothing: Batch
    /// Reads the aggregation's row.
    var rest: QueryPlan
  }

  /// Cut behind the first aggregation without keys; `nil` for a plan that has none.
  var cutBehindTotal: CutBehindTotal? {
    let index = stages.firstIndex { stage in
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
    let schema = aggregation.outputSchema
    let rest = Array(stages[(index + 1)...])
    let aggregatesAgain = rest.contains { if case .aggregate = $0 { true } else { false } }
    return CutBehindTotal(
      first: QueryPlan(
        stream: stream, scanSchema: scanSchema, eventTime: eventTime, delay: delay, stages: Array(stages[...index]),
        outputMode: outputMode, resultSchema: schema, resultKey: []),
      overNothing: Batch(schema: schema, rows: [values]),
      rest: QueryPlan(
        stream: StreamDefinition(name: stream.name, schema: schema, provider: stream.provider), scanSchema: schema,
        eventTime: nil, delay: nil, stages: rest, outputMode: aggregatesAgain ? outputMode : .append,
        resultSchema: resultSchema, resultKey: resultKey))
  }
}
