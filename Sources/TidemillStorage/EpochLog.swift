import Synchronization
import TidemillFiles

/// The append-only log of epochs, in segments; safe to use from several threads.
///
/// # Contract
/// - After `sync` returns, what was appended before survives any crash. Several appends may share one sync.
/// - Epochs are contiguous: a record is of the epoch of the one before it, or of the next.
/// - A disk that is full during `append` leaves the log as it was; the same append may be tried again.
/// - After any other failure to write, the log refuses everything until it is opened anew.
public final class EpochLog: Sendable {
  private let state: Mutex<EpochLogState>

  /// Opens the log in `directory`, cuts what a crash left unfinished, and makes the rest durable: what a reader sees from now
  /// on cannot be lost, even if the process that wrote it died before its sync.
  ///
  /// - Throws: `StorageError` of kind `damaged` when more than an unfinished end is wrong, of kind `newerFormat` when a newer
  ///   Tidemill wrote it; `FileError`.
  public init(_ directory: String, fileSystem: any FileSystem) throws {
    state = Mutex(try EpochLogState(directory, fileSystem: fileSystem))
  }

  /// The epoch of the last record; 0 if there is none.
  public var lastEpoch: UInt64 { state.withLock { $0.lastEpoch } }

  /// The last epoch of which all records are durable.
  public var lastDurableEpoch: UInt64 { state.withLock { $0.lastDurableEpoch } }

  /// The first epoch that is still in the log; `nil` if the log is empty.
  public var firstEpoch: UInt64? { state.withLock { $0.segments.first } }

  /// What was cut when the log was opened.
  public var cutTail: CutTail? { state.withLock { $0.cutTail } }

  /// Adds a record at the log's end; it survives a crash only after `sync`.
  ///
  /// - Throws: `FileError`, of which a retryable one leaves the log as it was, so that the same append may be tried again;
  ///   `StorageError` of kind `failed` once a write has failed for good.
  public func append(_ record: EpochRecord) throws { try state.withLock { try $0.append(record) } }

  /// Makes everything appended so far durable.
  ///
  /// - Throws: `StorageError` of kind `failed`; what was not durable before must be taken for lost.
  public func sync() throws { try state.withLock { try $0.sync() } }

  /// Lets the next epoch begin a new segment, so that a snapshot of the present state makes the segments so far superfluous.
  public func startSegment() throws { try state.withLock { try $0.startSegment() } }

  /// All records of `epoch` and later ones, in order.
  ///
  /// - Throws: `StorageError` of kind `damaged`; `FileError`.
  public func records(from epoch: UInt64) throws -> [EpochRecord] {
    try state.withLock { try $0.records(from: epoch) }
  }

  /// Removes the segments that hold only epochs before `epoch`.
  public func discard(before epoch: UInt64) throws { try state.withLock { try $0.discard(before: epoch) } }

  /// Lets the log go on after `epoch`, which a snapshot holds, if the log itself ends before.
  func resume(after epoch: UInt64) throws { try state.withLock { try $0.resume(after: epoch) } }

  /// Makes everything durable and closes the file; fine if that has been done. Nothing else may be called afterwards.
  public func close() throws { try state.withLock { try $0.close() } }
}

/// The end of a log that a crash left unfinished and that was removed.
public struct CutTail: Hashable, Sendable, CustomStringConvertible {
  /// The path of the segment that was cut.
  public var file: String
  /// Where the cut was made, in bytes from the segment's beginning: the segment's new length.
  public var offset: Int
  /// How many bytes were removed.
  public var byteCount: Int

  public var description: String { "\(byteCount) bytes of an unfinished record were cut from '\(file)' at byte \(offset)" }
}
