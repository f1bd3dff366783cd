import Foundation
import Synchronization
import TidemillFiles

/// A directory that is removed with its owner.
final class TestDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tidemill-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func full(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ text: String) throws {
    let file = URL(fileURLWithPath: full(name))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func append(_ name: String, _ text: String) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: full(name)))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  func rename(_ name: String, _ newName: String) throws {
    try FileManager.default.moveItem(atPath: full(name), toPath: full(newName))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: full(name)) }
}

struct TestFailure: Error, Equatable {
  var operation: String
}

/// Files in memory, with a list of what was done to them, and a failure on demand.
final class TestFiles: FileSystem {
  struct State: Sendable {
    var files: [String: [UInt8]] = [:]
    var log: [String] = []
    /// The operation, as in the log, that fails.
    var failing: String?
  }

  let state = Mutex(State())

  var log: [String] { state.withLock { $0.log } }

  func text(_ path: String) -> String? { state.withLock { $0.files[path].map { String(decoding: $0, as: UTF8.self) } } }

  func put(_ path: String, _ text: String) { state.withLock { $0.files[path] = Array(text.utf8) } }

  func fail(_ operation: String?) { state.withLock { $0.failing = operation } }

  fileprivate func perform<Result: Sendable>(_ operation: String, _ body: (inout State) throws -> Result) throws -> Result {
    try state.withLock { state in
      if state.failing == operation { throw TestFailure(operation: operation) }
      state.log.append(operation)
      return try body(&state)
    }
  }

  func createDirectory(_ path: String) throws {}

  func openForAppending(_ path: String) throws -> any WritableFile {
    try perform("open \(path)") { $0.files[path] = $0.files[path] ?? [] }
    return OpenFile(path, self)
  }

  func create(_ path: String) throws -> any WritableFile {
    try perform("create \(path)") { $0.files[path] = [] }
    return OpenFile(path, self)
  }

  func read(_ path: String) throws -> [UInt8] {
    try state.withLock { state in
      guard let bytes = state.files[path] else { throw TestFailure(operation: "read \(path)") }
      return bytes
    }
  }

  func rename(_ path: String, to newPath: String) throws {
    try perform("rename \(path) \(newPath)") { $0.files[newPath] = $0.files.removeValue(forKey: path) }
  }

  func remove(_ path: String) throws { try perform("remove \(path)") { $0.files[path] = nil } }

  func truncate(_ path: String, to length: Int) throws {
    try perform("truncate \(path)") { $0.files[path] = Array($0.files[path]!.prefix(length)) }
  }

  func syncDirectory(_ path: String) throws { try perform("syncDirectory \(path)") { _ in } }

  func exists(_ path: String) -> Bool { state.withLock { $0.files[path] != nil } }

  func names(in path: String) throws -> [String] {
    state.withLock { state in
      state.files.keys.filter { $0.hasPrefix(path + "/") }.map { String($0.dropFirst(path.count + 1)) }.sorted()
    }
  }

  private final class OpenFile: WritableFile {
    let path: String
    let owner: TestFiles

    init(_ path: String, _ owner: TestFiles) {
      self.path = path
      self.owner = owner
    }

    func write(_ bytes: [UInt8]) throws { try owner.perform("write \(path)") { $0.files[path]!.append(contentsOf: bytes) } }
    func sync() throws { try owner.perform("sync \(path)") { _ in } }
    func close() throws {}
  }
}
