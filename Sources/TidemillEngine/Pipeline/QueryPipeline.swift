import TidemillColumns
import TidemillPlan

/// A running query: the pure, synchronous core. `(state, batches of an epoch) -> changes of the result`.
///
/// It has no clock, no input or output and no threads of its own. Whoever drives it calls, for each epoch,
///
/// 1. `prepare` for each batch, in any lane and any order;
/// 2. `order` for each prepared batch: one at a time, in source order;
/// 3. `absorb` for each ordered batch, in any order, but each lane's number in one thread at a time;
/// 4. `finishEpoch` once all are absorbed.
///
/// The result depends neither on how rows were cut into batches and epochs nor on the number of lanes.
public final class QueryPipeline: @unchecked Sendable {
  // `prepare` only reads what never changes; `absorb` touches its own lane; the caller serialises the rest, as said above.

  /// The query that runs.
  public let plan: QueryPlan
  let settings: EngineSettings
  let evaluator: ExpressionEvaluator
  private let front: FrontStages
  private(set) var tracker: WatermarkTracker
  private let lanes: [Lane]
  let core: AggregationCore?
  /// One for each output mode, in the order of the modes' names.
  private let tails: [PipelineTail]
  /// One for each output, in their order.
  private let gates: [OutputGate]
  private var isHistory = false
  private var finished = 0
  private var sequence = 0
  private var ledger: [Int: Ledger] = [:]

  /// - Parameter outputs: who gets the results, all from one state; by default one in the plan's output mode. No two have the
  ///   same name.
  /// - Throws: `TidemillError.unsupported` for a plan that the engine does not run, or modes that cannot share its state.
  public init(_ plan: QueryPlan, outputs: [PipelineOutput] = [], settings: EngineSettings = EngineSettings()) throws {
    self.plan = plan
    self.settings = settings
    let outputs = outputs.isEmpty ? [PipelineOutput(name: "", mode: plan.outputMode)] : outputs
    precondition(Set(outputs.map(\.name)).count == outputs.count, "two outputs of a query have the same name")
    let modes = Set(outputs.map(\.mode)).sorted { $0.rawValue < $1.rawValue }
    try plan.checkSharing(modes)
    let evaluator = ExpressionEvaluator(zone: settings.zone, text: TextBound(limit: settings.limits.textBytes))
    self.evaluator = evaluator
    let first = plan.stages.firstIndex { if case .aggregate = $0 { true } else { false } }
    if first == nil, plan.stages.contains(where: { if case .topN = $0 { true } else { false } }) {
      throw TidemillError(
        .unsupported, "ROW_NUMBER over rows that are not aggregated",
        hint: "aggregate with GROUP BY first, then number the results")
    }
    front = FrontStages(
      plan, stages: 0..<(first ?? plan.stages.count), dropsLateRows: !modes.contains(.complete), evaluator)
    tracker = WatermarkTracker(delay: plan.delay, isSparkCompatible: settings.isSparkCompatible)
    let tails = try modes.map { try PipelineTail(plan, $0, after: first, evaluator) }
    self.tails = tails
    gates = outputs.map { output in
      OutputGate(output, plan.resultSchema, tails.first { $0.mode == output.mode }!.normaliser)
    }
    if let first, case .aggregate(let aggregation) = plan.stages[first] {
      core = AggregationCore(
        aggregation, modes: modes, settings: settings, evaluator: evaluator,
        emitsRetractions: plan.needsRetractions(after: first)
          || outputs.contains { $0.mode == .update && $0.mayHold })
    } else {
      core = nil
    }
    lanes = (0..<max(settings.lanes, 1)).map { [core] _ in Lane(core?.makeCollector()) }
  }

  // MARK: An epoch

  /// Says how many partitions the source has: none of them may be passed by the watermark before it has given rows or is idle.
  ///
  /// - Parameter ofHistory: whether the rows of the epoch are of a history in no order: none of them is late because of another,
  ///   and the watermark stays where it is.
  /// - Parameter finished: so many partitions, the first ones, will never give rows again.
  public func expect(partitions: Int, ofHistory: Bool = false, finished: Int = 0) {
    tracker.expect(partitions: partitions)
    isHistory = ofHistory
    self.finished = finished
  }

