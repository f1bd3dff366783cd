import Foundation
import Synchronization
import Testing
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillRuntime
import TidemillStorage
import TidemillTesting

/// A sink that notes what was durable when it was written to.
private final class WitnessSink: Sink {
  let durable = Mutex<[(epoch: UInt64, synced: Bool)]>([])
  private let isSynced: @Sendable () -> Bool

  init(isSynced: @escaping @Sendable () -> Bool) { self.isSynced = isSynced }

  var description: String { "witness" }
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {}
  func write(_ batch: Batch, epoch: Epoch) async throws {
    let isSynced = isSynced()
    durable.withLock { $0.append((epoch.number, isSynced)) }
  }
  func close() async throws {}
}

/// A sink that fails as often as it is told, before or after it has taken the epoch.
final class FailingSink: Sink {
  private let failures: Mutex<Int>
  private let error: any Error
  private let base: any Sink
  private let takesFirst: Bool

  init(_ base: any Sink, failures: Int, error: any Error, takesFirst: Bool) {
    self.base = base
    self.failures = Mutex(failures)
    self.error = error
    self.takesFirst = takesFirst
  }

  var description: String { "failing sink" }
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await base.open(shape, lastEpoch: lastEpoch) }
  func write(_ batch: Batch, epoch: Epoch) async throws {
    let fails = failures.withLock { left in
      left -= batch.count > 0 ? 1 : 0
      return left >= 0 && batch.count > 0
    }
    if fails && !takesFirst { throw error }
    try await base.write(batch, epoch: epoch)
    if fails { throw error }
  }
  func close() async throws { try await base.close() }
}

@Suite struct DurabilityTests {
  @Test func noSinkSeesAnEpochBeforeItsRecordIsDurable() async throws {
    let events = try EventStream((.update, EventStream.perMinute), (.append, "SELECT k, v FROM events"))
    let log = Mutex<(isDirty: Bool, syncs: Int)>((false, 0))
    events.disk.onFailPoint { point in
      guard point.kind == "epochs-#.log", point.moment == .after else { return }
      log.withLock { log in
        if point.operation == .write { log.isDirty = true }
        if point.operation == .sync {
          log.isDirty = false
          log.syncs += 1
        }
      }
    }
    let witness = WitnessSink { log.withLock { !$0.isDirty && $0.syncs > 0 } }
    events.makeSink = { $0 == "q0" ? witness : nil }
    let job = try events.start(onDisk: true)
    for epoch in 0..<5 {
      events.arrive(("a", 1, epoch * 10))
      try await job.settle()
    }
    let seen = witness.durable.withLock { $0 }
    #expect(seen.map { $0.epoch } == [1, 2, 3, 4, 5])
    #expect(seen.allSatisfy { $0.synced })
  }

  @Test(arguments: [false, true], [false, true])
  func aSinkThatFailsStopsTheJobAndTheNextRunGoesOn(takesFirst: Bool, isRetryable: Bool) async throws {
    let events = try EventStream((.update, EventStream.perMinute), (.append, "SELECT k, v FROM events"))
    let target = MemorySink()
    let failing = FailingSink(
      target, failures: 1, error: TidemillError(.io, "the target is gone", isRetryable: isRetryable), takesFirst: takesFirst)
    events.makeSink = { $0 == "q1" ? failing : nil }
    events.arrive(("a", 1, 1))
    do {
      let job = try events.start(onDisk: true)
      let error = await #expect(throws: TidemillError.self) { try await job.job.run() }
      #expect(error?.message == "the target is gone")
      #expect(error?.isRetryable == isRetryable)
    }
    events.arrive(("a", 2, 2))
    let job = try events.start(onDisk: true)
    try await job.settle()
    #expect(target.rows.map { EventStream.text($0) } == ["a 1", "a 2"])
    #expect(events.rows("q0") == ["a [0,60) 1", "a [0,60) 3"])
    let totals = await job.job.totals
    #expect(totals.map(\.ledger.rowsIn) == [2, 2])
  }

