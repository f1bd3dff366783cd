import Foundation
import Testing
import Tidemill
import TidemillConnectors
import TidemillTesting

@testable import TidemillRuntime

/// Outputs that get their changes at most once in so long of the clock.
@Suite struct OutputRhythmTests {
  static let perKey = "SELECT k, sum(v) AS total FROM events GROUP BY k"

  private func seconds(_ time: EventTime?) -> Int64? {
    time.map { ($0.microseconds - EventStream.noon.microseconds) / 1_000_000 }
  }

  @Test func anOutputGetsItsChangesAtMostOnceInItsInterval() async throws {
    let events = try EventStream(with: ", every '10 seconds'", beside: [.append], (.update, EventStream.perMinute))
    let job = try events.start()
    // What comes first does not wait.
    events.arrive(("a", 1, 5))
    try await job.settle()
    #expect(events.rows() == ["a [0,60) 1"])
    for value in [2, 4] {
      events.arrive(("a", Int64(value), 6), ("b", Int64(value), 80 + value))
      try await job.advance(by: .seconds(4))
    }
    #expect(events.rows() == ["a [0,60) 1"])
    // The output beside it gets each epoch.
    #expect(events.rows("q0_append") == ["a [0,60) 3"])
    let last = try #require(events.progress.all.last)
    #expect(last.sinks.map(\.numOutputRows) == [0, 0])
    #expect(last.sinks.map(\.every) == [.seconds(10), nil])
    // What the sink has of a, what a is, and b.
    #expect(last.sinks.map(\.numHeldRows) == [3, 0])
    #expect(last.sinks.map { seconds($0.due) } == [10, nil])
    #expect(last.stateOperators.map(\.name) == ["aggregate", "held"])
    // Nothing arrives any more.
    #expect(try await job.advance(by: .seconds(1)) == 0)
    #expect(try await job.advance(by: .seconds(1)) == 1)
    #expect(events.rows() == ["a [0,60) 1", "a [0,60) 3", "b [60,120) 6"])
    #expect(try await job.advance(by: .seconds(30)) == 0)
    let numbers = try #require(events.sinks["q0"]).epochs.map(\.epoch.number)
    #expect(numbers == numbers.sorted())
    #expect(events.progress.all.last?.sinks[0].due == nil)
  }