  /// Runs the stages that need no order.
  ///
  /// - Parameters:
  ///   - batch: rows under the plan's scan schema.
  ///   - original: the same rows as their source gave them; late rows are taken from it. `nil`: from `batch`.
  ///   - sides: the tables that the plan joins, as `sides(of:)` made them; the same for all batches of an epoch.
  ///   - skipped: how many rows there are in place of a batch's, which the query's first conditions leave out, and the highest of
  ///     their event times, if they have any.
  public func prepare(
    _ batch: Batch, partition: Int, original: Batch? = nil, sides: JoinSides = .none,
    skipped: (count: Int, highest: EventTime?)? = nil
  ) -> PreparedBatch {
    precondition(batch.count == 0 || skipped == nil, "rows are skipped in place of a batch's, not beside them")
    let prepared = PreparedBatch(
      scan: batch, original: original ?? batch, partition: partition, eventTime: plan.eventTime, sides: sides,
      skipped: skipped.map { ($0.count, $0.highest?.microseconds ?? .min) } ?? (0, .min))
    front.prepare(prepared)
    prepared.failure = prepared.failure ?? evaluator.text.failure
    return prepared
  }

  /// Puts a batch in its place in the order of its source.
  public func order(_ batch: PreparedBatch) {
    batch.sequence = sequence
    sequence += 1
    batch.highestBefore = tracker.advance(batch.partition, highest: batch.highest, hasRows: batch.hasRows)
    batch.floor = tracker.floor(batch.partition)
    batch.isHistory = isHistory
    batch.global = tracker.global
    batch.ended = tracker.ended
    front.order(batch, isSparkCompatible: settings.isSparkCompatible, global: tracker.global)
  }

  /// Brings an ordered batch into a lane's part of the state.
  public func absorb(_ batch: PreparedBatch, lane: Int) {
    front.finish(batch)
    let lane = lanes[lane]
    if let collector = lane.collector {
      let watermarks: BatchWatermarks? =
        switch core!.lateness {
        case .never: nil
        case .afterEnd: batch.ended == .min ? nil : BatchWatermarks(all: batch.ended, count: batch.current.count)
        case .watermark:
          front.watermarks(batch, isSparkCompatible: settings.isSparkCompatible, global: batch.global)
        }
      let outcome = collector.collect(batch, eventTimes: { front.eventTimes(batch) }, watermarks)
      batch.noteAggregated(except: outcome.late, withoutTime: outcome.withoutTime)
    } else {
      batch.noteAggregated(except: [], withoutTime: [])
      lane.passed.append((batch.sequence, batch.current))
    }
    if lane.collector == nil || !front.deduplicators.isEmpty {
      lane.passedBytes += settings.limits.countsPassedRows ? batch.current.bytes(beside: batch.scan) : batch.joinedBytes
    }
    batch.settleFates()
    lane.failure = lane.failure ?? batch.failure
    lane.ledger[batch.partition, default: Ledger()] += batch.ledger
    if settings.keepsLateRows, !batch.late.isEmpty {
      lane.late.append((batch.sequence, batch.original.selecting(batch.late.sorted())))
    }
    if !batch.late.isEmpty { lane.sample(batch, delay: plan.delay?.microseconds, settings) }
  }

  /// Bytes that a lane has gathered in this epoch. To be asked by whoever has the lane.
  ///
  /// Rows that no aggregation takes are bounded by what an epoch reads, and not counted, unless a join made them or the settings say
  /// so.
  public func gatheredMemory(lane: Int) -> Int { (lanes[lane].collector?.memoryUsed ?? 0) + lanes[lane].passedBytes }

