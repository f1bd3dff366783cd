import TidemillColumns
import TidemillPlan

/// What lies behind the first aggregation for one output mode: the later stages, with their state, and the form of the changes.
///
/// A query has one for each mode that it gives its results in; they share everything before.
final class PipelineTail {
  let mode: OutputMode
  private let plan: QueryPlan
  private let first: Int?
  private let evaluator: ExpressionEvaluator
  private let steps: [any ChangeOperator]
  /// How changes become what sinks are promised; `nil` if they are that already.
  let normaliser: ChangeNormaliser?

  /// - Parameter first: where the first aggregation is; `nil` for a query without one, whose rows pass as they are.
  /// - Throws: `TidemillError.unsupported` for a plan that the engine does not run in this mode.
  init(_ plan: QueryPlan, _ mode: OutputMode, after first: Int?, _ evaluator: ExpressionEvaluator) throws {
    self.plan = plan
    self.mode = mode
    self.first = first
    self.evaluator = evaluator
    var steps: [any ChangeOperator] = []
    if let first, case .aggregate(let aggregation) = plan.stages[first] {
      let later = plan.stages[(first + 1)...]
      if aggregation.window == nil, aggregation.timeToLive != nil { try Self.checkTimeToLive(mode, later) }
      for index in later.indices {
        switch plan.stages[index] {
        case .filter(let condition): steps.append(FilterOperator(condition, evaluator))
        case .project(let items): steps.append(ProjectOperator(items, evaluator))
        case .aggregate(let aggregation):
          steps.append(try AggregateOperator(aggregation, mode: mode, emitsRetractions: true, evaluator))
        case .topN(let topN):
          steps.append(TopNOperator(topN, mode: mode, inputSchema: plan.schema(before: index)))
        case .deduplicate:
          throw TidemillError(
            .unsupported, "dropDuplicates over aggregated rows", hint: "drop duplicates before the aggregation")
        }
      }
    }
    self.steps = steps
    normaliser = mode == .update && first != nil ? ChangeNormaliser(key: plan.resultKey, forgetsKeys: plan.forgetsKeys) : nil
  }

  /// A key that is forgotten is not taken back: its last result stands, as that of a closed window does. Nobody downstream could
  /// tell it from one that still counts, and append mode would give a key that comes again a second final result.
  private static func checkTimeToLive(_ mode: OutputMode, _ later: ArraySlice<Stage>) throws {
    if mode == .append {
      throw TidemillError(
        .unsupported, "a time to live in append mode: a key that comes again would have several final results",
        hint: "use update mode, or group by session_window(…), whose results are apart")
    }
    let isFollowed = later.contains { stage in
      switch stage {
      case .aggregate, .topN: true
      case .filter, .project, .deduplicate: false
      }
    }
    guard isFollowed else { return }
    throw TidemillError(
      .unsupported, "a time to live below another aggregation or ROW_NUMBER",
      hint: "group by a window(…) or session_window(…) instead, whose results become final")
  }

  /// The same in another mode, with nothing in it.
  func inMode(_ mode: OutputMode) throws -> PipelineTail { try PipelineTail(plan, mode, after: first, evaluator) }

  /// Makes the changes of the result of what the aggregation gave; not normalised yet.
  func process(_ results: Batch, _ moment: Moment) throws -> Batch {
    var changes = results
    for step in steps { changes = try step.process(changes, moment) }
    return changes
  }

  /// Whether it keeps anything from epoch to epoch, so that a snapshot of another mode lacks it.
  var hasState: Bool { steps.contains { $0 is AggregateOperator || $0 is TopNOperator } }

  var closedThrough: Int64 { steps.map(\.closedThrough).max() ?? .min }

  /// Of the steps that have any.
  var metrics: [OperatorMetrics] { steps.map(\.metrics).filter { !$0.name.isEmpty } }

  func write(to writer: inout ByteWriter) { for step in steps { step.write(to: &writer) } }
  func read(from reader: inout ByteReader) throws { for step in steps { try step.read(from: &reader) } }
}

extension QueryPlan {
  /// Whether a key of the result may be forgotten and come again.
  var forgetsKeys: Bool {
    stages.contains { if case .aggregate(let aggregation) = $0 { aggregation.timeToLive != nil } else { false } }
  }

  /// Whether update mode must say what an aggregation's results were before: later stages need the old value of what changed,
  /// a filter to take back rows that no longer pass, others to fold.
  func needsRetractions(after aggregation: Int) -> Bool {
    resultKey == nil
      || stages[(aggregation + 1)...].contains { if case .project = $0 { false } else { true } }
  }
}
