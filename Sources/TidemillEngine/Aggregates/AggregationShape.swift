import TidemillColumns
import TidemillPlan

/// An aggregation worked out for running: which accumulators it needs, and which of them each call reads.
struct AggregationShape {
  let aggregation: Aggregation
  let keyTypes: [DataType]
  let accumulators: [AccumulatorPlan]
  /// For each call the accumulator that holds its values.
  let accumulatorOfCall: [Int]
  /// The accumulator that counts the rows of a group, where input may be taken back: a group of no rows is gone.
  let rowCount: Int?
  let outputSchema: Schema
  /// Whether results carry their window; a time-to-live keeps sessions that nobody sees.
  let showsWindow: Bool

  init(_ aggregation: Aggregation, inputRetracts: Bool) {
    self.aggregation = aggregation
    keyTypes = aggregation.keys.map { $0.expression.type }
    var plans: [AccumulatorPlan] = []
    func index(of plan: AccumulatorPlan) -> Int {
      if let known = plans.firstIndex(of: plan) { return known }
      plans.append(plan)
      return plans.count - 1
    }
    accumulatorOfCall = aggregation.calls.map { index(of: AccumulatorPlan($0)) }
    rowCount =
      inputRetracts
      ? index(
        of: AccumulatorPlan(AggregateCall(name: "rows", function: .countRows, argument: nil, resultType: .bigint)))
      : nil
    accumulators = plans
    outputSchema = aggregation.outputSchema
    showsWindow = aggregation.window != nil
  }

  func makeAccumulators() -> [Accumulator] { accumulators.map { $0.make() } }

  /// The output batch of groups whose keys and windows are given.
  func batch(
    keys: [Column], window: Column?, accumulators: [Accumulator], groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Batch {
    var columns = keys
    if showsWindow, let window { columns.append(window) }
    for (call, index) in zip(aggregation.calls, accumulatorOfCall) {
      do {
        columns.append(
          try accumulators[index].emit(call.function, as: call.resultType, groups: groups, count: count))
      } catch let problem as GroupOutOfRange {
        throw outOfRange(call, problem, columns: columns, groups: groups, count: count)
      }
    }
    return Batch(schema: outputSchema, count: count, columns: columns)
  }

  private func outOfRange(
    _ call: AggregateCall, _ problem: GroupOutOfRange, columns: [Column], groups: UnsafePointer<GroupIndex>, count: Int
  ) -> TidemillError {
    let row = (0..<count).first { Int(groups[$0]) == problem.group } ?? 0
    let named = zip(outputSchema.fields, columns).prefix(aggregation.keyCount)
      .map { "\($0.name) = \($1.value(row))" }.joined(separator: ", ")
    return TidemillError(
      .outOfRange, "\(call.name) is out of the range of \(problem.type)\(named.isEmpty ? "" : " for \(named)")",
      hint: "use try_sum to get NULL instead, or cast the argument to a wider DECIMAL; that is another query, "
        + "which begins with a checkpoint of its own")
  }
}

/// The expressions of an aggregation evaluated for one batch.
struct AggregationInput {
  let count: Int
  let keys: KeyBatch
  /// For each accumulator its argument, if it has one, and which rows count.
  let arguments: [(column: Column?, mask: Buffer<UInt8>?)]
  let weights: Buffer<Int8>?

  init(
    _ shape: AggregationShape, _ evaluator: ExpressionEvaluator, columns: [Column], count: Int, weights: Buffer<Int8>?,
    keys: KeyBatch
  ) {
    self.count = count
    self.keys = keys
    self.weights = weights
    keys.load(
      shape.aggregation.keys.map { evaluator.evaluate($0.expression, columns, count: count) }, count: count)
    arguments = shape.accumulators.map { plan in
      let column = plan.argument.map { evaluator.evaluate($0, columns, count: count) }
      let filter = plan.filter.map { evaluator.selection($0, columns, count: count) }
      return (column, Self.both(column?.validity, filter, count: count))
    }
  }

  private static func both(_ validity: Buffer<UInt8>?, _ filter: Buffer<UInt8>?, count: Int) -> Buffer<UInt8>? {
    guard let validity else { return filter }
    guard let filter else { return validity }
    let result = Buffer<UInt8>(repeating: 0, count: count)
    for row in 0..<count { result.base[row] = validity.base[row] & filter.base[row] }
    return result
  }

  /// Brings rows into accumulators that have room for all of `groups`.
  func update(
    _ accumulators: [Accumulator], groups: UnsafePointer<GroupIndex>, rows: UnsafePointer<UInt32>?, count: Int
  ) {
    for (accumulator, argument) in zip(accumulators, arguments) {
      let input = AccumulatorInput(
        groups: groups, rows: rows, count: count, mask: argument.mask.map { UnsafePointer($0.base) },
        weights: weights.map { UnsafePointer($0.base) })
      accumulator.update(input, column: argument.column)
    }
  }
}
