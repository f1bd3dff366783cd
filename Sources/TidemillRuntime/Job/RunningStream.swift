import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillPlan

/// A query while it runs.
struct RunningQuery {
  let definition: QueryDefinition
  let pipeline: QueryPipeline
  let lane: LaneQuery
  var total = RowLedger()
  /// The same by partition.
  var totals: [Int: RowLedger] = [:]
  /// The watermarks after the last epoch.
  var times = PipelineTimes()
  /// Bytes of state after the last epoch.
  var stateBytes = 0
  /// Rows of this run that were late.
  var samples = LateSamples()
  /// When the next open window ends, as of the last epoch.
  var nextClose: EventTime?
  var highest: EventTime?
  /// Of each output, in their order.
  var rhythms: [OutputRhythm]

  /// Takes note of the watermarks; only while no lane puts rows in order.
  mutating func noteTimes() { times = pipeline.times }

  /// Takes note of what a pipeline holds that was restored.
  mutating func noteHeld() {
    for index in rhythms.indices { rhythms[index].isHolding = pipeline.isHolding(index) }
  }

  /// Takes note of what an epoch gave the outputs.
  mutating func note(_ deliveries: [EpochOutput.Delivery], clock: EventTime) {
    for (index, delivery) in deliveries.enumerated() {
      // A whole result is one also without rows.
      let hasGiven = delivery.changes.map { $0.count > 0 || definition.outputs[index].mode == .complete } ?? false
      rhythms[index].finish(
        clock: clock, hasGiven: hasGiven, heldRows: delivery.heldRows, isHolding: delivery.isHolding)
    }
  }
}

/// A stream while its queries run.
struct RunningStream {
  let input: StreamInput
  var queries: [RunningQuery]
  var position = SourcePosition.beginning
  var idle: IdleTracker
  /// Rows of this run that could not be accepted.
  var rejectedSamples = RejectedSamples()
  /// Whether the last epoch was of a history in no order; `nil` before the first.
  var isHistory: Bool?
  /// How many partitions the last epoch knew to be finished.
  var finished = 0
  /// The inputs that no recovery will read again.
  private var releasable: Set<String> = []
  /// Those that progress has not told of yet.
  var newlyReleasable: [String] = []

  init(_ input: StreamInput, options: JobOptions) throws {
    self.input = input
    var settings = EngineSettings(
      zone: options.zone, lanes: options.lanes, isSparkCompatible: options.isSparkCompatible,
      keepsLateRows: input.lateSink != nil, work: .threads(options.lanes))
    settings.limits = options.limits
    queries = try input.queries.map { [settings] definition in
      let pipeline = try QueryPipeline(
        definition.plan,
        outputs: definition.outputs.map { PipelineOutput(name: $0.name, mode: $0.mode, mayHold: $0.every != nil) },
        settings: settings)
      let ordinals = definition.plan.scanSchema.fields.map { field in
        guard let ordinal = input.schema.fields.firstIndex(where: { $0.name == field.name }) else {
          preconditionFailure("stream \(input.name) is read without column \(field.name), which \(definition.name) needs")
        }
        return ordinal
      }
      return RunningQuery(
        definition: definition, pipeline: pipeline, lane: LaneQuery(pipeline: pipeline, ordinals: ordinals),
        rhythms: definition.outputs.map { OutputRhythm(every: $0.every) })
    }
    let delay = input.queries.compactMap(\.plan.delay).max()
    // Never sooner than the delay: a row that is only as late as allowed must find its window open.
    idle = IdleTracker(timeout: delay == nil ? nil : options.idleTimeout.map { max($0, delay ?? .zero) })
  }

  /// The inputs of an epoch for which the source is not asked.
  var noInput: EpochInputs.Stream {
    // As the last epoch was: what was read ahead of it and dropped does not count.
    EpochInputs.Stream(
      slice: nil, partitionCount: input.source.partitionCount, isHistory: isHistory ?? input.source.isReadingHistory,
      finished: finished)
  }

  /// Takes note of the inputs that the source can do without after a release.
  mutating func noteReleased() {
    let now = Set(input.source.releasableInputs)
    newlyReleasable += now.subtracting(releasable).sorted()
    releasable = now
  }

  /// The time of the steady clock, after that of the last epoch, at which an epoch without input would close a window or change which
  /// partitions count; `nil`: never.
  func nextIdleEpoch(after last: EventTime) -> EventTime? {
    // Complete mode closes nothing.
    let queries = queries.filter { $0.nextClose != nil && !$0.definition.outputs.contains { $0.mode == .complete } }
    guard idle.timeout != nil, !queries.isEmpty else { return nil }
    var times = idle.nextIdle(after: last).map { [$0] } ?? []
    if let since = idle.allEmptySince, let timeout = idle.timeout {
      for query in queries {
        guard let close = query.nextClose, let highest = query.highest, let delay = query.definition.plan.delay else {
          continue
        }
        // The watermark will be highest + elapsed - delay.
        let needed = TimeSpan(microseconds: close.microseconds - highest.microseconds + delay.microseconds)
        times.append(since + max(needed, timeout))
      }
    }
    // An epoch that ran at that time or later has done what could be done.
    return times.filter { $0 > last }.min()
  }
}