  @Test func progressTellsWhatIsHeldAsJSON() async throws {
    let events = try EventStream(with: ", every '10 seconds'", (.update, Self.perKey))
    let job = try events.start()
    for value in 1...2 {
      events.arrive(("a", Int64(value), 5))
      try await job.settle()
    }
    let json = try #require(events.progress.all.last).json
    #expect(
      json.contains(
        #""sinks":[{"description":"memory","outputMode":"update","numOutputRows":0,"every":"10 seconds","#
          + #""numHeldRows":2,"due":"2024-01-01T12:00:10Z"}]"#), "\(json)")
    _ = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test func whatIsAsItWasIsNeitherHeldNorGiven() async throws {
    let events = try EventStream(with: ", every '10 seconds'", (.update, Self.perKey))
    let job = try events.start()
    for value in [1, 5, -5] {
      events.arrive(("a", Int64(value), 5))
      try await job.settle()
    }
    #expect(events.progress.all.last?.sinks[0].numHeldRows == 0)
    #expect(try await job.advance(by: .seconds(20)) == 0, "there is nothing to give")
    // Nothing was given since the first epoch, so nothing waits.
    events.arrive(("a", 7, 5))
    try await job.settle()
    #expect(events.rows() == ["a 1", "a 8"])
  }

  @Test func completeResultsAreWrittenOnlyWhenTheyAreDue() async throws {
    let events = try EventStream(with: ", every '1 minute'", (.complete, Self.perKey))
    let job = try events.start()
    for value in 1...3 {
      events.arrive(("a", Int64(value), 5))
      try await job.settle()
    }
    #expect(events.rows() == ["a 1"])
    #expect(seconds(events.progress.all.last?.sinks[0].due) == 60)
    try await job.advance(by: .minutes(1))
    #expect(events.rows() == ["a 1", "a 6"])
    #expect(try await job.advance(by: .minutes(5)) == 0)
  }

  @Test func whatIsHeldComesWhenTheJobEnds() async throws {
    for trigger in [Trigger.asap, .availableNow, .once] {
      let events = try EventStream(
        with: ", every '1 hour'", beside: [.append], (.update, EventStream.perMinute))
      events.options.trigger = trigger
      events.options.epochByteLimit = SimulatedInput.rowBytes
      events.arrive(("a", 1, 5), ("a", 2, 6), ("a", 4, 7))
      let job = try events.start(onDisk: true)
      if trigger == .asap {
        try await job.settle()
        #expect(events.rows() == ["a [0,60) 1"])
        try await job.stop()
      } else {
        #expect(try await job.job.run() == .finished)
      }
      #expect(events.rows() == ["a [0,60) 1", "a [0,60) 7"], "\(trigger)")
      // It has it, and gets it no second time.
      let later = try EventStream(
        after: events, with: ", every '1 hour'", beside: [.append], (.update, EventStream.perMinute))
      let again = try later.start(onDisk: true)
      try await again.settle()
      later.clock.advance(by: .hours(2))
      try await again.settle()
      #expect(later.rows() == [], "\(trigger)")
    }
  }

  @Test func aWaitingJobWakesWhenAnOutputIsDue() async throws {
    let events = try EventStream(with: ", every '10 seconds'", (.update, Self.perKey))
    events.arrive(("a", 1, 5))
    let job = try events.start()
    try await job.settle()
    events.arrive(("a", 2, 5))
    let run = Task { try await job.job.run() }
    while events.progress.all.count < 2 { await Task.yield() }
    await events.clock.waitForSleeper()
    #expect(seconds(events.clock.nextDeadline) == 10)
    events.clock.advance(by: .seconds(10))
    while events.rows().count < 2 { await Task.yield() }
    #expect(events.rows() == ["a 1", "a 3"])
    await job.job.stop()
    #expect(try await run.value == .stopped)
  }

  @Test func aClockThatIsSetBackHoldsNothingForLonger() async throws {
    let events = try EventStream(with: ", every '10 seconds'", (.update, Self.perKey))
    let job = try events.start()
    for value in 1...2 {
      events.arrive(("a", Int64(value), 5))
      try await job.settle()
    }
    events.clock.set(EventStream.noon + .hours(-5))
    // An epoch takes note, and counts anew.
    #expect(try await job.settle() == 1)
    #expect(events.rows() == ["a 1"])
    try await job.advance(by: .seconds(10))
    #expect(events.rows() == ["a 1", "a 3"])
  }

  @Test(arguments: ["", ", every '1 second'", ", every '1 hour'"])
  func anotherIntervalGoesOnWithWhatIsHeld(options: String) async throws {
    for takesSnapshot in [false, true] {
      let events = try EventStream(with: ", every '1 minute'", (.append, "SELECT k, v FROM events"))
      if takesSnapshot { events.options.snapshotByteInterval = 1 }
      var job: JobDriver? = try events.start(onDisk: true)
      for value in 1...3 {
        events.arrive(("a", Int64(value), value))
        try await job!.settle()
      }
      #expect(events.rows() == ["a 1"])
      // The process dies, and nothing of it goes on in the background.
      try await job!.job.snapshotInProgress?.value
      job = nil
      let later = try EventStream(after: events, with: options, (.append, "SELECT k, v FROM events"))
      let sink = events.sinks["q0"]
      later.makeSink = { _ in sink }
      let again = try later.start(onDisk: true)
      try await again.advance(by: .seconds(2))
      let isDue = options != ", every '1 hour'"
      #expect(events.rows() == (isDue ? ["a 1", "a 2", "a 3"] : ["a 1"]), "\(options)")
      later.arrive(("a", 4, 4))
      try await again.advance(by: .seconds(3600))
      #expect(events.rows() == ["a 1", "a 2", "a 3", "a 4"], "\(options)")
      try await again.stop()
    }
  }

  @Test func whatIsHeldInAnotherModeIsNotLost() async throws {
    let events = try EventStream(with: ", every '1 minute'", (.append, EventStream.perMinute))
    events.options.snapshotByteInterval = 1
    var job: JobDriver? = try events.start(onDisk: true)
    for at in [5, 100, 200, 300] {
      events.arrive(("a", 1, at))
      try await job!.settle()
    }
    #expect(events.progress.all.last?.sinks[0].numHeldRows == 2)
    try await job!.job.snapshotInProgress?.value
    job = nil
    let later = try EventStream(after: events, (.update, EventStream.perMinute))
    let error = try await #require(throws: TidemillError.self) { try await later.start(onDisk: true).settle() }
    #expect(error.message.contains("holds changes back for the output q0 in append mode"), "\(error)")
  }

  @Test func whatIsHeldForAnOutputThatIsGoneIsNotLost() async throws {
    let events = try EventStream(beside: [.append], besideWith: ", every '1 minute'", (.update, EventStream.perMinute))
    events.options.snapshotByteInterval = 1
    var job: JobDriver? = try events.start(onDisk: true)
    for at in [5, 100, 200, 300] {
      events.arrive(("a", 1, at))
      try await job!.settle()
    }
    #expect(events.progress.all.last?.sinks[1].numHeldRows == 2)
    try await job!.job.snapshotInProgress?.value
    job = nil
    let without = try EventStream(after: events, (.update, EventStream.perMinute))
    let error = try await #require(throws: TidemillError.self) { try await without.start(onDisk: true).settle() }
    #expect(error.message.contains("holds 2 rows back for the output q0_append, which is not there any more"), "\(error)")
  }

  @Test func intervalsThatAreNoneAreRefusedWhereTheyStand() throws {
    func problem(_ every: String) throws -> String? {
      let script = """
        CREATE STREAM s (k STRING) USING json OPTIONS (path 'in'); CREATE SINK a USING json OPTIONS (path 'a');
        INSERT INTO a WITH (every '\(every)') SELECT k, count(*) AS n FROM s GROUP BY k
        """
      do { _ = try Session().plan(script) } catch let error as TidemillError {
        let range = try #require(error.range)
        #expect(String(decoding: Array(script.utf8)[range.lowerBound..<range.upperBound], as: UTF8.self) == "every '\(every)'")
        return error.message
      }
      return nil
    }
    #expect(try problem("10 seconds") == nil)
    for text in ["0 seconds", "-1 minute", "soon", "1 month", ""] {
      #expect(try problem(text) == "every cannot be '\(text)'")
    }
  }

  @Test func explainNamesTheInterval() throws {
    let plan = try Session().plan(
      """
      CREATE STREAM s (k STRING) USING json OPTIONS (path 'in'); CREATE SINK a USING json OPTIONS (path 'a');
      CREATE SINK b USING json OPTIONS (path 'b');
      EXPLAIN INSERT INTO a WITH (every '90 seconds') SELECT k, count(*) AS n FROM s GROUP BY k;
      EXPLAIN INSERT INTO a, b WITH (every '1 hour') SELECT k, count(*) AS n FROM s GROUP BY k
      """)
    #expect(plan.explanations[0].hasPrefix("Output update key=[k] every 90 seconds to a\n  "))
    #expect(plan.explanations[1].hasPrefix("Output update key=[k] to a\nOutput update key=[k] every 1 hour to b\n  "))
  }

  @Test func aChainInSwiftHasAnIntervalToo() async throws {
    let session = Session()
    let clicks = session.memoryStream("clicks", schema: Schema(Field("user", .string)))
    let sink = MemorySink()
    let clock = ManualClock()
    let writer = session.table("clicks").groupBy("user").count().writeStream
      .every(.seconds(10)).to(sink).options { $0.clock = clock }
    await #expect(throws: TidemillError.self) { try await writer.every(.zero).start() }
    let query = try await writer.start()
    func push() async {
      let before = await query.lastEpoch
      clicks.push([[.string("ada")]])
      while await query.lastEpoch == before { await Task.yield() }
    }
    for _ in 0..<3 { await push() }
    await query.stop()
    try await query.awaitTermination()
    #expect(sink.rows == [[.string("ada"), .integer(1)], [.string("ada"), .integer(3)]])
  }

  // MARK: At random

  /// The result after some epochs of a sink.
  private func table(_ sink: MemorySink, through epoch: Epoch) -> [String] {
    var table = StreamDriverTable(key: sink.shape?.mode == .update ? sink.shape?.key : nil)
    for (number, batch) in sink.epochs where number <= epoch {
      do { _ = try table.apply(batch) } catch { Issue.record("epoch \(number): \(error)") }
    }
    return table.rows.map { "\($0.map(\.description))" }.sorted()
  }

  /// At each delivery a slow output has what one has that gets each epoch, whatever happened to the job in between; and it never
  /// gets one too soon.
  @Test(arguments: UInt64(0)..<24)
  func aSlowOutputHasTheSameResultWhenItIsGiven(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let queries: [(OutputMode, String)] = [
      (.update, "SELECT k, sum(v) AS total FROM events GROUP BY k HAVING sum(v) > 3"), (.update, EventStream.perMinute),
      (.append, EventStream.perMinute),
      (.update, "SELECT sum(v) AS total FROM events GROUP BY k"),
      (
        .update,
        "SELECT k, session_window(ts, '20 seconds') AS w, count(*) AS n FROM events GROUP BY k, session_window(ts, '20 seconds')"
      ),
      (
        .update,
        "SELECT k, w, total FROM (\(EventStream.perMinute)) QUALIFY row_number() OVER (PARTITION BY w ORDER BY total DESC) <= 1"
      ),
    ]
    let (mode, sql) = queries[Int(seed) % queries.count]
    let interval = [1, 7, 40][random.number(0...2)]
    func make(_ earlier: EventStream?) throws -> EventStream {
      let events = try EventStream(
        after: earlier, with: ", every '\(interval) seconds'", beside: [mode == .append ? .append : .update], (mode, sql))
      events.options.snapshotByteInterval = SimulatedInput.rowBytes * 20
      if let earlier { events.makeSink = { earlier.sink($0) } }
      return events
    }
    var events = try make(nil)
    var job: JobDriver? = try events.start(onDisk: true)
    var given: [(epoch: Epoch, time: EventTime)] = []
    var time = 0
    let (slow, quick) = (try #require(events.sinks["q0"]), try #require(events.sinks["q0_\(mode)"]))
    for round in 0..<60 {
      let before = slow.epochs.count { $0.batch.count > 0 }
      var stops = false
      switch random.number(0...9) {
      case 0...5:
        time += random.number(0...6) * (mode == .append ? 8 : 1)
        let key = ["a", "b", "c"][random.number(0...2)]
        events.arrive((key, Int64(random.number(-2...4)), max(0, time - random.number(0...9))))
        try await job!.settle()
      case 6...8: try await job!.advance(by: .seconds(Int64(random.number(0...15))))
      default:
        stops = random.once(in: 2)
        if stops { try await job!.stop() }
        try await job!.job.snapshotInProgress?.value
        job = nil
        events = try make(events)
        job = try events.start(onDisk: true)
        try await job!.settle()
      }
      for (epoch, batch) in slow.epochs.filter({ $0.batch.count > 0 }).dropFirst(before) {
        #expect(table(slow, through: epoch) == table(quick, through: epoch), "seed \(seed), round \(round): \(batch.rows)")
        if let last = given.last, !stops {
          #expect(events.clock.now() >= last.time + .seconds(Int64(interval)), "seed \(seed), round \(round)")
        }
        given.append((epoch, events.clock.now()))
      }
    }
    try await job!.stop()
    let last = try #require(quick.epochs.last).epoch
    #expect(table(slow, through: last) == table(quick, through: last), "seed \(seed), at the end")
    #expect(given.count > 2)
  }
}
