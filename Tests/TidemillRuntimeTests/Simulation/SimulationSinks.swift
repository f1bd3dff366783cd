import FileConnector
import Synchronization
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillStorage

/// The sink of a run without crashes: keeps what its directory holds after each epoch.
final class ReferenceSink: Sink {
  struct State: Sendable {
    var epoch: UInt64
    var files: [String: [String]]
  }

  private let base: FileSink
  private let directory: String
  private let files: SimulatedFileSystem
  private let kept = Mutex<[State]>([])
  let results = MemorySink()

  init(directory: String, files: SimulatedFileSystem) {
    self.directory = directory
    self.files = files
    base = FileSink(directory: directory, writer: JSONWriter(zone: .utc), fileExtension: "json", files: files)
  }

  var states: [State] { kept.withLock { $0 } }
  var description: String { base.description }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    try await base.open(shape, lastEpoch: lastEpoch)
    try await results.open(shape, lastEpoch: lastEpoch)
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    try await base.write(batch, epoch: epoch)
    try await results.write(batch, epoch: epoch)
    var now: [String: [String]] = [:]
    for name in try files.names(in: directory) where !name.hasPrefix("_") {
      let path = Paths.join(directory, name)
      now[path] = SimulationDisk.lines(try files.read(path))
    }
    kept.withLock { $0.append(State(epoch: epoch.number, files: now)) }
  }

  func close() async throws {}
}

// MARK: Canaries

/// A log that says that it syncs and does not.
final class ForgetfulCheckpoint: CheckpointStore {
  private let base: Checkpoint

  init(base: Checkpoint) { self.base = base }

  var isDurable: Bool { base.isDurable }
  var releasableEpoch: UInt64 { base.releasableEpoch }
  func recover() throws -> Recovery { try base.recover() }
  func append(_ record: EpochRecord) throws { try base.append(record) }
  func sync() throws {}
  func startSegment() throws { try base.startSegment() }
  func beginSnapshot(epoch: UInt64) -> any SnapshotWriting { base.beginSnapshot(epoch: epoch) }
  func close() throws { try base.close() }
}

/// A disk that says that it syncs files and does not.
struct ForgetfulFileSystem: FileSystem {
  private final class ForgetfulFile: WritableFile {
    let file: any WritableFile
    init(_ file: any WritableFile) { self.file = file }
    func write(_ bytes: [UInt8]) throws { try file.write(bytes) }
    func sync() {}
    func close() throws { try file.close() }
  }

  let disk: SimulatedFileSystem
  func createDirectory(_ path: String) throws { try disk.createDirectory(path) }
  func openForAppending(_ path: String) throws -> any WritableFile { ForgetfulFile(try disk.openForAppending(path)) }
  func create(_ path: String) throws -> any WritableFile { ForgetfulFile(try disk.create(path)) }
  func read(_ path: String) throws -> [UInt8] { try disk.read(path) }
  func rename(_ path: String, to newPath: String) throws { try disk.rename(path, to: newPath) }
  func remove(_ path: String) throws { try disk.remove(path) }
  func truncate(_ path: String, to length: Int) throws { try disk.truncate(path, to: length) }
  func syncDirectory(_ path: String) throws { try disk.syncDirectory(path) }
  func exists(_ path: String) -> Bool { disk.exists(path) }
  func names(in path: String) throws -> [String] { try disk.names(in: path) }
}

private func encoded(_ batch: Batch) -> [UInt8] {
  var bytes: [UInt8] = []
  JSONWriter(zone: .utc).append(batch, to: &bytes)
  return bytes
}

private func partName(_ epoch: Epoch, _ mode: OutputMode?) -> String {
  if mode == .complete { return "result.json" }
  let digits = String(epoch.number)
  return "part-" + String(repeating: "0", count: 20 - digits.count) + digits + ".json"
}

/// Writes files under their final names.
final class SinkInPlace: Sink {
  private let directory: String
  private let files: any FileSystem
  private let mode = Mutex<OutputMode?>(nil)

  init(directory: String, files: any FileSystem) {
    self.directory = directory
    self.files = files
  }

  var description: String { "careless sink" }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    mode.withLock { $0 = shape.mode }
    try files.createDirectory(directory)
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    let mode = mode.withLock { $0 }
    if batch.count == 0 && mode != .complete { return }
    let file = try files.create(Paths.join(directory, partName(epoch, mode)))
    try file.write(encoded(batch))
    try file.sync()
    try file.close()
    try files.syncDirectory(directory)
  }

  func close() async throws {}
}

/// Adds every epoch that it is given to one file, also when it has it.
final class SinkWithoutMemory: Sink {
  private let directory: String
  private let files: any FileSystem
  private let mode = Mutex<OutputMode?>(nil)

  init(directory: String, files: any FileSystem) {
    self.directory = directory
    self.files = files
  }

  var description: String { "forgetful sink" }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    mode.withLock { $0 = shape.mode }
    try files.createDirectory(directory)
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    let mode = mode.withLock { $0 }
    if batch.count == 0 && mode != .complete { return }
    let path = Paths.join(directory, partName(epoch, mode))
    let before = mode != .complete && files.exists(path) ? try files.read(path) : []
    let file = try files.create(path + "_")
    try file.write(before + encoded(batch))
    try file.sync()
    try file.close()
    try files.rename(path + "_", to: path)
    try files.syncDirectory(directory)
  }

  func close() async throws {}
}
