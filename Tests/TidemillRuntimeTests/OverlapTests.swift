import Foundation
import Synchronization
import Testing
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillStorage
import TidemillTesting

/// Epochs overlap: while one is on its way to the sinks, the next is computed, and the one behind that read.
@Suite struct OverlapTests {
  private func backlog(_ rows: Int, _ queries: (mode: OutputMode, sql: String)...) throws -> EventStream {
    try backlog(rows, queries)
  }

  private func backlog(_ rows: Int, _ queries: [(mode: OutputMode, sql: String)]) throws -> EventStream {
    let events = try EventStream(queries: queries)
    events.options.trigger = .availableNow
    events.options.epochByteLimit = SimulatedInput.rowBytes
    events.options.lanes = 2
    for row in 0..<rows { events.arrive(("k\(row % 3)", Int64(row), row * 7)) }
    return events
  }

  @Test func aSinkThatBlocksLetsNoMoreThanTwoEpochsBeReadAhead() async throws {
    let events = try backlog(10, (.append, "SELECT k, v FROM events"))
    let target = MemorySink()
    let sink = GateSink(target)
    events.makeSink = { _ in sink }
    let driver = try events.start(onDisk: true)
    let run = Task { try await driver.job.run() }
    // The first waits for its sink, the second is computed, the third is read.
    while events.input.readCount < 3 { await Task.yield() }
    for _ in 0..<1000 { await Task.yield() }
    #expect(events.input.readCount == 3)
    #expect(events.history.records.count <= 2, "what is only read ahead is not recorded yet")
    #expect(target.epochs.isEmpty)
    sink.open()
    #expect(try await run.value == .finished)
    #expect(target.epochs.map(\.epoch) == (1...10).map { Epoch($0) })
    #expect(target.rows.count == 10)
    #expect(events.progress.all.map(\.batchId) == (1...10).map { Epoch($0) })
    #expect(events.progress.all.map(\.totalLedger.rowsIn) == Array(1...10))
  }

  @Test(arguments: 1...5)
  func anEpochThatIsNotCommittedLetsNoLaterOneBeSeen(failing: UInt64) async throws {
    let events = try backlog(6, (.append, "SELECT k, v FROM events"), (.update, EventStream.perMinute))
    let target = MemorySink()
    let sink = SinkFailingOnce(target, at: Epoch(failing))
    events.makeSink = { $0 == "q0" ? sink : nil }
    let error = await #expect(throws: TidemillError.self) { try await events.start(onDisk: true).job.run() }
    #expect(error?.message == "the target is gone")
    #expect(target.epochs.map(\.epoch.number) == Array(1..<failing))
    #expect(events.progress.of("q0").map(\.batchId.number) == Array(1..<failing), "nobody is told of it either")
    #expect(try await events.start(onDisk: true).job.run() == .finished)
    #expect(target.rows.map { EventStream.text($0) } == (0..<6).map { "k\($0 % 3) \($0)" })
    let replayed = try await events.replay()
    #expect(await replayed.totals.map(\.ledger.rowsIn) == [6, 6])
  }

  @Test func anEpochThatCannotBeComputedLetsTheOneBeforeBeCommitted() async throws {
    let events = try EventStream(
      (.append, "SELECT k, v FROM events"), (.update, "SELECT k, sum(v) AS t FROM events GROUP BY k"))
    events.options.trigger = .availableNow
    events.options.epochByteLimit = SimulatedInput.rowBytes
    events.arrive(("a", .max, 1), ("b", 1, 2), ("a", 1, 3), ("b", 1, 4))
    let error = await #expect(throws: TidemillError.self) { try await events.start(onDisk: true).job.run() }
    #expect(error?.code == .outOfRange)
    #expect(events.rows("q0") == ["a \(Int64.max)", "b 1"])
    #expect(events.rows("q1") == ["a \(Int64.max)", "b 1"])
  }

  /// The second query changes its state already while rows are put in order.
  @Test func aSnapshotWrittenWhileTheNextEpochIsReadIsThatOfItsOwnEpoch() async throws {
    let rows = 12
    // No sums: their cells have gaps, and what lies in those is anything.
    let queries: [(mode: OutputMode, sql: String)] = [
      (.update, "SELECT k, window(ts, '1 minute') AS w, count(*) AS n FROM events GROUP BY k, window(ts, '1 minute')"),
      (.append, "SELECT DISTINCT k, v FROM events"),
      (
        .complete,
        "SELECT k, session_window(ts, '5 seconds') AS w, max(k) AS m FROM events GROUP BY k, session_window(ts, '5 seconds')"
      ),
    ]
    func start(waitingForNext: Bool) throws -> (JobDriver, CapturingCheckpoint) {
      let events = try backlog(rows, queries)
      events.options.snapshotByteInterval = waitingForNext ? 1 : .max
      let input = events.input
      let checkpoint = CapturingCheckpoint { epoch in
        // Not before the lanes have read the epoch behind it.
        while waitingForNext, input.readCount < min(Int(epoch) + 1, rows) { sched_yield() }
      }
      let driver = try JobDriver(
        [events.streamInput()], checkpoint: checkpoint, options: events.options, clock: events.clock)
      return (driver, checkpoint)
    }
    let (driver, checkpoint) = try start(waitingForNext: true)
    #expect(try await driver.job.run() == .finished)
    let overlapped = checkpoint.snapshots
    #expect(overlapped.count > 1)
    for (epoch, sections) in overlapped {
      let (driver, checkpoint) = try start(waitingForNext: false)
      for _ in 0..<epoch { _ = try await driver.job.step() }
      try await driver.stop()
      #expect(Set(sections.keys) == ["job", "query 0.0", "query 0.1", "query 0.2"])
      for (name, bytes) in sections where name != "job" {
        #expect(bytes == checkpoint.snapshots[epoch]?[name], "\(name) of epoch \(epoch)")
      }
    }
  }

