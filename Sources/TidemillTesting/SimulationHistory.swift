import Synchronization
import TidemillStorage

/// What a job's epoch log was given and gave back, over all lives of its simulated process.
///
/// It checks the log's promise: what was synced is still there, with the same content, and nothing is there that was never
/// appended. And it outlives the log's segments, so that a test can run all epochs again without a crash.
public final class SimulationHistory: Sendable {
  private struct State: Sendable {
    /// The payloads tried for an epoch: each crash may bring another try.
    var tried: [UInt64: Set<[UInt8]>] = [:]
    /// By epoch what the epoch log holds, without the notes that an epoch was committed.
    var records: [UInt64: EpochRecord] = [:]
    var durable: UInt64 = 0
    /// The copies of tables, by number.
    var tables: [UInt64: [String: [UInt8]]] = [:]
    var lastRecovered: UInt64 = 0
    var complaints: [String] = []
  }

  /// The kind of the records that say what an epoch reads.
  private static let inputs: UInt8 = 1
  private let state = Mutex(State())

  /// A history before the process's first life.
  public init() {}

  /// Promises that were broken.
  public var complaints: [String] { state.withLock { $0.complaints } }

  /// The inputs of all epochs, in order.
  public var records: [EpochRecord] {
    state.withLock { state in state.records.values.sorted { $0.epoch < $1.epoch } }
  }

  /// The last epoch that the latest recovery showed.
  public var lastRecovered: UInt64 { state.withLock { $0.lastRecovered } }

  fileprivate func tableCopied(_ number: UInt64, _ sections: [String: [UInt8]]) {
    state.withLock { $0.tables[number] = sections }
  }

  fileprivate func tableCopy(_ number: UInt64) -> [String: [UInt8]]? { state.withLock { $0.tables[number] } }

  fileprivate func tries(_ record: EpochRecord) {
    guard record.kind == Self.inputs else { return }
    state.withLock { _ = $0.tried[record.epoch, default: []].insert(record.payload) }
  }

  fileprivate func appended(_ record: EpochRecord) {
    guard record.kind == Self.inputs else { return }
    state.withLock { $0.records[record.epoch] = record }
  }

  fileprivate func synced() {
    state.withLock { $0.durable = max($0.durable, $0.records.keys.max() ?? 0) }
  }

  fileprivate func recovered(_ recovery: Recovery) {
    state.withLock { state in
      if recovery.lastEpoch < state.durable {
        state.complaints.append("epoch \(state.durable) was synced, and only \(recovery.lastEpoch) epochs are left")
      }
      for record in recovery.records where record.kind == Self.inputs {
        if let known = state.records[record.epoch], record.epoch <= state.durable, known != record {
          state.complaints.append("the record of epoch \(record.epoch) changed after its sync")
        }
        if state.tried[record.epoch]?.contains(record.payload) != true {
          state.complaints.append("the record of epoch \(record.epoch) was never written like this")
        }
        state.records[record.epoch] = record
      }
      for epoch in state.records.keys where epoch > recovery.lastEpoch { state.records[epoch] = nil }
      state.durable = recovery.lastEpoch
      state.lastRecovered = recovery.lastEpoch
    }
  }
}

/// A checkpoint that tells a history everything.
public final class RecordingCheckpoint: CheckpointStore {
  private struct State: Sendable {
    /// Snapshots that were begun and are neither there nor given up.
    var pendingSnapshots = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let base: any CheckpointStore
  private let history: SimulationHistory
  private let state = Mutex(State())

  /// Passes everything on to `base` and notes it in `history`, which outlives both.
  public init(_ base: any CheckpointStore, _ history: SimulationHistory) {
    self.base = base
    self.history = history
  }

  public var isDurable: Bool { base.isDurable }
  public var releasableEpoch: UInt64 { base.releasableEpoch }
  public var tables: any TableCopyStore { RecordingTables(base.tables, history) }

  public func recover() throws -> Recovery {
    let recovery = try base.recover()
    history.recovered(recovery)
    return recovery
  }

  public func append(_ record: EpochRecord) throws {
    history.tries(record)
    try base.append(record)
    history.appended(record)
  }

  public func sync() throws {
    try base.sync()
    history.synced()
  }

  public func startSegment() throws {
    try base.startSegment()
    history.synced()
  }

