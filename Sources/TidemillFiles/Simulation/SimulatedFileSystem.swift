import Synchronization

/// A file system in memory for tests of what survives: it knows what is durable and what is not yet, can lose power at any
/// step, run out of room, and be made to fail before and after every operation.
///
/// A test runs its work with `crash(atFailPoint: n)` for n = 1, 2, … until the work gets through; each time it catches
/// `SimulatedCrash`, calls `crash(seed:)` (the power went) or `restart()` (only the process died), and looks what is left.
public final class SimulatedFileSystem: FileSystem {
  struct State {
    var disk = SimulatedDisk()
    var hook: (@Sendable (FailPoint) throws -> Void)?
    var isDead = false
    /// Counts lives of the process: files opened in an earlier one are lost.
    var life = 0
    var pointCount = 0
    var deadlyPoint: Int?
    var reached: Set<FailPoint> = []
    var died: Set<FailPoint> = []
  }

  private let state = Mutex(State())

  /// - Parameter losesSectors: whether a crash may also zero parts of unsynced content although later parts survive.
  public init(losesSectors: Bool = false) {
    state.withLock { $0.disk.losesSectors = losesSectors }
  }

  // MARK: Failing

  /// Called at every fail point. What it throws, the operation throws; after a `SimulatedCrash` everything throws one.
  public func onFailPoint(_ hook: (@Sendable (FailPoint) throws -> Void)?) {
    state.withLock { $0.hook = hook }
  }

  /// Kills the process at the `number`th fail point from now, from 1; `nil` to let it live.
  public func crash(atFailPoint number: Int?) {
    state.withLock { state in state.deadlyPoint = number.map { state.pointCount + $0 } }
  }

  /// The power goes and comes back: what is not durable is lost or torn as `seed` says.
  public func crash(seed: UInt64) {
    state.withLock { state in
      var random = SplitMix64(seed: seed)
      state.disk.crash(using: &random)
      Self.beginLife(&state)
    }
  }

  /// The process dies and is started again, the machine stays up: everything written is still there, durable or not.
  public func restart() { state.withLock { Self.beginLife(&$0) } }

  /// Lets `byteCount` more bytes be written before the disk is full; `nil` for no limit.
  public func setRoom(_ byteCount: Int?) { state.withLock { $0.disk.room = byteCount } }

  /// Changes bits of a file, durably.
  ///
  /// - Throws: `FileError` when there is no such file.
  public func flip(_ mask: UInt8, at offset: Int, of path: String) throws {
    try state.withLock { try $0.disk.flip(mask, at: offset, of: Paths.normalize(path)) }
  }

  /// How many fail points were passed so far.
  public var failPointCount: Int { state.withLock { $0.pointCount } }

  /// The fail points that were passed.
  public var reachedFailPoints: Set<FailPoint> { state.withLock { $0.reached } }

  /// The fail points at which the process was killed.
  public var deadlyFailPoints: Set<FailPoint> { state.withLock { $0.died } }

  // MARK: FileSystem

  public func createDirectory(_ path: String) throws {
    try perform(.createDirectory, path) { disk, path in try disk.createDirectory(path) }
  }

  public func openForAppending(_ path: String) throws -> any WritableFile {
    let file = try perform(.open, path) { disk, path in try disk.open(path, for: .open) }
    return SimulatedFile(file, path, life: state.withLock { $0.life }, in: self)
  }

  public func create(_ path: String) throws -> any WritableFile {
    let file = try perform(.create, path) { disk, path in
      let file = try disk.open(path, for: .create)
      try disk.truncate(path, to: 0)
      return file
    }
    return SimulatedFile(file, path, life: state.withLock { $0.life }, in: self)
  }

  public func read(_ path: String) throws -> [UInt8] {
    try perform(.read, path) { disk, path in try disk.read(path) }
  }

  public func rename(_ path: String, to newPath: String) throws {
    try perform(.rename, path) { disk, path in try disk.rename(path, to: Paths.normalize(newPath)) }
  }

  public func remove(_ path: String) throws {
    try perform(.remove, path) { disk, path in try disk.remove(path) }
  }

  public func truncate(_ path: String, to length: Int) throws {
    try perform(.truncate, path) { disk, path in try disk.truncate(path, to: length) }
  }

  public func syncDirectory(_ path: String) throws {
    try perform(.syncDirectory, path) { disk, path in try disk.syncDirectory(path) }
  }

  public func exists(_ path: String) -> Bool {
    state.withLock { $0.disk.exists(Paths.normalize(path)) }
  }

  public func isDirectory(_ path: String) -> Bool {
    state.withLock { $0.disk.isDirectory(Paths.normalize(path)) }
  }

  public func names(in path: String) throws -> [String] {
    try perform(.list, path) { disk, path in try disk.names(in: path) }
  }

  /// Does one operation between its two fail points.
  ///
  /// - Parameter life: the life of the process that the caller belongs to, if it may be an earlier one.
  func perform<Result: Sendable>(
    _ operation: FileOperation, _ path: String, life: Int? = nil, _ body: (inout SimulatedDisk, String) throws -> Result
  ) throws -> Result {
    let kind = FailPoint.kind(of: path)
    let path = Paths.normalize(path)
    try pass(FailPoint(operation, kind, .before), life)
    let result = try state.withLock { try body(&$0.disk, path) }
    try pass(FailPoint(operation, kind, .after), life)
    return result
  }

  private func pass(_ point: FailPoint, _ life: Int?) throws {
    let hook = try state.withLock { state in
      if state.isDead || life.map({ $0 != state.life }) ?? false { throw SimulatedCrash() }
      state.pointCount += 1
      state.reached.insert(point)
      if state.pointCount == state.deadlyPoint {
        Self.die(&state, at: point)
        throw SimulatedCrash(at: point)
      }
      return state.hook
    }
    do {
      try hook?(point)
    } catch let crash as SimulatedCrash {
      state.withLock { Self.die(&$0, at: point) }
      throw crash
    }
  }

  private static func die(_ state: inout State, at point: FailPoint) {
    state.isDead = true
    state.died.insert(point)
  }

  private static func beginLife(_ state: inout State) {
    state.isDead = false
    state.deadlyPoint = nil
    state.life += 1
  }
}
