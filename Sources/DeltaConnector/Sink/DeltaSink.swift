import DeltaLog
import Synchronization
import TableSinks
import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// A Delta table that holds a query's result, exactly once.
///
/// Each epoch with changes is one version of the table, whose `txn` has the epoch's number: an epoch that is there is not written
/// again. In append mode rows are added; in update mode the files that hold changed rows are replaced; in complete mode all are.
/// Readers see the table as it was after some epoch, never a part of one.
public final class DeltaSink: MeasuredSink {
  public let description: String
  private let options: DeltaSinkOptions
  private let surroundings: TableSession.Surroundings
  private let waiting: Interruptible
  private let queue = BlockingQueue("tidemill.delta")
  private let session = Mutex<TableSession?>(nil)
  private let latest = Mutex(TableSession.Totals())
  /// Before and after the last write.
  private let lastWrite = Mutex((before: TableSession.Totals(), after: TableSession.Totals()))

  /// - Parameters:
  ///   - store: where the table is.
  ///   - owner: `sink hourly`, for messages.
  ///   - now: milliseconds since 1970.
  ///   - pause: waits before another try; the usual one can be interrupted.
  package init(
    _ store: any LakeStore, format: any RowFileFormat, codec: any CheckpointCodec, options: DeltaSinkOptions, owner: String,
    now: @escaping @Sendable () -> Int, report: @escaping @Sendable (String) -> Void,
    pause: (@Sendable (Duration) throws -> Void)? = nil
  ) {
    description = "Delta table \(store.description)"
    self.options = options
    let waiting = Interruptible()
    self.waiting = waiting
    let limit = Duration.microseconds(options.retryLimit.microseconds)
    let report: @Sendable (String) -> Void = { report("\(owner): \($0)") }
    let patient = PatientStore(store, limit: limit, report: report, pause: pause ?? { try waiting.wait($0) })
    surroundings = TableSession.Surroundings(store: patient, format: format, codec: codec, now: now, report: report)
  }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    let (options, surroundings) = (options, surroundings)
    let opened = try await running { try TableSession(shape, lastEpoch: lastEpoch, options: options, surroundings) }
    latest.withLock { $0 = opened.totals }
    session.withLock { $0 = opened }
  }

  public func write(_ batch: Batch, epoch: Epoch) async throws {
    try await running { [self] in
      try session.withLock { session in
        guard session != nil else { preconditionFailure("a sink is opened before it is written to") }
        let before = session!.totals
        try session!.write(batch, epoch: epoch.number)
        let totals = session!.totals
        lastWrite.withLock { $0 = (before, totals) }
        latest.withLock { $0 = totals }
      }
    }
  }

  /// Bytes, rows and files that the last write added to the table, files that it took out, and the version that it made.
  public var metrics: [String: Int] {
    let (before, after) = lastWrite.withLock { $0 }
    if before.commits == after.commits { return [:] }
    return [
      "numOutputBytes": after.bytes - before.bytes, "numWrittenRows": after.rows - before.rows,
      "numAddedFiles": after.files - before.files, "numRemovedFiles": after.removedFiles - before.removedFiles,
      "version": after.version,
    ]
  }

  public func close() async throws { session.withLock { $0 = nil } }

  public func interrupt() { waiting.interrupt() }

  /// The table's version after the last commit of this sink; -1 before it is opened.
  package var version: Int { latest.withLock { $0.version } }

  var totals: TableSession.Totals { latest.withLock { $0 } }

  private func running<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    let name = "the \(description)"
    return try await queue.run {
      do { return try work() } catch let conflict as DeltaConflict { throw conflict.error(name) } catch let error
        as LakeStoreError
      {
        throw TidemillError(
          .io, "\(name): \(error)", hint: "start the job again when the place is in order: it goes on where it stopped",
          isRetryable: error.kind == .passing)
      }
    }
  }
}
