import TidemillColumns
import TidemillPlan

/// The stages before the first aggregation: filters, projections and `dropDuplicates`.
///
/// Those before a `dropDuplicates` and those behind it run in any lane; `dropDuplicates` itself needs the rows in source order.
struct FrontStages {
  private enum Step {
    case filter(TypedExpression)
    case project([NamedExpression])
    case deduplicate(Deduplicator, withinWatermark: Bool)
  }

  private let steps: [Step]
  /// The steps from the first to the last `dropDuplicates`; empty without one.
  private let ordered: Range<Int>
  private let evaluator: ExpressionEvaluator
  private let eventTime: Int?
  private let delay: Int64?
  /// Complete mode drops nothing as late, and so remembers every key that it has seen.
  private let dropsLateRows: Bool
  let outputSchema: Schema
  let deduplicators: [Deduplicator]

  init(_ plan: QueryPlan, stages: Range<Int>, dropsLateRows: Bool, _ evaluator: ExpressionEvaluator) {
    self.evaluator = evaluator
    eventTime = plan.eventTime
    delay = plan.delay?.microseconds
    self.dropsLateRows = dropsLateRows
    outputSchema = plan.schema(before: stages.upperBound)
    let steps: [Step] = stages.map { index in
      switch plan.stages[index] {
      case .filter(let condition): .filter(condition)
      case .project(let items): .project(items)
      case .deduplicate(let ordinals, let withinWatermark):
        .deduplicate(Deduplicator(ordinals, schema: plan.schema(before: index)), withinWatermark: withinWatermark)
      case .aggregate, .topN: preconditionFailure("an aggregation among the stages before the first one")
      }
    }
    self.steps = steps
    let positions = steps.indices.filter { if case .deduplicate = steps[$0] { true } else { false } }
    if let first = positions.first, let last = positions.last {
      ordered = first..<(last + 1)
    } else {
      ordered = steps.count..<steps.count
    }
    deduplicators = steps.compactMap { if case .deduplicate(let deduplicator, _) = $0 { deduplicator } else { nil } }
  }

  /// The steps that need no order, before those that do.
  func prepare(_ batch: PreparedBatch) { run(0..<ordered.lowerBound, batch) }

  /// The steps that need the rows in source order.
  func order(_ batch: PreparedBatch, isSparkCompatible: Bool, global: Int64) {
    for index in ordered {
      guard case .deduplicate(let deduplicator, let withinWatermark) = steps[index] else {
        run(index..<(index + 1), batch)
        continue
      }
      let watermarks =
        withinWatermark ? watermarks(batch, isSparkCompatible: isSparkCompatible, global: global)?.rows() : nil
      let times = withinWatermark ? eventTimes(batch) : nil
      let outcome = deduplicator.judge(
        batch.current, times: times.map { UnsafePointer($0.int64) }, watermarks: watermarks.map { UnsafePointer($0.base) })
      batch.ledger.duplicate += outcome.duplicates
      batch.ledger.late += outcome.late.count
      batch.late += outcome.late.map { batch.scanPosition($0) }
      batch.keep(outcome.kept)
    }
  }

  /// The steps behind those that need order.
  func finish(_ batch: PreparedBatch) { run(ordered.upperBound..<steps.count, batch) }

  private func run(_ range: Range<Int>, _ batch: PreparedBatch) {
    for step in steps[range] {
      switch step {
      case .filter(let condition):
        let kept = batch.current.selected(by: condition, evaluator)
        batch.ledger.filtered += batch.current.count - kept.count
        batch.keep(kept)
      case .project(let items): batch.current = batch.current.projected(items, evaluator)
      case .deduplicate: preconditionFailure("dropDuplicates outside of source order")
      }
    }
  }

  /// Lets `dropDuplicates` forget what no row can repeat any more.
  func sweep(watermark: Int64) {
    guard dropsLateRows, delay != nil else { return }
    for deduplicator in deduplicators { deduplicator.sweep(watermark: watermark) }
  }

  /// The event time of each row of `batch.current`, whatever its columns are by now.
  func eventTimes(_ batch: PreparedBatch) -> Column? {
    guard let eventTime else { return nil }
    let column = batch.scan.columns[eventTime]
    return batch.rows.map { column.selecting($0) } ?? column
  }

  /// The watermarks of the rows of `batch.current`; `nil` when no row can be late.
  func watermarks(_ batch: PreparedBatch, isSparkCompatible: Bool, global: Int64) -> BatchWatermarks? {
    guard dropsLateRows else { return nil }
    let count = batch.current.count
    guard let eventTime, let delay else {
      return batch.floor == .min ? nil : BatchWatermarks(all: batch.floor, count: count)
    }
    if isSparkCompatible { return global == .min ? nil : BatchWatermarks(all: global, count: count) }
    let highest = max(batch.highestBefore, batch.highest)
    // Where rows were filtered out, those that are left do not tell.
    let running =
      batch.rows == nil ? RunningWatermark(highest: batch.highestBefore, delay: delay, floor: batch.floor) : nil
    return BatchWatermarks(
      bound: WatermarkTracker.watermark(highest: highest, delay: delay, floor: batch.floor), running: running
    ) {
      Self.rowWatermarks(batch, batch.scan.columns[eventTime].int64, delay: delay)
    }
  }

  /// Rows that were filtered out still move the watermark.
  private static func rowWatermarks(
    _ batch: PreparedBatch, _ times: UnsafePointer<Int64>, delay: Int64
  ) -> Buffer<Int64> {
    let count = batch.current.count
    let result = Buffer<Int64>(repeating: 0, count: count)
    let target = result.base
    var highest = batch.highestBefore
    let floor = batch.floor
    if let rows = batch.rows {
      var next = 0
      for (position, row) in rows.enumerated() {
        while next < row {
          highest = max(highest, times[next])
          next += 1
        }
        target[position] = WatermarkTracker.watermark(highest: highest, delay: delay, floor: floor)
      }
    } else {
      for row in 0..<count {
        target[row] = WatermarkTracker.watermark(highest: highest, delay: delay, floor: floor)
        highest = max(highest, times[row])
      }
    }
    return result
  }
}
