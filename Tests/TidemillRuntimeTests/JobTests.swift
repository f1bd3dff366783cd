import Testing
import Tidemill
import TidemillConnectors
import TidemillStorage
import TidemillTesting

@Suite struct JobTests {
  @Test func severalQueriesOfAStreamReadItOnce() async throws {
    let events = try EventStream(
      (.append, "SELECT k FROM events"), (.update, EventStream.perMinute), (.complete, "SELECT count(*) AS n FROM events"))
    events.options.lanes = 2
    events.arrive(("a", 1, 1), ("b", 2, 2), ("a", 3, 3))
    try await events.start().settle()
    #expect(events.input.readCount == 3)
    #expect(events.rows("q0") == ["a", "b", "a"])
    #expect(events.rows("q1").sorted() == ["a [0,60) 4", "b [0,60) 2"])
    #expect(events.rows("q2") == ["3"])
  }

  @Test func streamsOfAJobHaveWatermarksOfTheirOwn() async throws {
    let one = try EventStream((.append, EventStream.perMinute))
    let two = try EventStream((.append, EventStream.perMinute))
    var second = two.streamInput()
    second.name = "others"
    second.queries[0].name = "q1"
    let job = try JobDriver([one.streamInput(), second], clock: one.clock)
    one.arrive(("a", 1, 1), ("a", 1, 100))
    two.arrive(("b", 1, 1), ("b", 1, 20))
    try await job.settle()
    #expect(one.rows() == ["a [0,60) 1"])
    #expect(two.rows().isEmpty)
    #expect(await job.job.totals.map(\.query) == ["q0", "q1"])
  }

  @Test func overItsMemoryBudgetAJobStopsAndGoesOnWithMore() async throws {
    func feed(_ events: EventStream) {
      for number in 0..<400 { events.arrive(("key \(number) with a name of some length", 1, number / 10)) }
    }
    let unlimited = try EventStream((.update, EventStream.perMinute))
    unlimited.options.epochByteLimit = 50 * SimulatedInput.rowBytes
    feed(unlimited)
    try await unlimited.start().settle()

    let events = try EventStream((.update, EventStream.perMinute))
    events.options = unlimited.options
    events.options.memoryBudget = unlimited.progress.all.last!.stateBytes / 2
    feed(events)
    do {
      let job = try events.start(onDisk: true)
      let error = await #expect(throws: TidemillError.self) { try await job.job.run() }
      #expect(error?.code == .outOfMemory)
      #expect(error?.message.contains("q0") == true)
      #expect(error?.hint?.contains("--memory") == true)
    }
    #expect(events.rows().count < unlimited.rows().count)
    events.options.memoryBudget = nil
    try await events.start(onDisk: true).settle()
    #expect(events.rows().sorted() == unlimited.rows().sorted())
  }

  @Test func anEpochThatNeedsMoreThanTheBudgetIsSeenByNobody() async throws {
    func feed(_ events: EventStream) {
      for number in 0..<400 { events.arrive(("key \(number) with a name of some length", 1, number / 10)) }
    }
    let events = try EventStream((.append, "SELECT k FROM events"), (.update, EventStream.perMinute))
    events.keepsRejected = true
    events.options.memoryBudget = 4096
    feed(events)
    do {
      let job = try events.start(onDisk: true)
      let error = await #expect(throws: TidemillError.self) { try await job.job.run() }
      #expect(error?.code == .outOfMemory)
    }
    #expect(events.sinks.values.allSatisfy { $0.epochs.isEmpty })
    #expect(try events.disk.names(in: "job").filter { $0.hasPrefix("snapshot-") }.isEmpty)
    events.options.memoryBudget = nil
    try await events.start(onDisk: true).settle()
    #expect(events.sinks["q0"]?.epochs.count == 1)
    #expect(events.rows("q0").count == 400)
    #expect(events.rows("q1").count == 400)
  }

