import Foundation
import Testing
import Tidemill
import TidemillConnectors
import TidemillTesting

/// A history first, then the live source, as one stream.
@Suite struct BackfillTests {
  private let history = SimulatedInput("history", schema: EventStream.schema, eventTime: "ts", partitions: 2)

  private func source(_ events: EventStream, isOrdered: Bool = false) -> any Source {
    BackfillSource(history: history.source(), live: events.input.source(), isOrdered: isOrdered)
  }

  private func past(_ rows: (k: String, v: Int64, at: Int)..., partition: Int = 0) {
    history.arrive(rows.map { EventStream.row($0.k, $0.v, $0.at) }, partition: partition)
  }

  @Test func nothingOfAHistoryIsLateAndWindowsCloseBehindIt() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    events.options.epochByteLimit = SimulatedInput.rowBytes
    past((k: "a", v: 1, at: 300), (k: "a", v: 2, at: 0), (k: "a", v: 4, at: 200))
    past((k: "a", v: 8, at: 10), partition: 1)
    events.arrive((k: "a", v: 16, at: 290))
    let driver = try events.start(source: source(events))
    try await driver.settle()
    // The live row is older than the end of the history, and in time all the same: its window is open.
    #expect(events.rows() == ["a [0,60) 10", "a [180,240) 4"])
    events.arrive((k: "a", v: 32, at: 371))
    try await driver.settle()
    #expect(Set(events.rows()) == ["a [0,60) 10", "a [180,240) 4", "a [240,300) 16", "a [300,360) 1"])
    #expect(await driver.job.totals[0].ledger.late == 0)
  }

  @Test func orderedHistoryClosesItsWindowsOnItsWay() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let ordered = SimulatedInput("history", schema: EventStream.schema, eventTime: "ts")
    events.options.epochByteLimit = SimulatedInput.rowBytes
    ordered.arrive([EventStream.row("a", 1, 0), EventStream.row("a", 2, 100), EventStream.row("a", 4, 30)])
    let driver = try events.start(
      source: BackfillSource(history: ordered.source(), live: events.input.source(), isOrdered: true))
    #expect(try await driver.job.step())
    #expect(try await driver.job.step())
    #expect(events.rows() == ["a [0,60) 1"])
    try await driver.settle()
    #expect(await driver.job.totals[0].ledger.late == 1)
  }

  @Test func nothingIsReadOfTheLiveSourceBeforeTheHistoryHasEnded() async throws {
    let events = try EventStream((.append, "SELECT k, v FROM events"))
    events.options.epochByteLimit = SimulatedInput.rowBytes * 2
    past((k: "h", v: 1, at: 1), (k: "h", v: 2, at: 2), (k: "h", v: 3, at: 3))
    events.arrive((k: "l", v: 4, at: 4))
    let driver = try events.start(source: source(events))
    #expect(try await driver.job.step())
    #expect(try await driver.job.step())
    #expect(events.input.readCount == 0)
    try await driver.settle()
    #expect(events.rows() == ["h 1", "h 2", "h 3", "l 4"])
    // What comes to the history later is no part of it.
    past((k: "h", v: 9, at: 9))
    events.arrive((k: "l", v: 5, at: 5))
    try await driver.settle()
    #expect(events.rows().last == "l 5")
    #expect(events.rows().count == 5)
  }

  @Test(arguments: 1...6)
  func recoveryGoesOnOnTheRightSideOfTheHandOver(steps: Int) async throws {
    var events = try EventStream((.append, EventStream.perMinute))
    events.options.epochByteLimit = SimulatedInput.rowBytes * 2
    past((k: "a", v: 1, at: 300), (k: "a", v: 2, at: 0), (k: "b", v: 4, at: 200))
    past((k: "b", v: 8, at: 30), partition: 1)
    events.arrive((k: "a", v: 16, at: 310), (k: "a", v: 32, at: 400), (k: "a", v: 64, at: 390))
    var driver = try events.start(onDisk: true, source: source(events))
    for _ in 0..<steps { _ = try await driver.job.step() }
    if steps % 2 == 0 { try await driver.stop() }
    let before = events.rows()
    events.disk.restart()
    events = try EventStream(after: events, (.append, EventStream.perMinute))
    events.options.epochByteLimit = SimulatedInput.rowBytes * 2
    driver = try events.start(onDisk: true, source: source(events))
    try await driver.settle()
    let all = before + events.rows()
    #expect(Set(all) == ["a [0,60) 2", "b [0,60) 8", "b [180,240) 4", "a [300,360) 17"], "\(all)")
    #expect(await driver.job.totals[0].ledger.rowsIn == 7)
  }

  @Test func liveStreamThatStaysEmptyDoesNotHoldTheHistoryBackForEver() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    past((k: "a", v: 1, at: 30))
    let driver = try events.start(source: source(events))
    try await driver.settle()
    #expect(events.rows().isEmpty)
    try await driver.advance(by: .minutes(3))
    #expect(events.rows() == ["a [0,60) 1"])
  }

  /// Time goes on from the live stream's own rows when it pauses, not from those of the history's end.
  @Test func pauseOfTheLiveStreamIsMeasuredByItsOwnTimes() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    past((k: "a", v: 1, at: 7_200))
    events.arrive((k: "a", v: 2, at: 30))
    let driver = try events.start(source: source(events))
    try await driver.settle()
    try await driver.advance(by: .minutes(3))
    #expect(events.rows() == ["a [0,60) 2"])
    events.arrive((k: "a", v: 4, at: 900))
    try await driver.settle()
    #expect(await driver.job.totals[0].ledger.late == 0)
  }

  @Test func sparksRuleKnowsOnlyTheLiveStreamsTimes() async throws {
    let events = try EventStream(settings: "SET compatibility = 'spark';\n", (.append, EventStream.perMinute))
    past((k: "a", v: 1, at: 7_200))
    let driver = try events.start(source: source(events))
    try await driver.settle()
    events.arrive((k: "a", v: 2, at: 30))
    try await driver.settle()
    events.arrive((k: "a", v: 4, at: 200))
    try await driver.settle()
    events.arrive((k: "a", v: 8, at: 201))
    try await driver.settle()
    #expect(await driver.job.totals[0].ledger.late == 0)
    #expect(events.rows() == ["a [0,60) 2"])
  }

  // MARK: As it is declared

  private static let declarations = """
    CREATE STREAM old (k STRING, v BIGINT, ts TIMESTAMP, extra STRING) USING json OPTIONS (path 'old/*.json');
    CREATE STREAM now (k STRING, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5 seconds') USING stdin;

    """

  @Test func columnsAndWatermarkAreTheLiveStreams() throws {
    let plan = try Session().plan(
      Self.declarations + "CREATE STREAM events USING backfill OPTIONS (history 'old', live 'now');\n"
        + "SELECT k, sum(v) AS total, window(ts, '1 hour') AS w FROM events GROUP BY k, window(ts, '1 hour')")
    let stream = try #require(plan.streams.first)
    #expect(stream.schema == Schema(Field("k", .string), Field("v", .bigint), Field("ts", .timestamp)))
    #expect(stream.watermark == WatermarkDefinition(column: "ts", delay: .seconds(5)))
  }

  @Test(arguments: [
    ("(history 'old')", "has no live"),
    ("(history 'old', live 'no')", "there is no stream `no` for the live of `events`"),
    ("(history 'now', live 'old', speed 3)", "has no option speed"),
    ("(history 'now', live 'old')", "column `extra` of `events` is STRING, and its stream `now` has none of that name"),
    ("(history 'old', live 'now', ordered 'often')", "option ordered is 'often'"),
  ])
  func wrongBackfillsAreRefused(options: String, message: String) throws {
    let script = Self.declarations + "CREATE STREAM events USING backfill OPTIONS \(options);\nSELECT k FROM events"
    let error = try #require(throws: TidemillError.self) { try Session().plan(script) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test func sessionReadsAHistoryAndThenItsLiveStream() async throws {
    let session = Session()
    let schema = Schema(Field("k", .string), Field("v", .bigint))
    let old = session.memoryStream("old", schema: schema)
    let now = session.memoryStream("now", schema: schema)
    now.push([[.string("now"), .integer(2)]])
    old.push([[.string("old"), .integer(1)]])
    old.finish()
    now.finish()
    let sink = MemorySink()
    let query = try await session.readStream.format("backfill").name("all").option("history", "old").option("live", "now")
      .load().select("k", "v").writeStream.outputMode(.append).to(sink).start()
    try await query.awaitTermination()
    #expect(sink.table == [[.string("old"), .integer(1)], [.string("now"), .integer(2)]])
  }
}
