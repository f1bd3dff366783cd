import TidemillColumns
import TidemillPlan

/// How far a source has been read, in the source's own encoding; empty at the beginning.
public struct SourcePosition: Hashable, Sendable {
  /// In the source's own encoding; empty at the beginning.
  public var bytes: [UInt8]

  /// A position as the source wrote it.
  public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Before anything was read.
  public static let beginning = SourcePosition()
}

/// What one epoch reads from one source. It is logged before the epoch runs, so that the same can be read again.
public struct SourceSlice: Hashable, Sendable {
  /// Names the input exactly (paths, byte ranges, offsets), in the source's own encoding.
  public var record: [UInt8]
  /// Where the next slice begins.
  public var end: SourcePosition
  /// About how much input it is; for limits and progress.
  public var byteCount: Int
  /// Whether nothing more was there when the slice was taken.
  public var reachesEnd: Bool

  public init(record: [UInt8], end: SourcePosition, byteCount: Int, reachesEnd: Bool) {
    self.record = record
    self.end = end
    self.byteCount = byteCount
    self.reachesEnd = reachesEnd
  }
}

/// What a source is asked to read: which columns, and what makes a row unacceptable.
public struct ReadRequest: Sendable {
  /// The columns to read, by name and path.
  public var schema: Schema
  /// The event-time column among them: a row without it is rejected.
  public var eventTime: Int?
  /// The zone of times without an offset.
  public var zone: SessionZone
  /// For each query what rows must satisfy, all of it, for it to look at them. Where some rows fail in every query, a source may say
  /// how many there are and skip them; it need not. Without any, all rows are wanted.
  public var conditions: [[ColumnCondition]]

  public init(schema: Schema, eventTime: Int? = nil, zone: SessionZone = .utc, conditions: [[ColumnCondition]] = []) {
    self.schema = schema
    self.eventTime = eventTime
    self.zone = zone
    self.conditions = conditions
  }
}

/// Where rows come from.
///
/// A source hands out work, never rows: `nextSlice` says what there is, `tasks` cuts it into pieces that lanes read in parallel.
///
/// # Contract
/// - `tasks(for:)` of the same slice gives the same rows in the same order, in any process, however the tasks are cut.
///   If what the slice names is gone or has changed, it or the task throws, naming what.
/// - Tasks of one partition are in the partition's order.
public protocol Source: AnyObject, Sendable {
  /// What and where, for progress: `json files in sales_stream`.
  var description: String { get }

  /// How many partitions there are now, from 0; it may grow.
  var partitionCount: Int { get }

  /// What there is beyond `position`, at most about `byteLimit` bytes of it; `nil` when there is nothing.
  ///
  /// - Parameter isFinal: whether all that is there is all there will be; then an unterminated last line counts as a row.
  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice?

  /// The slice as pieces of work.
  func tasks(for slice: SourceSlice) throws -> [any ReadTask]

  /// Returns when there may be something to read, or after about `timeout`.
  func waitForInput(timeout: Duration) async throws

  /// Says that no crash will make anyone ask for slices before `position` again.
  func release(before position: SourcePosition) async throws

  /// The line, from 1, of the row that begins at `offset` of `origin`; `nil` where lines mean nothing.
  func line(of origin: String, offset: Int) -> Int?

  /// Inputs, such as files, that no recovery will read again: whoever put them there may remove them.
  var releasableInputs: [String] { get }

  /// Partitions of which nobody can say at the moment whether they have rows, such as those of a server that is out of reach:
  /// they are not idle, however long it takes.
  var unsettledPartitions: Set<Int> { get }

  /// Whether what was last asked for is of a bounded history that is in no order: then none of it is late, and the watermark waits
  /// until it has ended.
  var isReadingHistory: Bool { get }

  /// Partitions that will have no more rows, as of what was last asked for: they hold nothing back, without a time-out, and what they
  /// ended with moves no watermark as long as others have rows. They are the first ones.
  var finishedPartitions: Set<Int> { get }

  /// Whether the input has ended for good, as a pipe does.
  var hasEnded: Bool { get }

