import Synchronization
import TidemillFiles

/// A snapshot file that could not be read.
public struct DamagedSnapshot: Hashable, Sendable, CustomStringConvertible {
  /// The epoch after which the snapshot was taken, from its file's name.
  public var epoch: UInt64
  /// The path of its file, which stays until newer snapshots make it superfluous.
  public var file: String
  /// What is wrong with it and where.
  public var reason: String

  public init(epoch: UInt64, file: String, reason: String) {
    self.epoch = epoch
    self.file = file
    self.reason = reason
  }

  public var description: String { "snapshot of epoch \(epoch): \(reason)" }
}

/// The snapshots of a checkpoint: the state after an epoch, as named sections of bytes. The last two are kept.
///
/// Writing may happen on another thread than logging; two snapshots at once are published one after the other.
public final class SnapshotStore: Sendable {
  private struct State {
    var damaged: [UInt64: DamagedSnapshot] = [:]
  }

  private let directory: String
  private let fileSystem: any FileSystem
  private let state = Mutex(State())
  private let writing = Mutex(())

  /// Opens the snapshots in `directory` and removes what a crash left unfinished.
  public init(_ directory: String, fileSystem: any FileSystem) throws {
    self.directory = directory
    self.fileSystem = fileSystem
    for name in try fileSystem.names(in: directory) where name.hasSuffix(CheckpointFormat.temporarySuffix) {
      let finalName = String(name.dropLast(CheckpointFormat.temporarySuffix.count))
      if SnapshotFormat.epoch(of: finalName) != nil { try fileSystem.remove(Paths.join(directory, name)) }
    }
    try fileSystem.syncDirectory(directory)
  }

  /// Snapshots found damaged, oldest first.
  public var damaged: [DamagedSnapshot] {
    state.withLock { state in state.damaged.values.sorted { $0.epoch < $1.epoch } }
  }

  /// The epochs of which there are snapshots not known to be damaged, in order.
  public func epochs() throws -> [UInt64] {
    let damaged = state.withLock { $0.damaged }
    return try allEpochs().filter { damaged[$0] == nil }
  }

  /// A snapshot to be written in parts; it counts once `finish` has been called with it.
  public func begin(epoch: UInt64) -> SnapshotFile {
    precondition(epoch > 0, "there is no state before the first epoch")
    return SnapshotFile(path(epoch), epoch: epoch, fileSystem: fileSystem)
  }

  /// Gives a snapshot its trailer and its name; it is there as a whole and durable when this returns, or not at all. Then removes
  /// the oldest ones.
  ///
  /// - Throws: `FileError`; the unfinished file is removed.
  public func finish(_ file: SnapshotFile) throws {
    try writing.withLock { _ in
      try file.publish()
      try fileSystem.syncDirectory(directory)
      _ = state.withLock { $0.damaged.removeValue(forKey: file.epoch) }
      try removeOld()
    }
  }

  /// The newest snapshot that is whole; what is found damaged on the way is told by `damaged`.
  ///
  /// - Throws: `FileError`, and `StorageError` of kind `newerFormat`; damage alone is not thrown.
  public func loadLatest() throws -> (epoch: UInt64, sections: [String: [UInt8]])? {
    for epoch in try allEpochs().reversed() {
      let path = path(epoch)
      do {
        return (epoch, try SnapshotReader(path, epoch: epoch, fileSystem: fileSystem).read())
      } catch let error as StorageError where error.kind == .damaged {
        state.withLock { $0.damaged[epoch] = DamagedSnapshot(epoch: epoch, file: path, reason: error.message) }
      }
    }
    return nil
  }

  /// Removes all but the newest ones; one that is damaged does not count as one.
  private func removeOld() throws {
    let kept = try epochs().suffix(SnapshotFormat.keptCount)
    for epoch in try allEpochs() where !kept.contains(epoch) {
      try fileSystem.remove(path(epoch))
      _ = state.withLock { $0.damaged.removeValue(forKey: epoch) }
    }
  }

  private func allEpochs() throws -> [UInt64] {
    try fileSystem.names(in: directory).compactMap { SnapshotFormat.epoch(of: $0) }
  }

  private func path(_ epoch: UInt64) -> String {
    Paths.join(directory, SnapshotFormat.name(epoch: epoch))
  }
}