  @Test func aStateThatIsOverItsBudgetAfterAnEpochIsKeptInASnapshot() async throws {
    // What DISTINCT remembers is no part of what the lanes gather: only the look after the epoch sees it.
    let sql = "SELECT DISTINCT k, ts FROM events"
    let events = try EventStream((.append, sql))
    events.options.memoryBudget = 4096
    for number in 0..<400 { events.arrive(("key \(number) with a name of some length", 1, number / 10)) }
    do {
      let job = try events.start(onDisk: true)
      let error = await #expect(throws: TidemillError.self) { try await job.job.run() }
      #expect(error?.code == .outOfMemory)
    }
    #expect(events.rows().count == 400)
    #expect(try events.disk.names(in: "job").contains { $0.hasPrefix("snapshot-") })
    let read = events.input.readCount
    events.options.memoryBudget = nil
    let job = try events.start(onDisk: true)
    try await job.settle()
    #expect(events.input.readCount == read, "the snapshot holds what was computed")
    events.arrive(("key 7 with a name of some length", 1, 0), ("key 399 with a name of some length", 1, 39), ("new", 1, 39))
    try await job.settle()
    #expect(events.rows().dropFirst(400) == ["new 2024-01-01T12:00:39Z"])
    #expect(await job.job.totals[0].ledger.duplicate + job.job.totals[0].ledger.late == 2)
  }

  @Test func aSumBeyondItsTypeNamesItsKeyAndLeavesResultsAndCheckpointWhole() async throws {
    let events = try EventStream(
      (.append, "SELECT k, v FROM events"), (.update, "SELECT k, sum(v) AS t FROM events GROUP BY k"))
    events.arrive(("a", .max, 1), ("b", 5, 2))
    do {
      let job = try events.start(onDisk: true)
      try await job.settle()
      events.arrive(("a", 1, 3))
      let error = await #expect(throws: TidemillError.self) { try await job.settle() }
      #expect(error?.code == .outOfRange)
      #expect(error?.message.contains("q1") == true)
      #expect("\(error!)".contains("a") && "\(error!)".contains("try_sum"), "\(error!)")
      await #expect(throws: TidemillError.self) { try await job.job.step() }
      await #expect(throws: TidemillError.self) { try await job.stop() }
    }
    // The same rows give the same error in any process; no query has shown the epoch.
    let again = await #expect(throws: TidemillError.self) { try await events.start(onDisk: true).settle() }
    #expect(again?.code == .outOfRange)
    #expect(events.rows("q0") == ["a \(Int64.max)", "b 5"])
    #expect(events.rows("q1") == ["a \(Int64.max)", "b 5"])
  }

  @Test func aSumThatIsBackInItsRangeWhenItIsShownIsNoError() async throws {
    let events = try EventStream((.update, "SELECT k, sum(v) AS t FROM events GROUP BY k"))
    events.arrive(("a", .max, 1), ("a", .max, 2), ("a", -.max, 3))
    try await events.start().settle()
    #expect(events.rows() == ["a \(Int64.max)"])
  }

  @Test func sparkCompatibilityJudgesAllRowsOfAnEpochByTheWatermarkBeforeIt() async throws {
    for (settings, expected) in [("", ["a [0,60) 1"]), ("SET compatibility = 'spark';\n", ["a [0,60) 5"])] {
      let events = try EventStream(settings: settings, (.append, EventStream.perMinute))
      let job = try events.start()
      events.arrive(("a", 1, 0), ("b", 2, 200), ("a", 4, 10))
      try await job.settle()
      #expect(events.rows() == expected)
      events.arrive(("a", 8, 20))
      try await job.settle()
      #expect(events.rows() == expected)
    }
  }

