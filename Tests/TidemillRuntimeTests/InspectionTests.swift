import Testing
import Tidemill
import TidemillTesting

@Suite struct InspectionTests {
  private func shown(_ inspection: QueryInspection) -> [String] {
    inspection.openWindows.map { window in
      let start = (window.start.microseconds - EventStream.noon.microseconds) / 1_000_000
      let end = (window.end.microseconds - EventStream.noon.microseconds) / 1_000_000
      return "[\(start),\(end)) \(window.groups)\(window.mayHaveMoreGroups ? "+" : "")"
    }
  }

  @Test func openWindowsAreThoseThatTheWatermarkHasNotPassed() async throws {
    let events = try EventStream(
      (.append, EventStream.perMinute),
      (
        .update,
        "SELECT k, window(ts, '1 minute', '30 seconds') AS w, count(*) AS n FROM events GROUP BY k, window(ts, '1 minute', '30 seconds')"
      ),
      (
        .append,
        "SELECT k, session_window(ts, '15 seconds') AS w, count(*) AS n FROM events GROUP BY k, session_window(ts, '15 seconds')"
      ),
      (.append, "SELECT k FROM events"))
    let job = try events.start()
    events.arrive(("a", 1, 5), ("b", 1, 40), ("a", 1, 65), ("a", 1, 66), ("b", 1, 80), ("c", 1, 85))
    try await job.settle()
    let tumbling = try #require(await job.job.inspect("q0"))
    #expect(shown(tumbling) == ["[60,120) 3"])
    #expect(tumbling.openWindowCount == 1)
    #expect(tumbling.delay == .seconds(10))
    #expect(tumbling.watermark == EventStream.noon + .seconds(75))
    #expect(tumbling.holding == 0)
    #expect(tumbling.stateBytes > 0)
    let sliding = try #require(await job.job.inspect("q1"))
    #expect(shown(sliding) == ["[30,90) 3", "[60,120) 3"])
    let sessions = try #require(await job.job.inspect("q2"))
    #expect(shown(sessions) == ["[65,81) 1", "[80,95) 1", "[85,100) 1"])
    let rows = try #require(await job.job.inspect("q3"))
    #expect(rows.openWindows.isEmpty && rows.openWindowCount == 0)
    #expect(await job.job.inspect("nobody") == nil)
  }

  @Test func aHundredWindowsAreListedAndAllAreCounted() async throws {
    let events = try EventStream(delay: "10 days", (.append, EventStream.perMinute))
    let job = try events.start()
    for minute in 0..<300 { events.arrive(("a", 1, minute * 60), ("b", 1, minute * 60)) }
    try await job.settle()
    let inspection = try #require(await job.job.inspect("q0"))
    #expect(inspection.openWindowCount == 300)
    #expect(shown(inspection).first == "[0,60) 2")
    #expect(shown(inspection).last == "[5940,6000) 2")
    #expect(inspection.openWindows.count == 100)
  }

  @Test func partitionsSayHowFarTheyAreAndWhichHolds() async throws {
    let events = try EventStream(partitions: 2, (.append, EventStream.perMinute))
    var job = try events.start(onDisk: true)
    events.arrive(("a", 1, 100), ("a", 1, 1), partition: 0)
    events.arrive(("b", 1, 30), partition: 1)
    try await job.settle()
    func check() async throws {
      let inspection = try #require(await job.job.inspect("q0"))
      #expect(inspection.partitions.map(\.highest) == [EventStream.noon + .seconds(100), EventStream.noon + .seconds(30)])
      #expect(inspection.partitions.map(\.watermark) == [EventStream.noon + .seconds(90), EventStream.noon + .seconds(20)])
      #expect(inspection.holding == 1)
      #expect(inspection.partitions.map(\.ledger.rowsIn) == [2, 1])
      #expect(inspection.partitions.map(\.ledger.late) == [1, 0])
    }
    try await check()
    try await job.stop()
    job = try events.start(onDisk: true)
    try await job.job.open()
    try await check()
  }

  @Test func theLastRowsThatDidNotCountAreShown() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 5), ("a", 1, 200), ("late", 7, 10), ("late", 8, 40))
    events.input.arrive((0..<25).map { .rejected(.malformed, "bad \($0)") })
    try await job.settle()
    let inspection = try #require(await job.job.inspect("q0"))
    #expect(inspection.rejected.count == 20)
    #expect(inspection.rejected.map(\.detail).last == "bad 24")
    #expect(inspection.rejected.allSatisfy { $0.reason == .malformed && $0.epoch == Epoch(1) && $0.line != nil })
    #expect(inspection.late.count == 2)
    #expect(inspection.late.map { $0.row.rows[0][0] } == [.string("late"), .string("late")])
    #expect(inspection.late.map(\.eventTime) == [EventStream.noon + .seconds(10), EventStream.noon + .seconds(40)])
    #expect(inspection.late.allSatisfy { $0.watermark == EventStream.noon + .seconds(190) && $0.epoch == Epoch(1) })
    for round in 0..<40 { events.arrive(("later", Int64(round), 20)) }
    try await job.settle()
    let after = try #require(await job.job.inspect("q0"))
    #expect(after.late.count == 20)
    #expect(after.late.map { $0.row.rows[0][1] } == (0..<20).map { .integer($0) }, "the first ones of an epoch")
  }
}
