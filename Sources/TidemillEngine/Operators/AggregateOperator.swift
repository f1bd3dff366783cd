import TidemillColumns
import TidemillPlan

/// An aggregation over the changes of an earlier one: no lanes, no late rows, but rows may be taken back.
final class AggregateOperator: ChangeOperator {
  private let collector: PaneCollector
  private let aggregate: WindowedAggregate

  init(_ aggregation: Aggregation, mode: OutputMode, emitsRetractions: Bool, _ evaluator: ExpressionEvaluator) throws {
    if case .session = aggregation.window?.kind {
      throw TidemillError(
        .unsupported, "session_window over the result of another aggregation",
        hint: "group by a window(…) of the first aggregation instead")
    }
    // In complete mode the input is the whole result each time, so nothing is kept from epoch to epoch.
    let shape = AggregationShape(aggregation, inputRetracts: mode == .update)
    collector = PaneCollector(shape, evaluator)
    aggregate = WindowedAggregate(shape, gives: ResultKinds([mode]), emitsRetractions: emitsRetractions)
    recomputes = mode == .complete
    self.mode = mode
  }

  private let recomputes: Bool
  private let mode: OutputMode

  func process(_ changes: Batch, _ moment: Moment) throws -> Batch {
    if recomputes { aggregate.forget() }
    _ = collector.collect(changes.columns, count: changes.count, weights: changes.weights, nil)
    return try aggregate.apply([collector.take()], moment)[mode]
  }

  var closedThrough: Int64 { aggregate.closedThrough }
  var metrics: OperatorMetrics { aggregate.metrics }
  func write(to writer: inout ByteWriter) { aggregate.write(to: &writer) }
  func read(from reader: inout ByteReader) throws { try aggregate.read(from: &reader) }
}
