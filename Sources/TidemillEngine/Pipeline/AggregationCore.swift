import TidemillColumns
import TidemillPlan

/// What a lane gathers rows with: into panes, or into sessions.
enum Collector {
  case panes(PaneCollector)
  case sessions(SessionCollector)

  var memoryUsed: Int {
    switch self {
    case .panes(let collector): collector.memoryUsed
    case .sessions(let collector): collector.gathered.memoryUsed
    }
  }

  /// - Parameter eventTimes: gives the event time of each row, for those who ask.
  func collect(_ batch: PreparedBatch, eventTimes: () -> Column?, _ watermarks: BatchWatermarks?) -> CollectOutcome {
    let rows = batch.current
    switch self {
    case .panes(let collector):
      return collector.collect(
        rows.columns, count: rows.count, weights: nil, sequence: batch.sequence, eventTimes: batch.eventTimes, watermarks)
    case .sessions(let collector):
      let watermarks = watermarks?.rows()
      return collector.collect(
        rows.columns, count: rows.count, eventTimes: eventTimes(), watermarks: watermarks.map { UnsafePointer($0.base) })
    }
  }
}

/// The first aggregation of a query: collectors for the lanes and the state that they flow into.
final class AggregationCore {
  enum State {
    case windows(WindowedAggregate)
    case sessions(SessionAggregate, gap: TimeSpan)
  }

  private let shape: AggregationShape
  let state: State
  private let evaluator: ExpressionEvaluator
  private let isSparkCompatible: Bool
  private let sharding: KeySharding
  /// Which watermark makes a row late.
  enum Lateness {
    /// Without windows there is nothing to be late for; complete mode keeps every window open.
    case never
    /// Windows of another time than the stream's event time close only when the input ends.
    case afterEnd
    case watermark
  }
  let lateness: Lateness

  init(
    _ aggregation: Aggregation, modes: [OutputMode], settings: EngineSettings, evaluator: ExpressionEvaluator,
    emitsRetractions: Bool
  ) {
    var shape = AggregationShape(aggregation, inputRetracts: false)
    shape.resultByteLimit = settings.limits.resultBytes
    self.shape = shape
    self.evaluator = evaluator
    isSparkCompatible = settings.isSparkCompatible
    sharding = settings.sharding
    let gap: TimeSpan? =
      if case .session(let gap) = aggregation.window?.kind { gap } else {
        aggregation.window == nil ? aggregation.timeToLive : nil
      }
    let followsWatermark = aggregation.window?.followsWatermark ?? (aggregation.timeToLive != nil)
    lateness =
      modes.contains(.complete) || (aggregation.window == nil && gap == nil)
      ? .never : (followsWatermark ? .watermark : .afterEnd)
    if let gap {
      state = .sessions(
        SessionAggregate(
          shape, gives: ResultKinds(modes), emitsRetractions: emitsRetractions, followsWatermark: followsWatermark),
        gap: gap)
    } else {
      state = .windows(
        WindowedAggregate(
          shape, gives: ResultKinds(modes), emitsRetractions: emitsRetractions, work: settings.work))
    }
  }

  /// Whether groups go when their time has come; in complete mode they stay all the same.
  var closes: Bool { shape.aggregation.window != nil || shape.aggregation.timeToLive != nil }

  /// Whether results are of windows that show, as opposed to all of time.
  var hasWindow: Bool { shape.aggregation.window != nil }

  var isSessions: Bool { if case .sessions = state { true } else { false } }

  func makeCollector() -> Collector {
    switch state {
    case .windows: .panes(PaneCollector(shape, evaluator, sharding: sharding))
    case .sessions(_, let gap):
      .sessions(
        SessionCollector(
          shape, evaluator, time: shape.aggregation.window?.time, gap: gap, isSparkCompatible: isSparkCompatible))
    }
  }

  /// Brings what the lanes gathered into the state.
  func apply(_ collectors: [Collector], _ moment: Moment) throws -> EpochResults {
    switch state {
    case .windows(let aggregate):
      let collectors = collectors.compactMap { if case .panes(let collector) = $0 { collector } else { nil } }
      let output = try aggregate.apply(collectors.map { $0.take() }, moment)
      if aggregate.hasFewGroups { for collector in collectors { collector.gatherAgain() } }
      return output
    case .sessions(let aggregate, _):
      var gathered: [SessionSet] = []
      for case .sessions(let collector) in collectors { gathered.append(collector.take()) }
      return try aggregate.apply(gathered, moment)
    }
  }

  var closedThrough: Int64 {
    switch state {
    case .windows(let aggregate): aggregate.closedThrough
    case .sessions(let aggregate, _): aggregate.closedThrough
    }
  }

  var metrics: OperatorMetrics {
    switch state {
    case .windows(let aggregate): aggregate.metrics
    case .sessions(let aggregate, _): aggregate.metrics
    }
  }

  func write(to writer: inout ByteWriter) {
    switch state {
    case .windows(let aggregate): aggregate.write(to: &writer)
    case .sessions(let aggregate, _): aggregate.write(to: &writer)
    }
  }

  func read(from reader: inout ByteReader) throws {
    switch state {
    case .windows(let aggregate): try aggregate.read(from: &reader)
    case .sessions(let aggregate, _): try aggregate.read(from: &reader)
    }
  }
}