  /// Whether "what is there" is all that comes until `hasEnded`, as with a pipe, rather than what can be seen at the moment, as
  /// with a directory.
  var isReadToItsEnd: Bool { get }

  /// Called from any thread when the query is to end: a task that waits for a server to come back shall throw instead of waiting
  /// on, then and from then on. One that is getting ahead goes on.
  func interrupt()

  /// Called once when the job is done with the source, before another process may have its checkpoint: from then on it changes
  /// nothing there.
  func close() async
}

extension Source {
  public var partitionCount: Int { 1 }
  public func release(before position: SourcePosition) async throws {}
  public func line(of origin: String, offset: Int) -> Int? { nil }
  public var hasEnded: Bool { false }
  public var releasableInputs: [String] { [] }
  public var unsettledPartitions: Set<Int> { [] }
  public var isReadingHistory: Bool { false }
  public var finishedPartitions: Set<Int> { [] }
  public var isReadToItsEnd: Bool { false }
  public func interrupt() {}
  public func close() async {}
}

/// A piece of a slice, read and decoded by one lane.
public protocol ReadTask: Sendable {
  /// The partition that the rows belong to, from 0.
  var partition: Int { get }

  /// Reads and decodes all of the piece, or the first batch of it. Called on a lane's thread; may block on the disk.
  ///
  /// - Parameter latest: rows with a later event time are rejected with reason `.future`.
  func read(latest: EventTime) throws -> ReadResult
}

/// The rows of one task.
public struct ReadResult: Sendable {
  /// The accepted rows, in source order, under the request's schema.
  public var batch: Batch
  /// The rows that could not be accepted, in source order.
  public var rejected: [RejectedRow]
  /// How many bytes of input the task read.
  public var byteCount: Int
  /// The file or stream, and a checksum of the bytes that were read of it: kept with the epoch, so that reading them again tells
  /// whether they have changed. `nil` where they cannot change.
  public var checksum: (origin: String, value: UInt64)?
  /// What is left of a task that gives its rows in several batches: they come behind these and before those of the next task. It
  /// is read once, by any lane, and may have a rest again; a task's checksums add up over all of them.
  public var rest: (any ReadTask)?
  /// In place of rows: those that fail the request's conditions in every query, and were not read.
  public var skipped: SkippedRows?

  public init(batch: Batch, rejected: [RejectedRow], byteCount: Int) {
    self.batch = batch
    self.rejected = rejected
    self.byteCount = byteCount
  }

  /// Rows in: accepted, skipped and rejected.
  public var rowCount: Int { batch.count + (skipped?.count ?? 0) + rejected.count }
}

/// Rows that no query looks at: accepted, but not read. All of them have an event time if the stream has one, and none is too late.
public struct SkippedRows: Hashable, Sendable {
  public var count: Int
  /// The highest event time among them, which moves the watermark as if they had been read; `nil` where the stream has none.
  public var highest: EventTime?

  public init(count: Int, highest: EventTime?) {
    self.count = count
    self.highest = highest
  }
}

/// A row that could not be accepted.
public struct RejectedRow: Sendable, Hashable {
  /// Why a row could not be accepted.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    /// Not readable as the format: bad JSON, an open quote, a wrong number of fields.
    case malformed
    /// A value that is not of its column's type.
    case wrongType = "wrong_type"
    /// No event time.
    case missingTime = "missing_time"
    /// An event time too far ahead of the clock.
    case future
  }

  /// Why.
  public var reason: Reason
  /// What is wrong, for people: `sales_amount: "abc" is no INT`.
  public var detail: String
  /// The row as it came, cut at 64 KiB.
  public var text: [UInt8]
  /// The file or stream.
  public var origin: String
  /// Where the row begins, in bytes from the start of `origin`.
  public var offset: Int

  public init(reason: Reason, detail: String, text: [UInt8], origin: String, offset: Int) {
    self.reason = reason
    self.detail = detail
    self.text = text
    self.origin = origin
    self.offset = offset
  }
}