  @Test func aLogIsSyncedOncePerEpoch() async throws {
    let events = try backlog(8, (.append, "SELECT k, v FROM events"))
    let syncs = Mutex(0)
    events.disk.onFailPoint { point in
      if point == FailPoint(.sync, "epochs-#.log", .before) { syncs.withLock { $0 += 1 } }
    }
    let job = try events.start(onDisk: true).job
    #expect(try await job.catchUp() == 8)
    #expect(syncs.withLock { $0 } == 8, "the note that an epoch is committed shares the sync of the next")
  }

  @Test func whatWasReadAheadIsForgottenWhenTheJobStops() async throws {
    let events = try backlog(10, (.append, "SELECT k, v FROM events"))
    let target = MemorySink()
    let sink = GateSink(target)
    events.makeSink = { _ in sink }
    let driver = try events.start(onDisk: true)
    let run = Task { try await driver.job.run() }
    while events.input.readCount < 3 { await Task.yield() }
    await driver.job.stop()
    sink.open()
    #expect(try await run.value == .stopped)
    #expect(target.rows.count == 2)
    try await events.start(onDisk: true).settle()
    #expect(target.rows.map { EventStream.text($0) } == (0..<10).map { "k\($0 % 3) \($0)" })
  }
}

/// A sink that takes nothing before it is opened.
private final class GateSink: Sink {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let base: any Sink
  private let state = Mutex(State())

  init(_ base: any Sink) { self.base = base }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  var description: String { "gate" }
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await base.open(shape, lastEpoch: lastEpoch) }
  func write(_ batch: Batch, epoch: Epoch) async throws {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
    try await base.write(batch, epoch: epoch)
  }
  func close() async throws { try await base.close() }
}

private final class SinkFailingOnce: Sink {
  private let base: any Sink
  private let failing: Mutex<Epoch?>

  init(_ base: any Sink, at epoch: Epoch) {
    self.base = base
    failing = Mutex(epoch)
  }

  var description: String { "failing sink" }
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await base.open(shape, lastEpoch: lastEpoch) }
  func write(_ batch: Batch, epoch: Epoch) async throws {
    let fails = failing.withLock { failing in
      guard failing == epoch else { return false }
      failing = nil
      return true
    }
    if fails { throw TidemillError(.io, "the target is gone") }
    try await base.write(batch, epoch: epoch)
  }
  func close() async throws { try await base.close() }
}

/// A checkpoint that keeps all snapshots in memory, by section.
private final class CapturingCheckpoint: CheckpointStore {
  private let finished = Mutex<[UInt64: [String: [UInt8]]]>([:])
  private let beforeWriting: @Sendable (UInt64) -> Void

  init(beforeWriting: @escaping @Sendable (UInt64) -> Void) { self.beforeWriting = beforeWriting }

  var snapshots: [UInt64: [String: [UInt8]]] { finished.withLock { $0 } }

  var isDurable: Bool { true }
  var releasableEpoch: UInt64 { 0 }
  func recover() -> Recovery { Recovery() }
  func append(_ record: EpochRecord) {}
  func sync() {}
  func startSegment() {}
  func close() {}

  func beginSnapshot(epoch: UInt64) -> any SnapshotWriting {
    Writing(epoch, self)
  }

  private final class Writing: SnapshotWriting {
    private let epoch: UInt64
    private let owner: CapturingCheckpoint
    private let sections = Mutex<[String: [UInt8]]>([:])

    init(_ epoch: UInt64, _ owner: CapturingCheckpoint) {
      self.epoch = epoch
      self.owner = owner
    }

    func write(_ bytes: [UInt8], to section: String) {
      owner.beforeWriting(epoch)
      sections.withLock { $0[section, default: []] += bytes }
    }

    func finish() {
      let sections = sections.withLock { $0 }
      owner.finished.withLock { $0[epoch] = sections }
    }

    func abandon() {}
  }
}
