import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// What one epoch did for one query: Spark's `StreamingQueryProgress`, field for field, and the ledger.
public struct QueryProgress: Sendable {
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

  /// A row that could not be accepted, for a first look at what is wrong with the input.
  public struct Rejection: Hashable, Sendable {
    public var reason: RejectedRow.Reason
    public var detail: String
    /// The file or stream.
    public var origin: String
    public var line: Int?
  }

  /// The job's own identity does not change between runs; the run's does.
  public var id: String
  public var runId: String
  public var name: String
  public var timestamp: EventTime
  public var batchId: Epoch
  /// Milliseconds.
  public var batchDuration: Int
  public var numInputRows: Int
  public var inputRowsPerSecond: Double
  public var processedRowsPerSecond: Double
  public var durationMs: Durations
  public var watermark: EventTime?
  public var maxEventTime: EventTime?
  public var stateOperators: [OperatorMetrics]
  public var numRowsDroppedByWatermark: Int
  public var sourceDescription: String
  /// Inputs, such as files, that a snapshot since the last record has made superfluous: no recovery will read them again.
  public var releasableInputs: [String]
  public var sinkDescription: String
  public var numOutputRows: Int
  /// Of this epoch.
  public var ledger: RowLedger
  /// Of the job since its checkpoint began.
  public var totalLedger: RowLedger
  /// By partition, of this epoch.
  public var partitions: [Int: RowLedger]
  public var snapshotsWritten: Int
  public var openWindows: Int
  public var stateBytes: Int
  /// The first row of this run that was rejected, with the epoch in which it was; `nil` for all other epochs.
  public var firstRejection: Rejection?
}
