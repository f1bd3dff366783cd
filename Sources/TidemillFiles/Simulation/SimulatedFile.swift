import Synchronization

/// An open file of a simulated file system; lost when the process dies.
final class SimulatedFile: WritableFile {
  private let file: Int
  private let path: String
  private let life: Int
  private let fileSystem: SimulatedFileSystem
  private let isClosed = Mutex(false)

  init(_ file: Int, _ path: String, life: Int, in fileSystem: SimulatedFileSystem) {
    self.file = file
    self.path = path
    self.life = life
    self.fileSystem = fileSystem
  }

  func write(_ bytes: [UInt8]) throws {
    if isClosed.withLock({ $0 }) { throw FileError.closed(.write, path) }
    try fileSystem.perform(.write, path, life: life) { disk, path in try disk.append(bytes, to: file, path) }
  }

  func sync() throws {
    if isClosed.withLock({ $0 }) { throw FileError.closed(.sync, path) }
    try fileSystem.perform(.sync, path, life: life) { disk, _ in disk.sync(file) }
  }

  func close() throws {
    if isClosed.withLock({ $0 }) { return }
    try fileSystem.perform(.close, path, life: life) { _, _ in isClosed.withLock { $0 = true } }
  }
}
