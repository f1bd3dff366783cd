/// Where a job keeps what it must know again after a crash. One face for jobs with a checkpoint directory (`Checkpoint`) and
/// without (`VolatileCheckpoint`), so that the runtime has one path.
///
/// # How a job uses it
/// 1. `recover()` once: restore the snapshot, replay the records.
/// 2. Per epoch: `append` its records, `sync`, and only then let anyone see the epoch's results.
/// 3. Now and then, between two epochs: `startSegment()`, and `beginSnapshot`, written on another thread if need be, while the
///    log goes on.
public protocol CheckpointStore: AnyObject, Sendable {
  /// Whether anything survives the process.
  var isDurable: Bool { get }

  /// What the last run left. Must be called before the first `append`.
  func recover() throws -> Recovery

  /// Adds a record to the log; not durable before `sync`. Full disks are retryable (`FileError.isRetryable`).
  func append(_ record: EpochRecord) throws

  /// Makes all appended records durable.
  func sync() throws

  /// Begins a segment of the log: call it between two epochs, when the state to be written as a snapshot is taken.
  func startSegment() throws

  /// A snapshot of the state after `epoch`, which is the log's by now. Nothing is on the disk before its first `write`.
  func beginSnapshot(epoch: UInt64) -> any SnapshotWriting

  /// The epoch up to which, and including, inputs will never be asked for again: that of the older of the kept snapshots.
  var releasableEpoch: UInt64 { get }

  /// Where static tables are kept as epochs have used them.
  var tables: any TableCopyStore { get }

  /// Makes the log durable and gives up the store, so that another process may open it; nothing may be appended later.
  ///
  /// - Throws: what the last sync throws.
  func close() throws
}

/// A snapshot while it is written, in parts that come one after the other. Either `finish` or `abandon` ends it.
public protocol SnapshotWriting: AnyObject, Sendable {
  /// Adds bytes to a section; those of one section come back joined, in the order in which they were written.
  ///
  /// - Throws: `FileError`; the snapshot can then only be abandoned.
  func write(_ bytes: [UInt8], to section: String) throws

  /// Makes the snapshot durable and gives it its name, all at once, and drops what recovery no longer needs.
  ///
  /// - Throws: `FileError`; the snapshot is then abandoned, or more is kept than need be.
  func finish() throws

  /// Removes what was written.
  func abandon()
}

extension CheckpointStore {
  /// For jobs that join no tables.
  public var tables: any TableCopyStore { NoTableCopies() }

  /// Writes the state after `epoch`, and drops what recovery no longer needs.
  ///
  /// - Throws: `FileError`.
  public func writeSnapshot(epoch: UInt64, sections: [(String, [UInt8])]) throws {
    let snapshot = beginSnapshot(epoch: epoch)
    do {
      for (name, content) in sections { try snapshot.write(content, to: name) }
      try snapshot.finish()
    } catch {
      snapshot.abandon()
      throw error
    }
  }
}

extension CheckpointStore where Self == VolatileCheckpoint {
  /// No checkpoint.
  public static var none: VolatileCheckpoint { VolatileCheckpoint() }
}

/// What a checkpoint knows when a job starts.
public struct Recovery: Sendable {
  /// The epoch after which the snapshot was taken; 0 if there is none.
  public var snapshotEpoch: UInt64
  /// The snapshot's bytes by section name; empty if there is no snapshot.
  public var sections: [String: [UInt8]]
  /// The records of all epochs after the snapshot, in order and without gaps.
  public var records: [EpochRecord]
  /// Snapshots that were passed over. Nothing is lost by that, but the disk should be looked at.
  public var damagedSnapshots: [DamagedSnapshot]
  /// What a crash left unfinished at the log's end. Normal after a crash.
  public var cutTail: CutTail?

  /// What a store recovered; without arguments, that of a job which has never run.
  public init(
    snapshotEpoch: UInt64 = 0, sections: [String: [UInt8]] = [:], records: [EpochRecord] = [],
    damagedSnapshots: [DamagedSnapshot] = [], cutTail: CutTail? = nil
  ) {
    self.snapshotEpoch = snapshotEpoch
    self.sections = sections
    self.records = records
    self.damagedSnapshots = damagedSnapshots
    self.cutTail = cutTail
  }

  /// The last epoch that is durable; 0 for a new job.
  public var lastEpoch: UInt64 { records.last?.epoch ?? snapshotEpoch }

  /// Whether no epoch has ever become durable, so that the job starts from its inputs' beginning.
  public var isNew: Bool { lastEpoch == 0 }
}
