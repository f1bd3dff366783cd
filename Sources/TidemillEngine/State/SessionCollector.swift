import TidemillColumns
import TidemillPlan

/// Gathers rows into sessions. Each lane has one.
final class SessionCollector {
  private let shape: AggregationShape
  private let evaluator: ExpressionEvaluator
  private let time: TypedExpression?
  private let gap: Int64
  private let keys: KeyBatch
  private(set) var gathered: SessionSet
  private let keyOfRow = Buffer<GroupIndex>(capacity: 1024)
  private let sessionOfRow = Buffer<SessionIndex>(capacity: 1024)
  private let rows = Buffer<UInt32>(capacity: 1024)

  /// Spark's rule: a row is late when its own [time, time + gap) ends at or before the watermark.
  private let isSparkCompatible: Bool

  /// - Parameter time: what places a row in event time; `nil` for a time-to-live, which goes by the row's own event time.
  init(
    _ shape: AggregationShape, _ evaluator: ExpressionEvaluator, time: TypedExpression?, gap: TimeSpan,
    isSparkCompatible: Bool
  ) {
    self.shape = shape
    self.evaluator = evaluator
    self.time = time
    self.isSparkCompatible = isSparkCompatible
    self.gap = gap.microseconds
    keys = KeyBatch(width: shape.keyTypes.count)
    gathered = SessionSet(shape)
  }

  /// Gives away what was gathered.
  func take() -> SessionSet {
    defer { gathered = SessionSet(shape) }
    return gathered
  }

  /// - Parameters:
  ///   - eventTimes: the event time of each row.
  ///   - watermarks: for each row its partition's watermark before it; `nil` when nothing can be late.
  /// - Complexity: O(rows).
  func collect(
    _ columns: [Column], count: Int, eventTimes: Column?, watermarks: UnsafePointer<Int64>?
  ) -> CollectOutcome {
    var outcome = CollectOutcome()
    guard count > 0 else { return outcome }
    let input = AggregationInput(
      shape, evaluator, columns: columns, count: count, weights: nil, keys: keys)
    guard let time = time.map({ evaluator.evaluate($0, columns, count: count) }) ?? eventTimes else {
      preconditionFailure("the resolver allows a time-to-live only where there is an event time")
    }
    let times = time.int64
    rows.count = 0
    rows.reserve(count)
    for row in 0..<count {
      if time.isNull(row) || !EventTime.supported.contains(EventTime(microseconds: times[row])) {
        outcome.withoutTime.append(row)
      } else if let watermarks,
        isSparkCompatible ? times[row] &+ gap <= watermarks[row] : times[row] < watermarks[row]
      {
        outcome.late.append(row)
      } else {
        rows.append(UInt32(truncatingIfNeeded: row))
      }
    }
    let accepted = rows.count
    keyOfRow.reserve(accepted)
    sessionOfRow.reserve(accepted)
    gathered.groups.assign(keys, rows: rows.base, count: accepted, into: keyOfRow.base)
    for position in 0..<accepted {
      let start = times[Int(rows.base[position])]
      sessionOfRow.base[position] = gathered.place(keyOfRow.base[position], start: start, end: start &+ gap)
    }
    for position in 0..<accepted { sessionOfRow.base[position] = gathered.survivor(sessionOfRow.base[position]) }
    gathered.settle()
    gathered.update(input, sessions: sessionOfRow.base, rows: rows.base, count: accepted)
    return outcome
  }
}
