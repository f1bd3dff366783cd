import Synchronization
import Testing
import Tidemill
import TidemillConnectors
import TidemillTesting

@Suite struct TriggerTests {
  @Test func onceClosesEveryWindowAndLaterRowsOfThemAreLate() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    events.keepsLate = true
    events.options.trigger = .once
    events.arrive(("a", 1, 1), ("b", 2, 70))
    #expect(try await events.start(onDisk: true).job.run() == .finished)
    #expect(events.rows() == ["a [0,60) 1", "b [60,120) 2"])
    events.arrive(("a", 4, 100), ("c", 8, 130))
    #expect(try await events.start(onDisk: true).job.run() == .finished)
    #expect(events.rows() == ["a [0,60) 1", "b [60,120) 2", "c [120,180) 8"])
    #expect(events.rows("late") == ["a 4 2024-01-01T12:01:40Z q0"])
  }

  @Test func availableNowKeepsWindowsOpenForTheNextRun() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    events.options.trigger = .availableNow
    events.options.epochByteLimit = SimulatedInput.rowBytes
    events.arrive(("a", 1, 1), ("a", 2, 2))
    #expect(try await events.start(onDisk: true).job.run() == .finished)
    #expect(events.rows().isEmpty)
    events.arrive(("a", 4, 50), ("a", 8, 130))
    #expect(try await events.start(onDisk: true).job.run() == .finished)
    #expect(events.rows() == ["a [0,60) 7"])
  }

  @Test func aCheckpointMadeByFollowingGoesOnWithOnce() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    do {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, 1))
      try await job.settle()
      try await job.stop()
    }
    events.options.trigger = .once
    events.arrive(("a", 2, 2))
    try await events.start(onDisk: true).job.run()
    #expect(events.rows() == ["a [0,60) 1", "a [0,60) 3"])
    events.options.trigger = .asap
    events.arrive(("a", 4, 3), ("a", 8, 61))
    let job = try events.start(onDisk: true)
    try await job.settle()
    #expect(events.rows() == ["a [0,60) 1", "a [0,60) 3", "a [60,120) 8"], "the first window was closed by the run with once")
    #expect(await job.job.totals[0].ledger.late == 1)
  }

  @Test func onceEndsAlsoWhereThereIsNothing() async throws {
    let events = try EventStream((.complete, "SELECT count(*) AS n FROM events"))
    events.options.trigger = .once
    #expect(try await events.start().job.run() == .finished)
    #expect(events.sinks["q0"]!.epochs.count == 1)
  }

  @Test func anIntervalRunsAtMostOneEpochInSoLong() async throws {
    let clock = ManualClock()
    let stream = MemoryStream("events", schema: EventStream.schema)
    let session = Session()
    session.register(stream)
    let sink = MemorySink()
    let query = try await session.sql("SELECT k, v FROM events").writeStream.outputMode(.append).to(sink)
      .trigger(.interval(.seconds(10))).options { $0.clock = clock }.start()
    stream.push([EventStream.row("a", 1, 1)])
    while sink.rows.count < 1 { await Task.yield() }
    await clock.waitForSleeper()
    // It sleeps until the interval is over, whatever comes.
    stream.push([EventStream.row("a", 2, 1)])
    for _ in 0..<100 { await Task.yield() }
    #expect(sink.rows.count == 1)
    clock.advance(by: .seconds(10))
    while sink.rows.count < 2 { await Task.yield() }
    #expect(sink.epochs.count == 2)
    await query.stop()
    #expect(try await query.awaitTermination() == .stopped)
  }

  @Test func stopFinishesTheEpochThatRuns() async throws {
    let events = try EventStream((.append, "SELECT k, v FROM events"))
    let target = MemorySink()
    let stopping = StoppingSink(target)
    events.makeSink = { _ in stopping }
    events.options.epochByteLimit = SimulatedInput.rowBytes
    events.arrive(("a", 1, 1), ("b", 2, 2), ("c", 3, 3))
    let driver = try events.start(onDisk: true)
    stopping.job.withLock { $0 = driver.job }
    #expect(try await driver.job.run() == .stopped)
    // The epoch behind it may have begun, and then is finished, too.
    let written = target.rows.count
    #expect((1...2).contains(written))
    events.makeSink = { _ in target }
    let read = events.input.readCount
    let job = try events.start(onDisk: true)
    try await job.settle()
    #expect(events.input.readCount - read == 3 - written, "what was committed is not run again")
    #expect(target.rows.map { EventStream.text($0) } == ["a 1", "b 2", "c 3"])
  }

  @Test func aSourceThatEndsJustBeforeTheJobWaitsForItIsNotWaitedFor() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    #expect(try await events.start(source: EndingSource()).job.run() == .finished)
  }

  @Test func aFinishedMemoryStreamClosesEveryWindow() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    stream.push([EventStream.row("a", 1, 1)])
    stream.finish()
    let sink = MemorySink()
    let query = try await session.table("events").withWatermark("ts", "10 seconds")
      .groupBy("k", window("ts", "1 minute")).agg(sum("v")).writeStream.outputMode(.append).to(sink)
      .options { $0.clock = ManualClock() }.start()
    #expect(try await query.awaitTermination() == .finished)
    #expect(sink.rows.map { EventStream.text($0) } == ["a [0,60) 1"])
  }
}

/// A source that ends while the job makes ready to wait for it.
private final class EndingSource: Source {
  private let asked = Mutex(0)

  var description: String { "ending source" }
  var hasEnded: Bool {
    asked.withLock { asked in
      asked += 1
      return asked > 2
    }
  }
  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? { nil }
  func tasks(for slice: SourceSlice) throws -> [any ReadTask] { [] }
  func waitForInput(timeout: Duration) async throws {}
}

/// Stops its job in the middle of its first epoch.
private final class StoppingSink: Sink {
  let job = Mutex<Job?>(nil)
  private let base: any Sink

  init(_ base: any Sink) { self.base = base }

  var description: String { "stopping sink" }
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await base.open(shape, lastEpoch: lastEpoch) }
  func write(_ batch: Batch, epoch: Epoch) async throws {
    await job.withLock { $0 }?.stop()
    try await base.write(batch, epoch: epoch)
  }
  func close() async throws { try await base.close() }
}
