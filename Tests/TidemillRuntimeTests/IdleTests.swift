import Testing
import Tidemill
import TidemillTesting

/// Streams in which nothing comes any more still close their windows, by the recorded clock.
@Suite struct IdleTests {
  @Test func theLastWindowClosesWhenTheClockHasMovedOnFarEnough() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 5))
    try await job.settle()
    // Highest event time 5, delay 10: the window that ends at 60 closes 65 seconds after the source was found empty.
    #expect(try await job.advance(by: .seconds(60)) == 1, "the partition becomes idle")
    #expect(events.rows().isEmpty)
    try await job.advance(by: .seconds(4))
    #expect(events.rows().isEmpty)
    #expect(try await job.advance(by: .seconds(1)) == 1)
    #expect(events.rows() == ["a [0,60) 1"])
    #expect(try await job.advance(by: .hours(5)) == 0, "with nothing open an idle stream runs no epochs")
  }

  @Test func aStreamIsNotIdleBeforeAMinute() async throws {
    let events = try EventStream(delay: "0 seconds", (.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 59))
    try await job.settle()
    try await job.advance(by: .seconds(59))
    #expect(events.rows().isEmpty)
    try await job.advance(by: .seconds(1))
    #expect(events.rows() == ["a [0,60) 1"])
  }

  @Test func aStreamIsNeverIdleSoonerThanItsDelay() async throws {
    let events = try EventStream(delay: "5 minutes", partitions: 2, (.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 10), partition: 1)
    events.arrive(("b", 1, 20), partition: 0)
    try await job.settle()
    for minute in 1...4 {
      events.arrive(("c", 1, 1000 + minute), partition: 0)
      try await job.advance(by: .minutes(1))
    }
    #expect(events.rows().isEmpty, "after four minutes the empty partition still holds the watermark")
    events.arrive(("c", 1, 1010), partition: 0)
    try await job.advance(by: .minutes(1))
    #expect(events.rows().sorted() == ["a [0,60) 1", "b [0,60) 1"])
  }

  @Test func anIdlePartitionDoesNotHoldTheOthersBack() async throws {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 1), partition: 0)
    events.arrive(("b", 1, 2), partition: 1)
    try await job.settle()
    events.arrive(("a", 1, 200), partition: 0)
    try await job.advance(by: .seconds(30))
    #expect(events.rows().isEmpty)
    #expect(try await job.advance(by: .seconds(30)) >= 1, "becoming idle is an epoch of its own")
    #expect(events.rows().sorted() == ["a [0,60) 1", "b [0,60) 1"])
  }

  @Test func rowsThatWakeAnIdleStreamAreJudgedByTheirOwnTimes() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    events.keepsLate = true
    let job = try events.start()
    events.arrive(("a", 1, 5))
    try await job.settle()
    events.clock.advance(by: .minutes(10))
    // It has been empty for ten minutes, but not any more: the watermark is 600 - 10, not 600 + 600 - 10.
    events.arrive(("b", 1, 600))
    try await job.settle()
    events.arrive(("c", 1, 595), ("d", 1, 660))
    try await job.settle()
    #expect(events.rows("late").isEmpty)
    #expect(events.progress.all.last?.watermark == EventStream.noon + .seconds(650))
    #expect(events.rows() == ["a [0,60) 1", "c [540,600) 1"])
  }

  @Test func aWakingPartitionHoldsTheWatermarkAgain() async throws {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 1), partition: 0)
    events.arrive(("b", 1, 2), partition: 1)
    try await job.settle()
    events.arrive(("a", 1, 70), partition: 0)
    try await job.advance(by: .seconds(61))
    events.arrive(("b", 1, 100), partition: 1)
    events.arrive(("a", 1, 400), partition: 0)
    try await job.settle()
    #expect(events.progress.all.last?.watermark == EventStream.noon + .seconds(90))
  }

  /// A job in which partition 1 was idle when the window that ends at 60 closed: q0 has given it, the watermark is 90.
  private func closedBesideAnIdlePartition(onDisk: Bool = false) async throws -> (EventStream, JobDriver) {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    events.keepsLate = true
    let job = try events.start(onDisk: onDisk)
    events.arrive(("a", 1, 1), partition: 0)
    events.arrive(("b", 1, 2), partition: 1)
    try await job.settle()
    events.arrive(("a", 1, 100), partition: 0)
    try await job.advance(by: .seconds(61))
    #expect(events.rows().sorted() == ["a [0,60) 1", "b [0,60) 1"])
    return (events, job)
  }

  @Test func aPartitionThatARejectedRowWokeDoesNotOpenAClosedWindowAgain() async throws {
    let (events, job) = try await closedBesideAnIdlePartition()
    events.input.arrive([.rejected(.malformed, "an open brace")], partition: 1)
    try await job.settle()
    events.arrive(("b", 5, 3), ("b", 7, 95), partition: 1)
    events.arrive(("a", 1, 200), partition: 0)
    try await job.settle()
    events.arrive(("b", 1, 200), partition: 1)
    try await job.settle()
    #expect(events.rows("late") == ["b 5 2024-01-01T12:00:03Z q0"])
    #expect(events.rows().dropFirst(2).sorted() == ["a [60,120) 1", "b [60,120) 7"])
  }

  @Test(arguments: [false, true])
  func aPartitionThatARestartWokeDoesNotOpenAClosedWindowAgain(isStopped: Bool) async throws {
    let (events, first) = try await closedBesideAnIdlePartition(onDisk: true)
    // Without a snapshot the epochs run again, with the idle times that were recorded.
    if isStopped { try await first.stop() }
    let job = try events.start(onDisk: true)
    // Its idle timers begin anew: partition 1 counts again before it has any row.
    events.arrive(("a", 1, 110), partition: 0)
    try await job.settle()
    events.arrive(("b", 5, 3), ("b", 7, 95), partition: 1)
    try await job.settle()
    events.arrive(("a", 1, 200), partition: 0)
    events.arrive(("b", 1, 200), partition: 1)
    try await job.settle()
    #expect(events.rows("late") == ["b 5 2024-01-01T12:00:03Z q0"])
    #expect(events.rows().dropFirst(2).sorted() == ["a [60,120) 2", "b [60,120) 7"])
  }

  @Test func downtimeDoesNotCount() async throws {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    do {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, 5), partition: 0)
      try await job.settle()
      // Dropped here: no snapshot, so that the next start runs the epoch again.
    }
    events.clock.advance(by: .days(1))
    let job = try events.start(onDisk: true)
    try await job.settle()
    #expect(events.rows().isEmpty)
    try await job.advance(by: .seconds(59))
    #expect(events.rows().isEmpty)
    try await job.advance(by: .seconds(10))
    #expect(events.rows() == ["a [0,60) 1"])
  }

  @Test(arguments: [false, true])
  func aRestartedJobClosesWhatItHeldOpen(isStopped: Bool) async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    do {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, 5))
      try await job.settle()
      if isStopped { try await job.stop() }
    }
    let job = try events.start(onDisk: true)
    try await job.settle()
    try await job.advance(by: .seconds(65))
    #expect(events.rows() == ["a [0,60) 1"])
  }

  @Test func aReplayClosesTheSameWindowsInTheSameEpochs() async throws {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    let job = try events.start(onDisk: true)
    for step in 0..<6 {
      events.arrive(("a", 1, step * 50), partition: 0)
      if step % 3 == 0 { events.arrive(("b", 1, step * 40), partition: 1) }
      try await job.advance(by: .seconds(45))
    }
    try await job.advance(by: .minutes(20))
    try await job.stop()
    let live = events.sinks["q0"]!.epochs.map { ($0.epoch, $0.batch.rows) }
    #expect(events.rows().count > 3)
    events.clock.advance(by: .days(30))
    _ = try await events.replay()
    let again = events.sinks["q0"]!.epochs.map { ($0.epoch, $0.batch.rows) }
    #expect(live.elementsEqual(again, by: ==))
  }

  @Test(arguments: [
    EventStream.perMinute,
    "SELECT k, session_window(ts, '1 minute') AS w, sum(v) AS total FROM events GROUP BY k, session_window(ts, '1 minute')",
  ])
  func anIdleJobInCompleteModeComesToRest(sql: String) async throws {
    let events = try EventStream((.complete, sql))
    let job = try events.start()
    events.arrive(("a", 1, 5))
    try await job.settle()
    #expect(try await job.advance(by: .minutes(5)) == 0)
    #expect(try await job.advance(by: .hours(5)) == 0)
  }

  @Test func aSessionClosesWhenTheIdleClockIsPastIt() async throws {
    let events = try EventStream(
      (
        .append,
        "SELECT k, session_window(ts, '30 seconds') AS w, count(*) AS n FROM events "
          + "GROUP BY k, session_window(ts, '30 seconds')"
      ))
    let job = try events.start()
    events.arrive(("a", 1, 50))
    try await job.settle()
    try await job.advance(by: .seconds(60))
    // Its end is 80: the watermark must be past that, 50 + 40 - 10 is not.
    #expect(events.rows() == ["a [50,80) 1"])
    #expect(events.progress.all.last?.watermark == EventStream.noon + .seconds(100))
  }

  @Test func settingTheMachinesTimeNeitherClosesWindowsNorHoldsThemBack() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 5))
    try await job.settle()
    events.clock.set(events.clock.now() + .hours(5))
    #expect(try await job.advance(by: .seconds(30)) == 0)
    events.clock.set(events.clock.now() + .hours(-48))
    #expect(try await job.advance(by: .seconds(30)) == 1, "the partition becomes idle after a minute")
    #expect(events.rows().isEmpty)
    #expect(try await job.advance(by: .seconds(5)) == 1)
    #expect(events.rows() == ["a [0,60) 1"])
  }

  @Test func aRunningJobWakesItselfToCloseTheLastWindow() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    let clock = ManualClock()
    let sink = MemorySink()
    let query = try await session.table("events").withWatermark("ts", "10 seconds")
      .groupBy("k", window("ts", "1 minute")).agg(sum("v"))
      .writeStream.outputMode(.append).to(sink).options { $0.clock = clock }.start()
    await clock.waitForSleeper()
    stream.push([EventStream.row("a", 1, 5)])
    while await query.lastEpoch == .none { await Task.yield() }
    await clock.waitForSleeper()
    // Wherever it is in its loop, time goes on until it has seen enough of it.
    while sink.rows.isEmpty {
      if clock.sleeperCount > 0 { clock.advance(by: .seconds(5)) }
      await Task.yield()
    }
    #expect(sink.rows.map { EventStream.text($0) } == ["a [0,60) 1"])
    await query.stop()
    #expect(try await query.awaitTermination() == .stopped)
  }
}
