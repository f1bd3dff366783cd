import TidemillColumns
import TidemillFiles
import TidemillEngine
import TidemillPlan

/// Runs a query over a list of events, synchronously and without a clock: for tests of queries.
///
/// ```swift
/// let result = try StreamDriver(plan).run([.rows(batch), .endOfEpoch, .endOfInput])
/// result.epochs[0].changes
/// ```
///
/// Each epoch's ledger is checked: every row that went in must be accounted for.
public struct StreamDriver {
  /// The query that `run` plays events to.
  public let plan: QueryPlan
  /// How events are played.
  public let options: StreamDriverOptions

  /// A driver that keeps nothing between runs: each starts with an empty state.
  public init(_ plan: QueryPlan, options: StreamDriverOptions = StreamDriverOptions()) {
    self.plan = plan
    self.options = options
  }

  /// - Throws: What the query throws, such as `TidemillError` with code `outOfRange`, or `StreamDriverTable.Violation`.
  public func run(_ events: [StreamEvent]) throws -> StreamResult {
    var result = StreamResult(key: plan.resultKey)
    try run(events, into: &result)
    return result
  }

  /// The same; what came before an error is in `result`.
  ///
  /// - Throws: As `run(_:)`.
  public func run(_ events: [StreamEvent], into result: inout StreamResult) throws {
    let named = (events.compactMap(\.partition).max() ?? 0) + 1
    let partitions = max(named, options.partitions ?? 0)
    let holds = events.contains { if case .endOfHeldEpoch = $0 { true } else { false } }
    var run = try StreamRun(
      plan, options, partitions: partitions + options.idlePartitions, mayHold: holds || options.holding != nil)
    // Idle for so long that the others are the ones that tell how long all have been.
    for spare in 0..<options.idlePartitions { run.idle[partitions + spare] = .days(10_000) }
    var random = SplitMix64(seed: options.holding ?? 0)
    let last = events.lastIndex { $0.endsEpoch }
    for (index, event) in events.enumerated() {
      let isHeld = event.endsEpoch && options.holding != nil && index != last && Bool.random(using: &random)
      switch event {
      case .rows(let batch, let partition): run.take(batch, partition)
      case .idle(let partition, let span): run.idle[partition] = span
      case .allIdle(let span): for partition in 0..<partitions { run.idle[partition] = span }
      case .endOfEpoch: try run.finishEpoch(isFinal: false, isHeld: isHeld, &result)
      case .endOfHeldEpoch: try run.finishEpoch(isFinal: false, isHeld: true, &result)
      case .endOfInput: try run.finishEpoch(isFinal: true, &result)
      }
    }
  }
}

/// What a query gave.
public struct StreamResult: Sendable {
  /// What one epoch gave.
  public struct Epoch: Sendable {
    /// As the sink gets them; none if they are held back.
    public var changes: Batch
    /// Whether they are held back, for a later epoch to give.
    public var isHeld: Bool
    /// What the changes did to the table; in complete mode nothing.
    public var net: [StreamChange]
    /// The global watermark after the epoch; `nil` while there is none.
    public var watermark: EventTime?
    /// What became of the epoch's rows, by partition.
    public var ledger: [Int: Ledger]
    /// Rows late for all of their windows, under the stream's schema.
    public var late: Batch
  }

  /// The epochs that were run, in order.
  public var epochs: [Epoch] = []
  /// The result after the last epoch, as a reader of a sink would hold it.
  public var table: StreamDriverTable

  /// No epochs and an empty table, whose rows `key` identifies.
  public init(key: [Int]?) { table = StreamDriverTable(key: key) }

  /// By partition, over all epochs.
  public var ledger: [Int: Ledger] {
    epochs.reduce(into: [:]) { sum, epoch in
      for (partition, part) in epoch.ledger { sum[partition, default: Ledger()] += part }
    }
  }

  /// The late rows of all epochs, under the stream's schema.
  public var late: [[Value]] { epochs.flatMap(\.late.rows) }
}

/// A driver's run: the pipeline and the rows of the epoch that has begun.
private struct StreamRun {
  let plan: QueryPlan
  let options: StreamDriverOptions
  let partitions: Int
  var idle: [Int: TimeSpan] = [:]
  private var pipeline: QueryPipeline
  private var lanes: Int
  private var random: SplitMix64
  private var waiting: [(batch: Batch, partition: Int)] = []
  private let scanOrdinals: [Int]
  private let mayHold: Bool

  init(_ plan: QueryPlan, _ options: StreamDriverOptions, partitions: Int, mayHold: Bool) throws {
    self.mayHold = mayHold
    self.plan = plan
    self.options = options
    self.partitions = partitions
    let seed: UInt64 = if case .random(let seed) = options.cutting { seed } else { 1 }
    random = SplitMix64(seed: seed)
    lanes = options.lanes
    scanOrdinals = plan.scanSchema.fields.map { field in
      guard let ordinal = plan.stream.schema.fields.firstIndex(where: { $0.name == field.name }) else {
        preconditionFailure("the plan scans \(field.name), which its stream does not have")
      }
      return ordinal
    }
    pipeline = try Self.makePipeline(plan, options, lanes: lanes, partitions, mayHold: mayHold)
  }

