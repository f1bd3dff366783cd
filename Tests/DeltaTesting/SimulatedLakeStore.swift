import DeltaLog
import Synchronization
import TidemillFiles

/// A store in memory that fails between any two operations, as a seed or a test says, and whose time only tests move.
package final class SimulatedLakeStore: LakeStore {
  /// What becomes of one operation.
  package enum Fault: Hashable, Sendable {
    case none
    /// It is not done, and an error is answered that may pass.
    case refused
    /// It is done, and an error is answered all the same.
    case answerLost
    /// It is done a second time, and the second answer comes.
    case twice
    /// An error is answered; it is done only before the operation of this number from now, from 1.
    case late(Int)
    /// It takes so many milliseconds of the store's time.
    case slow(Int)
    /// The process dies before it.
    case deadBefore
    /// The process dies after it, before the answer.
    case deadAfter
  }

  private struct State {
    var files: [String: (bytes: [UInt8], modified: Int)] = [:]
    var now: Int
    var isDead = false
    var operations = 0
    var plan: (@Sendable (_ number: Int, _ operation: String, _ path: String) -> Fault)?
    /// What is still under way, by the number of the operation before which it lands.
    var landing: [(number: Int, change: Change)] = []
    var log: [String] = []
  }

  private enum Change {
    case put(String, [UInt8])
    case putIfAbsent(String, [UInt8])
    case delete(String)
  }

  private let state: Mutex<State>

  /// - Parameter now: the time at the beginning, in milliseconds since 1970.
  package init(now: Int = 1_700_000_000_000) { state = Mutex(State(now: now)) }

  package var description: String { "simulated" }

  /// Milliseconds since 1970.
  package var now: Int { state.withLock { $0.now } }

  package func advance(milliseconds: Int) { state.withLock { $0.now += milliseconds } }

  /// Decides what becomes of each operation; numbers go on from 1.
  package func plan(_ plan: (@Sendable (_ number: Int, _ operation: String, _ path: String) -> Fault)?) {
    state.withLock { $0.plan = plan }
  }

  package var operationCount: Int { state.withLock { $0.operations } }

  /// What was asked of the store, in order.
  package var operationLog: [String] { state.withLock { $0.log } }

  package var isDead: Bool { state.withLock { $0.isDead } }

  /// The process is started again. What was under way arrives first, or never.
  package func restart(arrives: Bool = true) {
    state.withLock { state in
      if arrives { for (_, change) in state.landing { _ = Self.apply(change, to: &state) } }
      state.landing = []
      state.isDead = false
    }
  }

  /// Puts a file there, or takes it away, behind everybody's back.
  package func set(_ path: String, _ bytes: [UInt8]?, modified: Int? = nil) {
    state.withLock { state in state.files[path] = bytes.map { ($0, modified ?? state.now) } }
  }

  package var paths: [String] { state.withLock { $0.files.keys.sorted(by: Paths.inByteOrder) } }

  package func bytes(_ path: String) -> [UInt8]? { state.withLock { $0.files[path]?.bytes } }

  // MARK: LakeStore

  package func list(_ directory: String, after name: String?, recursive: Bool) throws(LakeStoreError) -> [LakeFile] {
    try perform("list", directory) { state in
      let prefix = directory.isEmpty ? "" : directory + "/"
      return state.files.compactMap { path, file -> LakeFile? in
        guard path.hasPrefix(prefix) else { return nil }
        let rest = path.dropFirst(prefix.count)
        if !recursive, rest.contains("/") { return nil }
        if let name, !Paths.inByteOrder(name, String(rest)) { return nil }
        return LakeFile(path: path, size: file.bytes.count, modified: file.modified)
      }.sorted { Paths.inByteOrder($0.path, $1.path) }
    }
  }

  package func read(_ path: String) throws(LakeStoreError) -> [UInt8] {
    let bytes = try perform("read", path) { $0.files[path]?.bytes }
    guard let bytes else { throw LakeStoreError(.notFound, "read", path, "no such file") }
    return bytes
  }

  package func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) {
    _ = try change("put", path, .put(path, Array(bytes)))
  }

  package func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) -> Bool {
    try change("putIfAbsent", path, .putIfAbsent(path, Array(bytes)))
  }

  package func delete(_ path: String) throws(LakeStoreError) { _ = try change("delete", path, .delete(path)) }

  private static func apply(_ change: Change, to state: inout State) -> Bool {
    switch change {
    case .put(let path, let bytes): state.files[path] = (bytes, state.now)
    case .putIfAbsent(let path, let bytes):
      if state.files[path] != nil { return false }
      state.files[path] = (bytes, state.now)
    case .delete(let path): state.files[path] = nil
    }
    return true
  }

  private func change(_ operation: String, _ path: String, _ change: Change) throws(LakeStoreError) -> Bool {
    try perform(operation, path, late: change) { Self.apply(change, to: &$0) }
  }

  private func perform<Result: Sendable>(
    _ operation: String, _ path: String, late: Change? = nil, _ body: (inout sending State) -> Result
  ) throws(LakeStoreError) -> Result {
    let answer = state.withLock { state -> Swift.Result<Result, LakeStoreError> in
      func failure(_ kind: LakeStoreError.Kind, _ reason: String) -> Swift.Result<Result, LakeStoreError> {
        .failure(LakeStoreError(kind, operation, path, reason))
      }
      if state.isDead { return failure(.lasting, "the simulated process is dead") }
      state.operations += 1
      state.log.append("\(operation) \(path)")
      let due = state.landing.filter { $0.number <= state.operations }
      state.landing.removeAll { $0.number <= state.operations }
      for (_, change) in due { _ = Self.apply(change, to: &state) }
      switch state.plan?(state.operations, operation, path) ?? .none {
      case .none: return .success(body(&state))
      case .refused: return failure(.passing, "simulated: refused")
      case .answerLost:
        _ = body(&state)
        return failure(.passing, "simulated: the answer is lost")
      case .twice:
        _ = body(&state)
        return .success(body(&state))
      case .late(let steps):
        if let late { state.landing.append((state.operations + steps, late)) }
        return failure(.passing, "simulated: no answer yet")
      case .slow(let milliseconds):
        state.now += milliseconds
        return .success(body(&state))
      case .deadBefore:
        state.isDead = true
        return failure(.lasting, "simulated: died before")
      case .deadAfter:
        _ = body(&state)
        state.isDead = true
        return failure(.lasting, "simulated: died after")
      }
    }
    return try answer.get()
  }
}
