import TidemillColumns
import TidemillPlan

/// An aggregation worked out for running: which accumulators it needs, and which of them each call reads.
struct AggregationShape {
  let aggregation: Aggregation
  let keyTypes: [DataType]
  let accumulators: [AccumulatorPlan]
  /// For each call the accumulator that holds its values.
  let accumulatorOfCall: [Int]
  /// The sum that counts rows, too, in place of an accumulator of its own for `COUNT(*)`.
  private let countingSum: Int?
  /// The accumulator that counts the rows of a group, where input may be taken back: a group of no rows is gone.
  let rowCount: Int?
  let outputSchema: Schema
  /// Whether results carry their window; a time-to-live keeps sessions that nobody sees.
  let showsWindow: Bool
  /// Bytes of the sliding windows' results that one epoch gives at most.
  var resultByteLimit = Int.max

  init(_ aggregation: Aggregation, inputRetracts: Bool) {
    self.aggregation = aggregation
    keyTypes = aggregation.keys.map { $0.expression.type }
    var plans: [AccumulatorPlan] = []
    func index(of plan: AccumulatorPlan) -> Int {
      if let known = plans.firstIndex(of: plan) { return known }
      plans.append(plan)
      return plans.count - 1
    }
    for call in aggregation.calls where call.function != .countRows && call.function != .count {
      _ = index(of: AccumulatorPlan(call))
    }
    // A sum counts its values anyhow.
    var countingSum: Int?
    accumulatorOfCall = aggregation.calls.map { call in
      if call.function == .countRows, call.filter == nil, !inputRetracts,
        let sum = plans.firstIndex(where: { $0.kind == .sum && $0.filter == nil })
      {
        countingSum = sum
        return sum
      }
      if call.function == .count,
        let sum = plans.firstIndex(where: { $0.kind == .sum && $0.argument == call.argument && $0.filter == call.filter })
      {
        return sum
      }
      return index(of: AccumulatorPlan(call))
    }
    self.countingSum = countingSum
    rowCount =
      inputRetracts
      ? index(
        of: AccumulatorPlan(AggregateCall(name: "rows", function: .countRows, argument: nil, resultType: .bigint)))
      : nil
    accumulators = plans
    outputSchema = aggregation.outputSchema
    showsWindow = aggregation.window != nil
  }

  func makeAccumulators() -> [Accumulator] {
    accumulators.indices.map { accumulators[$0].make(countsRows: $0 == countingSum) }
  }

  /// One of the accumulators, with room for groups.
  func makeAccumulator(_ index: Int, groups: Int) -> Accumulator {
    let accumulator = accumulators[index].make(countsRows: index == countingSum)
    accumulator.grow(to: groups)
    return accumulator
  }

  /// Those of `groups` that hold any row: all of them, where rows are never taken back.
  func living(_ groups: Buffer<GroupIndex>, _ accumulators: [Accumulator]) -> Buffer<GroupIndex> {
    guard let rowCount else { return groups }
    let counts = unsafeDowncast(accumulators[rowCount], to: CountAccumulator.self)
    let living = Buffer<GroupIndex>(capacity: groups.count)
    for group in groups.elements where counts[Int(group)] != 0 { living.append(group) }
    return living
  }

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

  init(count: Int, keys: KeyBatch, arguments: [(column: Column?, mask: Buffer<UInt8>?)], weights: Buffer<Int8>?) {
    self.count = count
    self.keys = keys
    self.arguments = arguments
    self.weights = weights
  }

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

  /// Brings rows into accumulators that have room for all of `groups`: those in `rows`, or the `count` from `first` on.
  func update(
    _ accumulators: [Accumulator], groups: UnsafePointer<GroupIndex>, rows: UnsafePointer<UInt32>?, first: Int = 0, count: Int
  ) {
    for (accumulator, argument) in zip(accumulators, arguments) {
      let input = AccumulatorInput(
        groups: groups, rows: rows, first: first, count: count, mask: argument.mask.map { UnsafePointer($0.base) },
        weights: weights.map { UnsafePointer($0.base) })
      accumulator.update(input, column: argument.column)
    }
  }
}