  private static func makePipeline(
    _ plan: QueryPlan, _ options: StreamDriverOptions, lanes: Int, _ partitions: Int, mayHold: Bool
  ) throws -> QueryPipeline {
    var settings = EngineSettings(
      zone: options.zone, lanes: lanes, isSparkCompatible: options.isSparkCompatible, keepsLateRows: true)
    // On two lanes after a restart the state is in shards, and the lanes gather groups all the same.
    if options.shardsKeys, !options.restoresBetweenEpochs || lanes != 2 { settings.sharding = .always }
    // Those beside are never held back, whatever the first one is.
    let outputs =
      [PipelineOutput(name: "played", mode: plan.outputMode, mayHold: mayHold)]
      + Set(options.modesBeside).subtracting([plan.outputMode]).sorted { $0.rawValue < $1.rawValue }.map {
        PipelineOutput(name: "beside in \($0)", mode: $0)
      }
    let pipeline = try QueryPipeline(plan, outputs: outputs, settings: settings)
    pipeline.expect(partitions: partitions)
    return pipeline
  }

  mutating func take(_ batch: Batch, _ partition: Int) {
    precondition(batch.schema.count == plan.stream.schema.count, "rows come under the stream's schema")
    guard batch.count > 0 else { return }
    idle[partition] = nil
    waiting.append((batch, partition))
  }

  /// The rows of the epoch, cut as the options say.
  private mutating func batches() -> [(batch: Batch, partition: Int)] {
    var runs: [(batches: [Batch], partition: Int)] = []
    for (batch, partition) in waiting {
      if runs.last?.partition == partition {
        runs[runs.count - 1].batches.append(batch)
      } else {
        runs.append(([batch], partition))
      }
    }
    waiting = []
    var result: [(batch: Batch, partition: Int)] = []
    for run in runs {
      let whole = Batch.concatenating(run.batches, schema: plan.stream.schema)
      var start = 0
      while start < whole.count {
        let end: Int
        switch options.cutting {
        case .asWritten: end = whole.count
        case .oneRowABatch: end = start + 1
        case .random: end = Int.random(in: (start + 1)...whole.count, using: &random)
        }
        let isWhole = start == 0 && end == whole.count
        result.append((isWhole ? whole : whole.selecting(Array(start..<end)), run.partition))
        start = end
      }
    }
    return result
  }

  mutating func finishEpoch(isFinal: Bool, isHeld: Bool = false, _ result: inout StreamResult) throws {
    let batches = batches()
    var order = Array(batches.indices)
    if lanes > 1 { order.shuffle(using: &random) }
    var prepared: [Int: PreparedBatch] = [:]
    for index in order {
      let (original, partition) = batches[index]
      let scan = Batch(
        schema: plan.scanSchema, count: original.count, columns: scanOrdinals.map { original.columns[$0] })
      prepared[index] = pipeline.prepare(scan, partition: partition, original: original)
    }
    for index in batches.indices { pipeline.order(prepared[index]!) }
    if lanes > 1 { order.shuffle(using: &random) }
    for index in order { pipeline.absorb(prepared[index]!, lane: Int.random(in: 0..<lanes, using: &random)) }
    let output = try pipeline.finishEpoch(EpochEnd(idle: idle, isFinal: isFinal, held: isHeld ? ["played"] : []))
    try checkLedger(output.ledger, batches)
    var net: [StreamChange] = []
    if isHeld {
      precondition(output.deliveries[0].changes == nil, "a held epoch gives nothing")
    } else if plan.outputMode == .complete {
      try result.table.replace(with: output.changes)
    } else {
      net = try result.table.apply(output.changes)
    }
    result.epochs.append(
      StreamResult.Epoch(
        changes: output.changes, isHeld: isHeld, net: net, watermark: output.watermark, ledger: output.ledger, late: output.late
      ))
    if options.restoresBetweenEpochs { try restart() }
  }

  private func checkLedger(_ ledger: [Int: Ledger], _ batches: [(batch: Batch, partition: Int)]) throws {
    var rows: [Int: Int] = [:]
    for (batch, partition) in batches { rows[partition, default: 0] += batch.count }
    for partition in Set(rows.keys).union(ledger.keys) {
      let part = ledger[partition] ?? Ledger()
      guard part.isBalanced, part.rows == rows[partition] ?? 0 else {
        throw StreamDriverTable.Violation(
          description: "the ledger of partition \(partition) accounts for \(part), and \(rows[partition] ?? 0) rows went in")
      }
    }
  }

  private mutating func restart() throws {
    let snapshot = pipeline.snapshot()
    lanes = lanes % 3 + 1
    pipeline = try Self.makePipeline(plan, options, lanes: lanes, partitions, mayHold: mayHold)
    try pipeline.restore(snapshot)
    let again = pipeline.snapshot()
    guard again == snapshot else {
      throw StreamDriverTable.Violation(description: "a restored pipeline has another state than the one that was saved")
    }
  }
}
