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
/// 3. Bring what they gathered into the state.
/// 4. Once the record is durable, write the results to the sinks. So nothing is seen that could not be computed again.
/// 5. Now and then write a snapshot of the state in the background.
///
/// In `run` epochs overlap: while one is at step 3 or 4, the lanes read the next.
///
/// After a crash the last snapshot is restored and the epochs recorded since are run again, with the same outcome.
public actor Job {
  let options: JobOptions
  let clock: any RuntimeClock
  let checkpoint: any CheckpointStore
  var streams: [RunningStream]
  var tables: [RunningTable]
  /// The tables as the next epoch joins them.
  var joined = JoinedTables.none
  /// From which epoch on which copies of tables were used, in order.
  var tableUses: [(epoch: UInt64, numbers: Set<UInt64>)] = []
  var lastTableNumber: UInt64 = 0
  let onProgress: (@Sendable (QueryProgress) -> Void)?

  /// The last epoch that is in the state.
  var epoch = Epoch.none
  var isOpen = false
  /// Whether what the checkpoint holds is in the state and in the sinks.
  public internal(set) var isRecovered = false
  /// What stopped the job in the middle of an epoch or of a snapshot. The state is then part of the way, and of no use.
  var failure: (any Error)?
  /// The epochs that are computed and not yet committed, in order.
  var commits: [PendingCommit] = []
  /// What the lanes read of the epoch that is being computed.
  var reading: EpochReading?
  /// The epoch behind that one, if its input was there when it began.
  var ahead: ChosenInput?
  var isStopping = false
  var waiting: Task<Void, any Error>?
  var pausing = Pausing()
  var committedThrough: UInt64 = 0
  /// While recorded epochs run again: what each of them had read, by stream.
  var recordedChecksums: [UInt64: [[String: UInt64]]] = [:]
  var id: String
  let runId: String

  // Snapshots.
  var bytesSinceSnapshot = 0
  /// By the steady clock.
  var lastSnapshotTime: EventTime
  var snapshotsWritten = 0
  var snapshotInProgress: Task<Void, any Error>?
  /// While the state is being written: until then no epoch may change it.
  var stateInUse: Ticket?
  var positionsAtSnapshots: [(epoch: UInt64, positions: [SourcePosition])] = []

  /// The clock of the last epoch.
  var lastEpochClock = EventTime.distantPast
  /// The same by the steady clock, by which idle partitions are told.
  var lastEpochSteady = EventTime.distantPast
  /// Whether every window was closed because the input ended.
  var isFinished = false
  /// Whether the last epoch read all that was there.
  var hasCaughtUp = false
  var stateBytes = 0
  var hasShownRejection = false

  let lanes: Lanes
  let log: LogThread
  let snapshotDisk = DispatchQueue(label: "tidemill.snapshots")
  let tableThread = DispatchQueue(label: "tidemill.tables")

  /// - Parameters:
  ///   - tables: all tables that the queries join, in an order that does not change from run to run.
  ///   - checkpoint: opened with `Job.identity(of:)`; `VolatileCheckpoint` for a job that need not survive.
  ///   - onProgress: told of each epoch of each query, once its results are in the sinks.
  /// - Throws: `TidemillError.unsupported` for a plan that the engine does not run.
  public init(
    _ streams: [StreamInput], tables: [TableInput] = [], checkpoint: any CheckpointStore, options: JobOptions = JobOptions(),
    clock: any RuntimeClock = SystemClock(), onProgress: (@Sendable (QueryProgress) -> Void)? = nil
  ) throws {
    self.options = options
    self.clock = clock
    self.checkpoint = checkpoint
    self.onProgress = onProgress
    lanes = Lanes(options.lanes)
    log = LogThread(checkpoint)
    self.streams = try streams.map { try RunningStream($0, options: options) }
    self.tables = tables.map { RunningTable($0) }
    id = Job.newID()
    runId = Job.newID()
    lastSnapshotTime = clock.steady()
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
}

extension Duration {
  var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
