import Synchronization
import TidemillFiles

/// A checkpoint directory: whose it is, its log and its snapshots. One process at a time has it open.
public final class Checkpoint: CheckpointStore {
  /// The checkpoint's directory, without slashes at its end.
  public let path: String
  /// The records of epochs, in segments; reading it is for inspection, writing goes through the checkpoint.
  public let log: EpochLog
  /// The states that recovery starts from; as for `log`, write through the checkpoint.
  public let snapshots: SnapshotStore
  public let tables: any TableCopyStore
  private let lock: FileLock?
  private let releasable = Mutex<UInt64>(0)

  /// Opens the checkpoint at `path`, or makes a new one in a directory that is empty or not there.
  ///
  /// - Parameter identity: the query as canonical text, one thing a line: a checkpoint of another text is refused.
  /// - Throws: `StorageError` when another process has it open (`locked`), when it is another query's (`otherIdentity`), no
  ///   checkpoint, damaged, or of a newer version; `FileError` when the system refuses.
  public static func open(
    _ path: String, identity: String, fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> Checkpoint {
    try Checkpoint(path, identity: identity, fileSystem: fileSystem)
  }

  private init(_ path: String, identity: String, fileSystem: any FileSystem) throws {
    let path = Paths.normalize(path)
    self.path = path
    try fileSystem.createDirectory(path)
    // Before the lock, so that a directory of somebody else's gets no file of ours; and after it, when nobody changes it.
    _ = try Self.isNew(path, fileSystem)
    lock = try Self.lock(path, fileSystem)
    let file = CheckpointIdentity(directory: path, fileSystem: fileSystem)
    if try Self.isNew(path, fileSystem) {
      try file.write(identity)
    } else {
      try file.check(identity)
    }
    snapshots = try SnapshotStore(path, fileSystem: fileSystem)
    log = try EpochLog(path, fileSystem: fileSystem)
    tables = try TableCopies(path, fileSystem: fileSystem)
  }

  public var isDurable: Bool { true }

  public var releasableEpoch: UInt64 { releasable.withLock { $0 } }

  /// The newest whole snapshot and every record after it.
  ///
  /// A damaged snapshot is passed over if the log reaches back to the one before it, or to the first epoch.
  ///
  /// - Throws: `StorageError` of kind `incomplete` when epochs are missing that recovery needs, of kind `damaged` when
  ///   records are not what they were.
  public func recover() throws -> Recovery {
    let latest = try snapshots.loadLatest()
    let epoch = latest?.epoch ?? 0
    let records = try log.records(from: epoch + 1)
    let damaged = snapshots.damaged
    var last = epoch
    for record in records {
      if record.epoch > last + 1 { throw gap(after: last, before: record.epoch, epoch, damaged) }
      last = record.epoch
    }
    // A newer snapshot than the log's end was once preceded by durable records: without it, those would be missing.
    if let newest = damaged.last?.epoch, newest > last { throw gap(after: last, before: newest + 1, epoch, damaged) }
    try log.resume(after: epoch)
    return Recovery(
      snapshotEpoch: epoch, sections: latest?.sections ?? [:], records: records, damagedSnapshots: damaged,
      cutTail: log.cutTail)
  }

  public func append(_ record: EpochRecord) throws { try log.append(record) }

  public func sync() throws { try log.sync() }

  public func startSegment() throws { try log.startSegment() }

  /// A snapshot that, once finished, is kept together with the one before it; segments that the older of the two makes
  /// superfluous are dropped. With only one snapshot the log is kept whole: it is what is left if that one is damaged.
  public func beginSnapshot(epoch: UInt64) -> any SnapshotWriting {
    CheckpointSnapshot(snapshots.begin(epoch: epoch), of: self)
  }

  private final class CheckpointSnapshot: SnapshotWriting {
    private let file: SnapshotFile
    private let checkpoint: Checkpoint

    init(_ file: SnapshotFile, of checkpoint: Checkpoint) {
      self.file = file
      self.checkpoint = checkpoint
    }

    func write(_ bytes: [UInt8], to section: String) throws { try file.write(bytes, to: section) }

    func finish() throws {
      let log = checkpoint.log
      precondition(file.epoch <= log.lastEpoch, "epoch \(file.epoch) is not in the log: there is no state after it yet")
      if log.lastDurableEpoch < file.epoch { try log.sync() }
      try checkpoint.snapshots.finish(file)
      let kept = try checkpoint.snapshots.epochs()
      guard kept.count >= SnapshotFormat.keptCount, let oldest = kept.first else { return }
      try log.discard(before: oldest + 1)
      checkpoint.releasable.withLock { $0 = max($0, oldest) }
    }

    func abandon() { file.abandon() }
  }

  /// Makes the log durable, closes it and lets others have the checkpoint.
  public func close() throws {
    defer { lock?.release() }
    try log.close()
  }

  private func gap(
    after last: UInt64, before next: UInt64, _ snapshot: UInt64, _ damaged: [DamagedSnapshot]
  ) -> StorageError {
    let from = snapshot == 0 ? "the start" : "the snapshot of epoch \(snapshot)"
    let because = damaged.last.map { "; a newer snapshot is damaged: \($0.reason)" } ?? ""
    return StorageError(
      .incomplete,
      "checkpoint '\(path)' lacks epochs \(last + 1) to \(next - 1), needed to go on from \(from)\(because)",
      hint: "restore the checkpoint directory from a copy, or start over in a new one")
  }

  /// Whether there is no checkpoint yet and one may be made.
  private static func isNew(_ path: String, _ fileSystem: any FileSystem) throws -> Bool {
    let names = try fileSystem.names(in: path)
    if names.contains(CheckpointFormat.identityName) { return false }
    let temporary = CheckpointFormat.identityName + CheckpointFormat.temporarySuffix
    guard let foreign = names.first(where: { $0 != CheckpointFormat.lockName && $0 != temporary && !$0.hasPrefix(".") })
    else { return true }
    if CheckpointFormat.isOurs(foreign) {
      throw StorageError(
        .notACheckpoint, "checkpoint '\(path)' has no file '\(CheckpointFormat.identityName)', so whose it is is unknown",
        hint: "restore that file from a copy, or start over in a new directory")
    }
    throw StorageError(
      .notACheckpoint, "'\(path)' is not a checkpoint and not empty: it holds '\(foreign)'",
      hint: "name an empty or a new directory")
  }

  private static func lock(_ path: String, _ fileSystem: any FileSystem) throws -> FileLock? {
    // Simulated files have no processes that could compete for them.
    guard fileSystem is LocalFileSystem else { return nil }
    do {
      return try FileLock(Paths.join(path, CheckpointFormat.lockName))
    } catch let held as FileLockHeld {
      let holder =
        switch held.holder {
        case .some(let number) where held.isThisProcess: "this process (\(number))"
        case .some(let number): "process \(number)"
        case .none: "another process"
        }
      throw StorageError(
        .locked, "checkpoint '\(path)' is in use by \(holder)",
        hint: "wait until that run has ended, or use another checkpoint directory")
    }
  }
}
