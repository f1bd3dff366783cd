import TidemillFiles

/// Copies of static tables as epochs have used them, under numbers: a replay needs the tables of its time.
public protocol TableCopyStore: AnyObject, Sendable {
  /// The numbers of the copies that are there, in order.
  func numbers() throws -> [UInt64]

  /// A copy to be written in parts; it is there, durable and whole, once `finish` has returned.
  func begin(_ number: UInt64) -> any SnapshotWriting

  /// The sections of a copy.
  ///
  /// - Throws: `StorageError` of kind `damaged`, `FileError` also when it is not there.
  func read(_ number: UInt64) throws -> [String: [UInt8]]

  /// Removes copies that nobody will read again.
  func remove(_ numbers: [UInt64]) throws
}

/// The copies in a checkpoint's directory: files in the format of snapshots, the copy's number in place of the epoch.
public final class TableCopies: TableCopyStore {
  private let directory: String
  private let fileSystem: any FileSystem

  /// Opens the copies in `directory` and removes what a crash left unfinished.
  public init(_ directory: String, fileSystem: any FileSystem) throws {
    self.directory = directory
    self.fileSystem = fileSystem
    for name in try fileSystem.names(in: directory) where name.hasSuffix(CheckpointFormat.temporarySuffix) {
      let finalName = String(name.dropLast(CheckpointFormat.temporarySuffix.count))
      if TableCopyFormat.number(of: finalName) != nil { try fileSystem.remove(Paths.join(directory, name)) }
    }
  }

  public func numbers() throws -> [UInt64] {
    try fileSystem.names(in: directory).compactMap { TableCopyFormat.number(of: $0) }
  }

  public func begin(_ number: UInt64) -> any SnapshotWriting {
    Writing(SnapshotFile(path(number), epoch: number, fileSystem: fileSystem), directory, fileSystem)
  }

  public func read(_ number: UInt64) throws -> [String: [UInt8]] {
    try SnapshotReader(path(number), epoch: number, fileSystem: fileSystem).read()
  }

  public func remove(_ numbers: [UInt64]) throws { for number in numbers { try fileSystem.remove(path(number)) } }

  private func path(_ number: UInt64) -> String { Paths.join(directory, TableCopyFormat.name(number: number)) }

  private final class Writing: SnapshotWriting {
    private let file: SnapshotFile
    private let directory: String
    private let fileSystem: any FileSystem

    init(_ file: SnapshotFile, _ directory: String, _ fileSystem: any FileSystem) {
      self.file = file
      self.directory = directory
      self.fileSystem = fileSystem
    }

    func write(_ bytes: [UInt8], to section: String) throws { try file.write(bytes, to: section) }

    func finish() throws {
      try file.publish()
      try fileSystem.syncDirectory(directory)
    }

    func abandon() { file.abandon() }
  }
}

/// For checkpoints that no table is ever read back from.
final class NoTableCopies: TableCopyStore {
  func numbers() -> [UInt64] { [] }
  func begin(_ number: UInt64) -> any SnapshotWriting { VolatileCheckpoint().beginSnapshot(epoch: number) }
  func read(_ number: UInt64) throws -> [String: [UInt8]] {
    throw StorageError(
      .incomplete, "this checkpoint keeps no copies of tables, and copy \(number) is asked for",
      hint: "start over in a new checkpoint")
  }
  func remove(_ numbers: [UInt64]) {}
}