  /// Ends the epoch: merges the lanes, moves the watermark, closes windows.
  ///
  /// - Throws: `TidemillError.outOfRange` when a result does not fit its type, and what kept a batch from being prepared. The
  ///   pipeline must not be used afterwards.
  public func finishEpoch(_ end: EpochEnd = EpochEnd()) throws -> EpochOutput {
    if let failure = lanes.lazy.compactMap(\.failure).first { throw failure }
    tracker.finishEpoch(idle: end.idle.mapValues(\.microseconds), isHistory: isHistory, finished: finished)
    var moment = Moment(
      watermark: tracker.global, isFinal: end.isFinal, isSparkCompatible: settings.isSparkCompatible)
    // Complete mode goes with no other.
    moment.showsEverything = gates.contains { !end.held.contains($0.output.name) }
    var changes: [OutputMode: Batch] = [:]
    var metrics = front.deduplicators.map(\.metrics)
    if let core {
      let results = try core.apply(lanes.map { $0.collector! }, moment)
      metrics.append(core.metrics)
      // A session that ends at the watermark is still open, and so is every window that it may fall into.
      let later = Moment(
        watermark: core.isSessions && moment.watermark != .min ? moment.watermark - 1 : moment.watermark,
        isFinal: moment.isFinal, isSparkCompatible: moment.isSparkCompatible)
      for tail in tails {
        // In complete mode a tail keeps nothing, so that it can be left out.
        changes[tail.mode] =
          tail.mode == .complete && !moment.showsEverything
          ? .empty(plan.resultSchema) : try tail.process(results[tail.mode], later).renamed(plan.resultSchema)
        metrics += tail.metrics
      }
    } else {
      let rows = Self.inOrder(lanes.flatMap(\.passed), schema: front.outputSchema).renamed(plan.resultSchema)
      for tail in tails { changes[tail.mode] = rows }
    }
    if let failure = evaluator.text.failure { throw failure }
    let deliveries = deliver(changes, held: end.held)
    metrics += gates.map(\.metrics).filter { !$0.name.isEmpty }
    if end.isFinal {
      let closed = max(core?.closedThrough ?? .min, tails.map(\.closedThrough).max()!)
      if closed != .min { tracker.close(through: closed) }
    }
    front.sweep(watermark: tracker.global)
    var ledger: [Int: Ledger] = [:]
    for lane in lanes {
      for (partition, part) in lane.ledger { ledger[partition, default: Ledger()] += part }
    }
    let lateParts = lanes.flatMap(\.late)
    let late = Self.inOrder(lateParts, schema: lateParts.first?.1.schema ?? plan.scanSchema)
    let samples = lanes.flatMap(\.samples).sorted { $0.sequence < $1.sequence }.flatMap(\.rows).prefix(LateRow.limit)
    for lane in lanes { lane.clear() }
    sequence = 0
    return EpochOutput(
      changes: deliveries[gates.firstIndex { $0.output.mode == plan.outputMode } ?? 0].changes ?? .empty(plan.resultSchema),
      deliveries: deliveries, ledger: ledger, late: late, lateSamples: Array(samples),
      watermark: tracker.global == .min ? nil : EventTime(microseconds: tracker.global),
      highest: tracker.partitions.map { $0.highest == .min ? nil : EventTime(microseconds: $0.highest) },
      operators: metrics)
  }

  /// Gives the changes of an epoch to the outputs.
  private func deliver(_ changes: [OutputMode: Batch], held: Set<String>) -> [EpochOutput.Delivery] {
    var normalised: [OutputMode: Batch] = [:]
    return gates.map { gate in
      let mode = gate.output.mode
      let raw = changes[mode]!
      if held.contains(gate.output.name) {
        gate.hold(raw)
        return EpochOutput.Delivery(changes: nil, heldRows: gate.heldRows, isHolding: gate.isHolding)
      }
      // Outputs in the same mode share it.
      if normalised[mode] == nil {
        normalised[mode] = tails.first { $0.mode == mode }!.normaliser?.normalise(raw) ?? raw
      }
      return EpochOutput.Delivery(changes: gate.release(raw, normalised[mode]!), heldRows: 0, isHolding: false)
    }
  }

  /// Whether changes of an output, by its number, are held back.
  public func isHolding(_ output: Int) -> Bool { gates[output].isHolding }

  private static func inOrder(_ batches: [(Int, Batch)], schema: Schema) -> Batch {
    Batch.concatenating(batches.sorted { $0.0 < $1.0 }.map(\.1), schema: schema)
  }

  // MARK: Snapshots