  @Test func aJobThatFailedInAnEpochRefusesToGoOn() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    events.options.lanes = 3
    let job = try events.start(onDisk: true)
    for second in 0..<40 { events.arrive(("a", 1, second)) }
    events.input.fail(next: 1)
    await #expect(throws: TidemillError.self) { try await job.job.step() }
    await #expect(throws: TidemillError.self, "half an epoch may be in its state") { try await job.job.step() }
    try await events.start(onDisk: true).settle()
    #expect(events.rows() == ["a [0,60) 40"])
  }

  @Test func aSourceThatCannotSayWhatThereIsMayBeAskedAgain() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    let source = FlakySource(events.input.source())
    let job = try events.start(source: source)
    events.arrive(("a", 1, 1))
    source.failures.withLock { $0 = 1 }
    await #expect(throws: TidemillError.self) { try await job.job.step() }
    try await job.settle()
    #expect(events.rows() == ["a [0,60) 1"])
  }

  /// Where a disk is full: bytes of room, so that the log's first record, the sink's file or the snapshot does not fit.
  @Test(arguments: [20, 60, 100, 150, 200, 300, 400, 600, 900])
  func aFullDiskStopsTheJobAndRoomLetsItGoOn(room: Int) async throws {
    let events = try EventStream((.append, "SELECT k, v FROM events"), (.update, EventStream.perMinute))
    events.makeSink = { [disk = events.disk] name in name == "q0" ? fileSink("out", on: disk) : nil }
    do {
      let job = try events.start(onDisk: true)
      try await job.job.open()
      events.disk.setRoom(room)
      events.arrive(("a", 1, 1), ("b", 1, 2))
      let error = await #expect(throws: TidemillError.self) {
        for epoch in 0..<20 {
          try await job.settle()
          events.arrive(("c", 1, epoch * 10))
        }
        try await job.stop()
      }
      #expect(error?.code == .io)
      #expect(error?.isRetryable == true)
      #expect(error?.hint?.contains("make room") == true)
    }
    events.disk.setRoom(nil)
    let job = try events.start(onDisk: true)
    try await job.settle()
    let rows = try visible("out", on: events.disk)
    #expect(rows.count == events.input.count)
    #expect(await job.job.totals.map(\.ledger.rowsIn) == [events.input.count, events.input.count])
    try await job.stop()
  }

  @Test func aFileThatIsFoundAndNotWrittenAgainSurvivesTheNextPowerFailure() async throws {
    for seed in UInt64(0)..<20 {
      let events = try EventStream((.append, "SELECT k, v FROM events"))
      events.makeSink = { [disk = events.disk] _ in fileSink("out", on: disk) }
      events.disk.onFailPoint { point in
        if point == FailPoint(.rename, "_tmp-part-#.json", .after) { throw SimulatedCrash(at: point) }
      }
      events.arrive(("a", 1, 1))
      await #expect(throws: SimulatedCrash.self) { try await events.start(onDisk: true).settle() }
      // Only the process died: the new one finds the file, and its name is not durable yet.
      events.disk.onFailPoint(nil)
      events.disk.restart()
      try await events.start(onDisk: true).settle()
      events.arrive(("b", 1, 2))
      events.disk.onFailPoint { point in
        if point == FailPoint(.create, "_tmp-part-#.json", .before) { throw SimulatedCrash(at: point) }
      }
      await #expect(throws: SimulatedCrash.self) { try await events.start(onDisk: true).settle() }
      events.disk.onFailPoint(nil)
      events.disk.crash(seed: seed)
      try await events.start(onDisk: true).settle()
      let rows = try visible("out", on: events.disk)
      #expect(rows == ["{\"k\":\"a\",\"v\":1}", "{\"k\":\"b\",\"v\":1}"], "seed \(seed)")
    }
  }

  @Test func snapshotsAreTakenInTheBackgroundAndShortenTheLog() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    events.options.snapshotByteInterval = 1
    let job = try events.start(onDisk: true)
    for epoch in 0..<12 {
      events.arrive(("a", 1, epoch))
      try await job.settle()
    }
    try await job.stop()
    #expect(events.progress.all.last!.snapshotsWritten > 0)
    let names = try events.disk.names(in: "job")
    #expect(names.filter { $0.hasPrefix("snapshot-") }.count == 2, "\(names)")
    #expect(names.filter { $0.hasPrefix("epochs-") }.count <= 2, "\(names)")
    #expect(events.input.releasedCount > 0)
    #expect(events.input.releasedCount < 12, "the older of the kept snapshots may still be needed")
    let read = events.input.readCount
    try await events.start(onDisk: true).settle()
    #expect(events.input.readCount == read, "nothing has to be read again after a clean stop")
  }

  @Test func aRestartedJobReleasesFromItsFirstSnapshotOn() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    for epoch in 0..<3 {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, epoch))
      try await job.settle()
      try await job.stop()
      #expect(events.input.releasedCount == epoch)
    }
  }

  @Test func withoutACheckpointInputIsReleasedAtOnce() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 1), ("b", 1, 2))
    try await job.settle()
    #expect(events.input.releasedCount == 2)
  }

  @Test func snapshotsAreDueByTimeOnlyWhenThereWasInput() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    let job = try events.start(onDisk: true)
    events.arrive(("a", 1, 1))
    try await job.settle()
    #expect(try events.disk.names(in: "job").filter { $0.hasPrefix("snapshot-") }.isEmpty)
    events.clock.advance(by: .seconds(10))
    events.arrive(("a", 1, 2))
    try await job.settle()
    try await job.stop()
    #expect(events.sinks["q0"]!.epochs.count == 2)
  }

  @Test(arguments: [FileOperation.lock, .create, .open, .createDirectory, .rename])
  func aPlaceThatCannotBeWrittenIsSaidWithWhatToDo(operation: FileOperation) {
    for code in [EROFS, EACCES, EPERM] {
      let error = #expect(throws: TidemillError.self) {
        try translatingStorageErrors { throw FileError(operation, "state/LOCK", code: code) }
      }
      #expect(error?.message.contains("state/LOCK") == true)
      #expect(error?.hint?.contains("let this user write there") == true)
    }
    // What may not be read is no matter of writing.
    #expect(!FileError(.read, "state/LOCK", code: EACCES).isReadOnly)
  }
}

/// A source that fails to look.
private final class FlakySource: Source {
  private let base: any Source
  let failures = Mutex(0)

  init(_ base: any Source) { self.base = base }

  var description: String { base.description }
  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    let fails = failures.withLock { left in
      left -= 1
      return left >= 0
    }
    if fails { throw TidemillError(.io, "the listing failed", isRetryable: true) }
    return try await base.nextSlice(after: position, byteLimit: byteLimit, isFinal: isFinal)
  }
  func tasks(for slice: SourceSlice) throws -> [any ReadTask] { try base.tasks(for: slice) }
  func waitForInput(timeout: Duration) async throws {}
}
