import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillPlan

/// What one epoch did for one query: Spark's `StreamingQueryProgress`, field for field, and the ledger.
public struct QueryProgress: Sendable {
  /// Where an epoch's time went, in milliseconds.
  public struct Durations: Sendable {
    /// The whole epoch.
    public var triggerExecution = 0
    /// Asking the source what there is.
    public var latestOffset = 0
    /// Reading, decoding, aggregating.
    public var addBatch = 0
    /// Making the log record durable, as far as it did not overlap with `addBatch`.
    public var walCommit = 0
    /// Writing to the sinks.
    public var commitOffsets = 0
  }

  /// What one of the query's sinks got.
  public struct Output: Hashable, Sendable {
    /// The sink, for people.
    public var description: String
    /// In which mode it gets results.
    public var mode: OutputMode
    /// Changes given to it in this epoch.
    public var numOutputRows: Int
    /// In how long a time it gets its changes at most once; `nil`: each epoch.
    public var every: TimeSpan?
    /// Rows of changes that are held back for it.
    public var numHeldRows: Int
    /// When it will get what is held back, if nothing ends the query before; `nil` if nothing is. In complete mode no rows are
    /// held, and it gets the whole result.
    public var due: EventTime?
    /// What the sink says of its write in this epoch, by name, such as `numOutputBytes`; empty for sinks that say nothing.
    public var metrics: [String: Int] = [:]
  }

  /// A static table that the query joins.
  public struct Table: Hashable, Sendable {
    /// What queries call it.
    public var name: String
    /// What is read, for people.
    public var description: String
    /// Which version of it is used, in the words of its source; empty for one that a recovery has used.
    public var version: String
    /// How many rows it has.
    public var numRows: Int
    /// Bytes of its rows.
    public var memoryUsed: Int
    /// How often it was read in this run.
    public var loads: Int
    /// Why a change of it is not used; `nil` when all is well.
    public var problem: String?
  }

  /// A row that could not be accepted, for a first look at what is wrong with the input.
  public struct Rejection: Hashable, Sendable {
    /// Why it could not be accepted.
    public var reason: RejectedRow.Reason
    /// What is wrong, for people.
    public var detail: String
    /// The file or stream.
    public var origin: String
    /// The line in the file, from 1; `nil` where the source cannot say.
    public var line: Int?
  }

  /// The job's own identity does not change between runs; the run's does.
  public var id: String
  /// New with each start.
  public var runId: String
  /// The query's name.
  public var name: String
  /// The wall clock when the epoch began.
  public var timestamp: EventTime
  /// The epoch.
  public var batchId: Epoch
  /// Milliseconds.
  public var batchDuration: Int
  /// Rows read in this epoch, rejected ones among them.
  public var numInputRows: Int
  /// Rows read in this epoch, per second since the one before began; 0 for the first.
  public var inputRowsPerSecond: Double
  /// Rows processed per second of this epoch.
  public var processedRowsPerSecond: Double
  /// Where the time went.
  public var durationMs: Durations
  /// The global watermark after this epoch; `nil` without one.
  public var watermark: EventTime?
  /// The highest event time so far.
  public var maxEventTime: EventTime?
  /// What each step of the query holds.
  public var stateOperators: [OperatorMetrics]
  /// Rows that were late in this epoch.
  public var numRowsDroppedByWatermark: Int
  /// What is read, for people.
  public var sourceDescription: String
  /// Inputs, such as files, that a snapshot since the last record has made superfluous: no recovery will read them again.
  public var releasableInputs: [String]
  /// Where results go.
  public var sinks: [Output]
  /// Where results go, for people: all sinks.
  public var sinkDescription: String { sinks.map(\.description).joined(separator: ", ") }
  /// Changes given to the sinks in this epoch.
  public var numOutputRows: Int { sinks.reduce(0) { $0 + $1.numOutputRows } }
  /// Of this epoch.
  public var ledger: RowLedger
  /// Of the job since its checkpoint began.
  public var totalLedger: RowLedger
  /// By partition, of this epoch.
  public var partitions: [Int: RowLedger]
  /// Snapshots since the job started.
  public var snapshotsWritten: Int
  /// Windows that are open.
  public var openWindows: Int
  /// Bytes of state, as the memory budget counts them.
  public var stateBytes: Int
  /// The static tables that the query joins, as they are now.
  public var tables: [Table]
  /// The first row of this run that was rejected, with the epoch in which it was; `nil` for all other epochs.
  public var firstRejection: Rejection?
}