  /// The state between two epochs, as bytes that `restore` takes, with any number of lanes.
  public func snapshot() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(unframed: snapshotHead())
    writeState(to: &writer)
    return writer.bytes
  }

  /// A snapshot's small beginning: what `order` moves on. To be taken before any batch of the next epoch is ordered.
  public func snapshotHead() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(byte: Self.snapshotVersion)
    writer.write(string: tails.map(\.mode.rawValue).joined(separator: " "))
    tracker.write(to: &writer)
    return writer.bytes
  }

  /// A snapshot's rest. Only `finishEpoch` changes it, so the lanes may be at the next epoch meanwhile; but see
  /// `keepsStateInOrder`.
  public func writeState(to writer: inout ByteWriter) {
    for deduplicator in front.deduplicators { deduplicator.write(to: &writer) }
    core?.write(to: &writer)
    for tail in tails { tail.write(to: &writer) }
    let holding = gates.filter(\.isHolding)
    // Where nothing is held, snapshots are as they were before anything could be.
    if holding.isEmpty { return }
    writer.write(varint: holding.count)
    for gate in holding { gate.write(to: &writer) }
  }

  /// Whether `order`, too, changes what `writeState` writes.
  public var keepsStateInOrder: Bool { !front.deduplicators.isEmpty }

  /// - Throws: `TidemillError.checkpoint` when the state is of other output modes and would be another in these: stages behind
  ///   the first aggregation see final results in append mode and changes in update mode, and only complete mode drops nothing.
  private func checkModes(_ saved: [OutputMode]) throws {
    let added = tails.filter { !saved.contains($0.mode) }
    guard
      let problem = added.first(where: { $0.hasState || ($0.mode == .complete && core?.closes ?? false) })
    else { return }
    func text(_ modes: [OutputMode]) -> String { modes.map(\.rawValue).joined(separator: " and ") }
    throw TidemillError(
      .checkpoint,
      "the checkpoint was made in \(text(saved)) mode, and the query now runs in \(text(tails.map(\.mode))) mode",
      hint: (saved.count == 1 && tails.count == 1
        ? "go on with --output-mode \(text(saved)), or start a new checkpoint: "
        : "go on with outputs in \(text(saved)) mode, or start a new checkpoint: ")
        + (problem.hasState
          ? "what ROW_NUMBER and an aggregation of an aggregation keep depends on the mode"
          : "complete mode shows every window, and those that have closed are gone"))
  }

  private static let snapshotVersion: UInt8 = 2

  /// Takes over a snapshot of the same plan. Only for a pipeline that has not run yet.
  ///
  /// - Throws: `CorruptBytes` for anything else; `TidemillError.checkpoint` when the mode has changed and the state depends on it.
  public func restore(_ bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    let version = try reader.readByte()
    guard version == Self.snapshotVersion else { throw CorruptBytes("a snapshot of format \(version)") }
    let names = try reader.readString().split(separator: " ", omittingEmptySubsequences: false)
    let modes = names.compactMap { OutputMode(rawValue: String($0)) }
    let isInOrder = zip(modes, modes.dropFirst()).allSatisfy { $0.rawValue < $1.rawValue }
    guard !modes.isEmpty, modes.count == names.count, isInOrder else {
      throw CorruptBytes("a snapshot of an unknown output mode")
    }
    try checkModes(modes)
    try tracker.read(from: &reader)
    for deduplicator in front.deduplicators { try deduplicator.read(from: &reader) }
    try core?.read(from: &reader)
    for mode in modes {
      // What a mode kept that nobody asks for any more is read past.
      let tail = try tails.first { $0.mode == mode } ?? tails[0].inMode(mode)
      try tail.read(from: &reader)
    }
    if !reader.isAtEnd {
      let count = try reader.readVarint()
      guard count > 0 else { throw CorruptBytes("the changes held for no output") }
      for _ in 0..<count { try restoreHeld(&reader) }
    }
    guard reader.isAtEnd else { throw CorruptBytes("more state than the query has") }
  }
}

extension QueryPipeline {
  /// Gives what was held for an output back to it.
  ///
  /// - Throws: `CorruptBytes`; `TidemillError.checkpoint` when the output has another mode now, in which the changes mean nothing, or
  ///   is not there any more, and rows would be lost.
  private func restoreHeld(_ reader: inout ByteReader) throws {
    let name = try reader.readString()
    guard let mode = OutputMode(rawValue: try reader.readString()) else {
      throw CorruptBytes("changes held in an unknown output mode")
    }
    let output = PipelineOutput(name: name, mode: mode)
    let known = gates.first { $0.output.name == name }
    if let known, known.output.mode != mode {
      throw TidemillError(
        .checkpoint,
        "the checkpoint holds changes back for the output \(name) in \(mode.rawValue) mode, and it is now in "
          + "\(known.output.mode.rawValue) mode",
        hint: "run it in \(mode.rawValue) mode and stop it: then it has all of them")
    }
    if let known { return try known.read(from: &reader) }
    let gone = OutputGate(output, plan.resultSchema, nil)
    try gone.read(from: &reader)
    guard gone.heldRows == 0 else {
      throw TidemillError(
        .checkpoint, "the checkpoint holds \(gone.heldRows) rows back for the output \(name), which is not there any more",
        hint: "run the query with \(name) and stop it: then it has all of them, and may be renamed or left out")
    }
  }
}

/// What one lane gathers in an epoch.
private final class Lane {
  let collector: Collector?
  var passed: [(Int, Batch)] = []
  /// Bytes of the rows in `passed`, and of those in what `dropDuplicates` remembers, as far as they are counted.
  var passedBytes = 0
  var late: [(Int, Batch)] = []
  var ledger: [Int: Ledger] = [:]
  var failure: TidemillError?
  /// The first late rows of the epoch that this lane met.
  private(set) var samples: [LateRows] = []
  private var sampleCount = 0

  func sample(_ batch: PreparedBatch, delay: Int64?, _ settings: EngineSettings) {
    guard
      let rows = batch.lateRows(
        limit: LateRow.limit - sampleCount, delay: delay, isSparkCompatible: settings.isSparkCompatible)
    else { return }
    samples.append(rows)
    sampleCount += rows.rows.count
  }

  init(_ collector: Collector?) { self.collector = collector }

  func clear() {
    passed = []
    passedBytes = 0
    late = []
    if sampleCount > 0 {
      samples = []
      sampleCount = 0
    }
    ledger = [:]
  }
}