  public func beginSnapshot(epoch: UInt64) -> any SnapshotWriting {
    state.withLock { $0.pendingSnapshots += 1 }
    return RecordedSnapshot(base.beginSnapshot(epoch: epoch)) { [self] in snapshotHasEnded() }
  }

  private func snapshotHasEnded() {
    let woken = state.withLock { state in
      state.pendingSnapshots -= 1
      guard state.pendingSnapshots == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in woken { continuation.resume() }
  }

  public func close() throws { try base.close() }

  /// Returns once no snapshot is being written in the background: before the simulated process is started again, and where a
  /// run must not depend on how fast threads are.
  public func waitForSnapshots() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.pendingSnapshots == 0 { return true }
        state.waiting.append(continuation)
        return false
      }
      if isDone { continuation.resume() }
    }
  }
}

/// Copies of tables that a history remembers, also those that are removed.
private final class RecordingTables: TableCopyStore {
  private let base: any TableCopyStore
  private let history: SimulationHistory

  init(_ base: any TableCopyStore, _ history: SimulationHistory) {
    self.base = base
    self.history = history
  }

  func numbers() throws -> [UInt64] { try base.numbers() }
  func read(_ number: UInt64) throws -> [String: [UInt8]] { try base.read(number) }
  func remove(_ numbers: [UInt64]) throws { try base.remove(numbers) }
  func begin(_ number: UInt64) -> any SnapshotWriting { Writing(base.begin(number), number, history) }

  private final class Writing: SnapshotWriting {
    private let base: any SnapshotWriting
    private let number: UInt64
    private let history: SimulationHistory
    private let sections = Mutex<[String: [UInt8]]>([:])

    init(_ base: any SnapshotWriting, _ number: UInt64, _ history: SimulationHistory) {
      self.base = base
      self.number = number
      self.history = history
    }

    func write(_ bytes: [UInt8], to section: String) throws {
      try base.write(bytes, to: section)
      sections.withLock { $0[section, default: []] += bytes }
    }

    func finish() throws {
      // What a crash keeps from being finished may be there all the same.
      history.tableCopied(number, sections.withLock { $0 })
      try base.finish()
    }

    func abandon() { base.abandon() }
  }
}

/// The copies that a history remembers.
private final class RememberedTables: TableCopyStore {
  private let history: SimulationHistory

  init(_ history: SimulationHistory) { self.history = history }

  func numbers() -> [UInt64] { [] }
  func remove(_ numbers: [UInt64]) {}
  func begin(_ number: UInt64) -> any SnapshotWriting { VolatileCheckpoint().beginSnapshot(epoch: number) }
  func read(_ number: UInt64) throws -> [String: [UInt8]] {
    guard let copy = history.tableCopy(number) else {
      throw StorageError(.incomplete, "copy \(number) of a table was never written", hint: "look at the simulation")
    }
    return copy
  }
}

/// A snapshot that says when it is over.
private final class RecordedSnapshot: SnapshotWriting {
  private let base: any SnapshotWriting
  private let hasEnded: Mutex<(@Sendable () -> Void)?>

  init(_ base: any SnapshotWriting, hasEnded: @escaping @Sendable () -> Void) {
    self.base = base
    self.hasEnded = Mutex(hasEnded)
  }

  private func end() {
    let hasEnded = hasEnded.withLock { hasEnded in
      defer { hasEnded = nil }
      return hasEnded
    }
    hasEnded?()
  }

  func write(_ bytes: [UInt8], to section: String) throws { try base.write(bytes, to: section) }

  func finish() throws {
    try base.finish()
    end()
  }

  func abandon() {
    base.abandon()
    end()
  }
}

/// The recorded inputs of a job as a checkpoint from which nothing is committed yet: a job opened with it runs all epochs
/// again, without a crash.
public final class RecordedRun: CheckpointStore {
  private let records: [EpochRecord]
  public let tables: any TableCopyStore

  /// The inputs that `history` knows at this moment, of all epochs from the first.
  public init(_ history: SimulationHistory) {
    records = history.records
    tables = RememberedTables(history)
  }

  public var isDurable: Bool { true }
  public var releasableEpoch: UInt64 { 0 }
  public func recover() -> Recovery { Recovery(records: records) }
  public func append(_ record: EpochRecord) {}
  public func sync() {}
  public func startSegment() {}
  public func beginSnapshot(epoch: UInt64) -> any SnapshotWriting {
    VolatileCheckpoint().beginSnapshot(epoch: epoch)
  }
  public func close() {}
}
