import Synchronization
import TidemillFiles
import TidemillStorage
import TidemillTesting

/// A simulated disk whose process is killed, or whose operations fail, where a test says.
final class SimulationDisk: Sendable {
  enum Blow: Sendable {
    case kill
    /// One operation fails, the process lives.
    case fail(FileError.Reason)
  }

  private struct State: Sendable {
    var countdown: Int?
    var blow = Blow.kill
    var target: FailPoint?
    var isObserving = false
    var hasStruck = false
    var passed: [FailPoint] = []
    var deadly: Set<FailPoint> = []
  }

  let files: SimulatedFileSystem
  private let state = Mutex(State())

  init(losesSectors: Bool = false) {
    files = SimulatedFileSystem(losesSectors: losesSectors)
    files.onFailPoint { [weak self] in try self?.pass($0) }
  }

  private func pass(_ point: FailPoint) throws {
    let blow: Blow? = state.withLock { state in
      if state.isObserving { return nil }
      state.passed.append(point)
      if point == state.target {
        state.target = nil
        state.hasStruck = true
        state.deadly.insert(point)
        return .kill
      }
      guard let left = state.countdown else { return nil }
      // A file that was written is there: an operation that fails does not fail afterwards.
      if case .fail = state.blow, point.moment == .after { return nil }
      state.countdown = left > 1 ? left - 1 : nil
      if left > 1 { return nil }
      state.hasStruck = true
      if case .kill = state.blow { state.deadly.insert(point) }
      return state.blow
    }
    switch blow {
    case nil: return
    case .kill: throw SimulatedCrash(at: point)
    case .fail(let reason): throw FileError(point.operation, point.kind, code: reason.code)
    }
  }

  /// Strikes at the `count`th fail point from now.
  func strike(_ blow: Blow, after count: Int?) {
    state.withLock { state in
      state.countdown = count
      state.blow = blow
      state.hasStruck = false
    }
  }

  /// Kills the process where it first passes this point, in whichever life.
  func kill(at point: FailPoint) { state.withLock { $0.target = point } }

  var hasStruck: Bool { state.withLock { $0.hasStruck } }
  /// The fail points that were passed, in order.
  var passed: [FailPoint] { state.withLock { $0.passed } }
  var deadly: Set<FailPoint> { state.withLock { $0.deadly } }

  /// The files that a stranger reads who takes the names not beginning with `_` or `.`: their paths and lines, in byte order.
  func visible(_ directories: [String]) throws -> [String: [String]] {
    state.withLock { $0.isObserving = true }
    defer { state.withLock { $0.isObserving = false } }
    var result: [String: [String]] = [:]
    for directory in directories where files.exists(directory) {
      for name in try files.names(in: directory) where !name.hasPrefix("_") && !name.hasPrefix(".") {
        let path = Paths.join(directory, name)
        result[path] = Self.lines(try files.read(path))
      }
    }
    return result
  }

  /// A line without its end counts as a torn one.
  static func lines(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    if lines.last == "" { lines.removeLast() } else if let last = lines.popLast() { lines.append("torn: \(last)") }
    return lines.sorted()
  }
}

extension FileError {
  enum Reason: Sendable {
    case diskFull, broken

    var code: Int32 { self == .diskFull ? 28 : 5 }
  }
}