  @Test(arguments: ["SET ttl = '1 minute';\n", ""])
  func aKeyIsForgottenAfterItsTimeToLive(settings: String) async throws {
    let events = try EventStream(
      settings: settings, with: settings.isEmpty ? ", ttl '1 minute'" : "",
      (.update, "SELECT k, sum(v) AS t FROM events GROUP BY k"))
    let job = try events.start()
    events.arrive(("a", 1, 0), ("b", 1, 0))
    try await job.settle()
    events.arrive(("a", 1, 50))
    try await job.settle()
    events.arrive(("c", 1, 100))
    try await job.settle()
    events.arrive(("a", 1, 101), ("b", 1, 101))
    try await job.settle()
    #expect(events.rows().suffix(2).sorted() == ["a 3", "b 1"])
  }

  @Test func progressHasSparksFieldsAndTheLedger() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let job = try events.start()
    events.input.arrive([.rejected(.malformed, "")])
    events.arrive(("a", 1, 0), ("b", 2, 100), ("late", 1, 5))
    try await job.settle()
    events.clock.advance(by: .seconds(2))
    events.arrive(("b", 2, 101), ("b", 2, 102))
    try await job.settle()
    #expect(events.progress.all.count == 2)
    let first = events.progress.all[0]
    #expect(first.name == "q0")
    #expect(first.batchId == Epoch(1))
    #expect(first.numInputRows == 4)
    #expect(first.numOutputRows == 1)
    #expect(first.numRowsDroppedByWatermark == 1)
    #expect(first.watermark == EventStream.noon + .seconds(90))
    #expect(first.maxEventTime == EventStream.noon + .seconds(100))
    #expect(first.openWindows == 1)
    #expect(first.ledger.rejected == 1)
    let second = events.progress.all[1]
    #expect(second.inputRowsPerSecond == 1)
    #expect(second.totalLedger.rowsIn == 6)
    #expect(second.ledger.rowsIn == 2)
    #expect(second.id == first.id)
    let values = try jsonObject(first.json)
    #expect(values["batchId"] as? Int == 1)
    #expect(values["numInputRows"] as? Int == 4)
    #expect(
      (values["durationMs"] as? [String: Any])?.keys.sorted() == [
        "addBatch", "commitOffsets", "latestOffset", "triggerExecution", "walCommit",
      ])
    #expect((values["eventTime"] as? [String: Any])?["watermark"] as? String == "2024-01-01T12:01:30Z")
    let steps = values["stateOperators"] as? [[String: Any]]
    #expect(steps?.first?["operatorName"] as? String == "aggregate")
    #expect(steps?.first?["numRowsDroppedByWatermark"] as? Int == 1)
    #expect((values["sink"] as? [String: Any])?["numOutputRows"] as? Int == 1)
    #expect((values["sources"] as? [[String: Any]])?.first?["numInputRows"] as? Int == 4)
    #expect((values["ledger"] as? [String: Any])?["late"] as? Int == 1)
    #expect(((values["partitions"] as? [String: Any])?["0"] as? [String: Any])?["rowsIn"] as? Int == 4)
  }

  @Test func theJobKeepsItsIdentityOverRestartsAndTheRunDoesNot() async throws {
    let events = try EventStream((.append, "SELECT k FROM events"))
    for _ in 0..<2 {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, 0))
      try await job.settle()
      try await job.stop()
    }
    let records = events.progress.all
    #expect(Set(records.map(\.id)).count == 1)
    #expect(Set(records.map(\.runId)).count == 2)
    #expect(records.map(\.totalLedger.rowsIn) == [1, 2])
  }

  @Test func namesInProgressAreQuotedAsJSONNeedsIt() async throws {
    let events = try EventStream((.append, "SELECT k FROM events"))
    var stream = events.streamInput()
    stream.queries[0].name = "a \"query\"\n\\ \u{1} ü"
    let job = try JobDriver([stream], clock: events.clock) { [progress = events.progress] in progress.add($0) }
    events.arrive(("a", 1, 0))
    try await job.settle()
    #expect(try jsonObject(events.progress.all[0].json)["name"] as? String == "a \"query\"\n\\ \u{1} ü")
  }
}
