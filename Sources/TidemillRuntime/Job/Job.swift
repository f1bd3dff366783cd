import Dispatch
import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillPlan
import TidemillStorage

/// Runs queries over streams, epoch by epoch: the only place where the engine, sources, sinks and storage meet.
///
/// # An epoch
/// 1. Ask each source what there is, and record it with the clock: the epoch's inputs.
/// 2. Make the record durable; meanwhile the lanes read and aggregate.
/// 3. Once the record is durable, write the results to the sinks. So nothing is seen that could not be computed again.
/// 4. Now and then write a snapshot of the state in the background.
///
/// After a crash the last snapshot is restored and the epochs recorded since are run again, with the same outcome.
public actor Job {
  let options: JobOptions
  let clock: any RuntimeClock
  let checkpoint: any CheckpointStore
  var streams: [RunningStream]
  let onProgress: (@Sendable (QueryProgress) -> Void)?

  var epoch = Epoch.none
  var isOpen = false
  /// What stopped the job in the middle of an epoch or of a snapshot. The state is then part of the way, and of no use.
  var failure: (any Error)?
  var isStopping = false
  var waiting: Task<Void, any Error>?
  var committedThrough: UInt64 = 0
  /// While recorded epochs run again: what each of them had read, by stream.
  var recordedChecksums: [UInt64: [[String: UInt64]]] = [:]
  var id: String
  let runId: String

  // Snapshots.
  var bytesSinceSnapshot = 0
  var lastSnapshotTime: EventTime
  var snapshotsWritten = 0
  var snapshotInProgress: Task<Void, any Error>?
  var positionsAtSnapshots: [(epoch: UInt64, positions: [SourcePosition])] = []

  /// The clock of the last epoch.
  var lastEpochClock = EventTime.distantPast
  /// Whether every window was closed because the input ended.
  var isFinished = false
  /// Whether the last epoch read all that was there.
  var hasCaughtUp = false
  var stateBytes = 0
  var hasShownRejection = false

  // Of this job alone: another one's slow disk must not hold it up.
  private let disk = DispatchQueue(label: "tidemill.disk")
  private let snapshotDisk = DispatchQueue(label: "tidemill.snapshots")

  /// - Parameters:
  ///   - checkpoint: opened with `Job.identity(of:)`; `VolatileCheckpoint` for a job that need not survive.
  ///   - onProgress: told of each epoch of each query, once its results are in the sinks.
  /// - Throws: `TidemillError.unsupported` for a plan that the engine does not run.
  public init(
    _ streams: [StreamInput], checkpoint: any CheckpointStore, options: JobOptions = JobOptions(),
    clock: any RuntimeClock = SystemClock(), onProgress: (@Sendable (QueryProgress) -> Void)? = nil
  ) throws {
    self.options = options
    self.clock = clock
    self.checkpoint = checkpoint
    self.onProgress = onProgress
    self.streams = try streams.map { try RunningStream($0, options: options) }
    id = Job.newID()
    runId = Job.newID()
    lastSnapshotTime = clock.now()
  }

  /// What makes a checkpoint belong to these queries, as lines of text: the queries, and what decides how they read a row.
  public static func identity(of queries: [QueryDefinition], options: JobOptions = JobOptions()) -> String {
    // A plan's lines end with a line end: with another one before what follows, the first difference would be an empty line.
    var text = queries.map { "query \($0.name)\n\($0.plan.identity)" }.joined(separator: "\n")
    if options.zone != .utc { text += "timezone \(options.zone.name)\n" }
    if options.isSparkCompatible { text += "compatibility spark\n" }
    return text
  }

  private static func newID() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = String(generator.next() as UInt64, radix: 16)
    let low = String(generator.next() as UInt64, radix: 16)
    return String(repeating: "0", count: 16 - high.count) + high + String(repeating: "0", count: 16 - low.count) + low
  }

  /// The last epoch that ran.
  public var lastEpoch: Epoch { epoch }

  /// What became of all rows since the checkpoint began, by query.
  public var totals: [(query: String, ledger: RowLedger)] {
    streams.flatMap { $0.queries.map { ($0.definition.name, $0.total) } }
  }

  // MARK: Running an epoch

  /// Runs one epoch: log, lanes, sinks.
  ///
  /// A job in which this failed cannot go on: rows may be in its state that its position does not count.
  func run(_ inputs: EpochInputs, isReplay: Bool = false, latestOffset: Duration = .zero) async throws {
    do { try await runEpoch(inputs, isReplay: isReplay, latestOffset: latestOffset) } catch {
      failure = Self.translated(error)
      throw failure!
    }
  }

  static func translated(_ error: any Error) -> any Error {
    do { return try translatingStorageErrors { throw error } } catch { return error }
  }

  private func runEpoch(_ inputs: EpochInputs, isReplay: Bool, latestOffset: Duration) async throws {
    let started = ContinuousClock.now
    epoch = inputs.epoch
    async let durable: Void = isReplay ? () : log(inputs)
    var rows: [EpochOfStream] = []
    do {
      for (index, stream) in inputs.streams.enumerated() { rows.append(try await compute(index, stream, inputs)) }
    } catch {
      // The record must be settled before anyone looks at the checkpoint again.
      _ = try? await durable
      throw error
    }
    let computed = ContinuousClock.now
    try await durable
    let logged = ContinuousClock.now
    if isReplay { try checkUnchanged(rows, inputs.epoch) }
    for part in rows { try checkLedger(part, inputs.epoch) }
    let isCommitted = isReplay && inputs.epoch.number <= committedThrough
    if !isCommitted {
      for (index, part) in rows.enumerated() { try await write(part, of: streams[index], inputs.epoch) }
      try await markCommitted(inputs.epoch, rows)
    }
    let finished = ContinuousClock.now
    stateBytes = rows.reduce(0) { $0 + $1.outputs.reduce(0) { $0 + $1.memoryUsed } }
    for (index, part) in rows.enumerated() {
      bytesSinceSnapshot += part.reading.byteCount
      finish(index, part, inputs)
    }
    guard !isReplay, let onProgress else { return }
    var durations = QueryProgress.Durations()
    durations.triggerExecution = (finished - started + latestOffset).milliseconds
    durations.latestOffset = latestOffset.milliseconds
    durations.addBatch = (computed - started).milliseconds
    durations.walCommit = (logged - computed).milliseconds
    durations.commitOffsets = (finished - logged).milliseconds
    for (index, part) in rows.enumerated() {
      for number in streams[index].queries.indices {
        onProgress(progress(index, number, part, inputs, durations, seconds: (finished - started).seconds))
      }
      streams[index].newlyReleasable = []
    }
  }

  /// What an epoch gave for one stream.
  struct EpochOfStream: Sendable {
    var reading: StreamReading
    var outputs: [EpochOutput]
  }

  private func log(_ inputs: EpochInputs) async throws {
    let checkpoint = checkpoint
    let record = inputs.record
    try await onDisk {
      try checkpoint.append(record)
      try checkpoint.sync()
    }
  }

  private func markCommitted(_ epoch: Epoch, _ rows: [EpochOfStream]) async throws {
    guard epoch.number > committedThrough else { return }
    committedThrough = epoch.number
    let checkpoint = checkpoint
    let record = CommitRecord(checksums: rows.map(\.reading.checksums)).record(epoch)
    try await onDisk { try checkpoint.append(record) }
  }

  /// - Throws: when a file that a recorded epoch read holds other bytes than it did then.
  private func checkUnchanged(_ rows: [EpochOfStream], _ epoch: Epoch) throws {
    guard let then = recordedChecksums[epoch.number] else { return }
    let changed = zip(then, rows).flatMap { then, now in
      then.filter { now.reading.checksums[$0.key] != $0.value }.keys.sorted()
    }
    guard !changed.isEmpty else { return }
    throw TidemillError(
      .badInput, "what epoch \(epoch) read of \(changed.joined(separator: ", ")) has changed since",
      hint: "put the files back as they were, or start with a new checkpoint")
  }

  private func compute(_ index: Int, _ inputs: EpochInputs.Stream, _ epoch: EpochInputs) async throws -> EpochOfStream {
    let stream = streams[index]
    for query in stream.queries { query.pipeline.expect(partitions: inputs.partitionCount) }
    var reading = StreamReading()
    if let slice = inputs.slice {
      let latest = options.futureLimit.map { epoch.clock + $0 } ?? .distantFuture
      let budget = MemoryBudget(
        options.memoryBudget, holders: streams.flatMap { $0.queries.map(\.definition.name) },
        hasCheckpoint: checkpoint.isDurable)
      let held = stateBytes
      reading = try await LaneRunner(
        try stream.input.source.tasks(for: slice), latest: latest, queries: stream.queries.map(\.lane), lanes: options.lanes
      ) { gathered in try budget.check(held + gathered) }.run()
    }
    // Who was idle when the slice was taken and has rows in it is idle no more.
    let idle = inputs.idle.filter { reading.rowCount[$0.key, default: 0] == 0 }
    let end = EpochEnd(idle: idle, isFinal: epoch.isFinal)
    let outputs = try stream.queries.map { query in
      do { return try query.pipeline.finishEpoch(end) } catch var error as TidemillError {
        error.message = "query \(query.definition.name): \(error.message)"
        throw error
      }
    }
    return EpochOfStream(reading: reading, outputs: outputs)
  }

  /// - Throws: when rows are unaccounted for, before anyone sees the epoch's results.
  private func checkLedger(_ part: EpochOfStream, _ epoch: Epoch) throws {
    for output in part.outputs {
      for partition in Set(part.reading.rowCount.keys).union(output.ledger.keys) {
        let ledger = RowLedger(
          output.ledger[partition] ?? Ledger(), rejected: part.reading.rejectedCount[partition] ?? 0)
        guard ledger.isBalanced, ledger.rowsIn == part.reading.rowCount[partition] ?? 0 else {
          throw TidemillError(
            .io, "the rows of epoch \(epoch) do not add up: \(ledger)",
            hint: "the source has miscounted, or this is a bug in tidemill: please report it")
        }
      }
    }
  }

  private func write(_ part: EpochOfStream, of stream: RunningStream, _ epoch: Epoch) async throws {
    for (query, output) in zip(stream.queries, part.outputs) {
      try await query.definition.sink.write(output.changes, epoch: epoch)
    }
    if let sink = stream.input.lateSink {
      let late = zip(stream.queries, part.outputs).filter { $1.late.count > 0 }.map { query, output in
        KeptRows.late(output.late, query: query.definition.name, schema: stream.input.schema)
      }
      try await sink.write(
        Batch.concatenating(late, schema: KeptRows.lateSchema(stream.input.schema)), epoch: epoch)
    }
    if let sink = stream.input.rejectedSink {
      try await sink.write(
        KeptRows.batch(of: part.reading.rejected) { stream.input.source.line(of: $0.origin, offset: $0.offset) },
        epoch: epoch)
    }
  }

  private func finish(_ index: Int, _ part: EpochOfStream, _ inputs: EpochInputs) {
    if let slice = inputs.streams[index].slice { streams[index].position = slice.end }
    for number in streams[index].queries.indices {
      let output = part.outputs[number]
      for partition in Set(part.reading.rowCount.keys).union(output.ledger.keys) {
        let ledger = RowLedger(
          output.ledger[partition] ?? Ledger(), rejected: part.reading.rejectedCount[partition] ?? 0)
        streams[index].queries[number].total += ledger
      }
      streams[index].queries[number].nextClose = output.operators.compactMap(\.nextClose).min()
      streams[index].queries[number].highest = output.highest.compactMap { $0 }.max()
    }
    let withRows = Set(part.reading.rowCount.filter { $0.value > 0 }.keys)
    streams[index].idle.observe(
      withRows.union(streams[index].input.source.unsettledPartitions), partitionCount: inputs.streams[index].partitionCount,
      at: inputs.clock)
  }

  /// Runs blocking work on the log's thread.
  func onDisk<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await Self.run(work, on: disk)
  }

  /// Runs blocking work on the thread of the snapshots, so that a large one does not hold up the log.
  func onSnapshotThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await Self.run(work, on: snapshotDisk)
  }

  private static func run<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result, on queue: DispatchQueue
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Swift.Result { try translatingStorageErrors(work) })
      }
    }
  }
}

extension Duration {
  var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
