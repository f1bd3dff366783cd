import Testing
import Tidemill
import TidemillTesting

@Suite struct RejectionTests {
  private static let day = 86_400

  @Test func rowsMoreThanADayAheadOfTheClockAreRejected() async throws {
    let events = try EventStream((.append, "SELECT k, v FROM events"))
    events.keepsRejected = true
    let job = try events.start()
    events.arrive(("edge", 1, Self.day), ("ahead", 2, Self.day + 1))
    try await job.settle()
    #expect(events.rows() == ["edge 1"])
    #expect(events.sinks["rejected"]!.rows.map { $0[0] } == [.string("future")])
  }

  @Test func aReplayUsesTheRecordedClockAndRejectsTheSameRows() async throws {
    let events = try EventStream((.update, EventStream.perMinute))
    events.keepsRejected = true
    do {
      let job = try events.start(onDisk: true)
      events.arrive(("a", 1, 10), ("b", 1, Self.day + 100))
      try await job.settle()
      // No snapshot: the next run has to read the rows again, at a clock for which the second row would not be ahead.
    }
    events.clock.advance(by: .days(2))
    let job = try events.start(onDisk: true)
    try await job.settle()
    let ledger = await job.job.totals[0].ledger
    #expect(ledger.rejected == 1)
    #expect(ledger.aggregated == 1)
    events.arrive(("a", 1, 20))
    try await job.settle()
    #expect(events.rows() == ["a [0,60) 1", "a [0,60) 2"], "the far row has not moved the watermark")
    _ = try await events.replay()
    #expect(events.sinks["rejected"]!.rows.count == 1)
  }

  @Test func lateRowsAreKeptWholeWithTheQueryForWhichTheyWereLate() async throws {
    let events = try EventStream(
      (.append, EventStream.perMinute), (.append, "SELECT k FROM events"),
      (.append, "SELECT window(ts, '1 hour') AS w, count(*) AS n FROM events GROUP BY window(ts, '1 hour')"))
    events.keepsLate = true
    let job = try events.start()
    events.arrive(("a", 1, 0), ("a", 2, 200), ("late", 7, 10), ("intime", 8, 195))
    try await job.settle()
    #expect(events.sinks["late"]!.shape?.schema.fields.map(\.name) == ["k", "v", "ts", "_query"])
    #expect(events.rows("late") == ["late 7 2024-01-01T12:00:10Z q0"])
    #expect(events.rows("q1") == ["a", "a", "late", "intime"])
  }

  @Test func rejectedRowsSayWhyAndWhereTheyStood() async throws {
    let events = try EventStream((.append, "SELECT k FROM events"))
    events.keepsRejected = true
    let job = try events.start()
    events.input.arrive([
      .values(EventStream.row("a", 1, 0)), .rejected(.malformed, "an open brace"),
      .values([.string("b"), .integer(1), .null]), .rejected(.wrongType, "v: \"x\" is no BIGINT"),
    ])
    try await job.settle()
    let sink = events.sinks["rejected"]!
    #expect(sink.shape?.schema.fields.map(\.name) == ["_reason", "_detail", "_origin", "_line", "_offset", "_row"])
    #expect(
      events.rows("rejected") == [
        "malformed an open brace events-0 2 1 row 1", "missing_time no event time events-0 3 2 row 2",
        "wrong_type v: \"x\" is no BIGINT events-0 4 3 row 3",
      ])
  }

  @Test func theLedgerBalancesPerPartitionInTheOrderOfItsRules() async throws {
    let events = try EventStream(
      partitions: 2,
      (
        .append,
        "SELECT window(ts, '1 minute') AS w, count(*) AS n FROM (SELECT DISTINCT k, v, ts FROM events WHERE v <> 9) "
          + "GROUP BY window(ts, '1 minute')"
      ))
    events.options.lanes = 2
    let job = try events.start()
    events.arrive(("a", 1, 0), ("a", 1, 0), ("a", 9, 1), ("b", 2, 100), ("late", 1, 5), partition: 0)
    events.input.arrive([.rejected(.malformed, "")], partition: 0)
    events.arrive(("c", 1, 0), ("c", 9, 3), partition: 1)
    try await job.settle()
    var first = RowLedger()
    first.rowsIn = 6
    first.rejected = 1
    first.duplicate = 1
    first.filtered = 1
    first.late = 1
    first.aggregated = 2
    var second = RowLedger()
    second.rowsIn = 2
    second.filtered = 1
    second.aggregated = 1
    let progress = events.progress.all.last!
    #expect(progress.partitions == [0: first, 1: second])
    #expect(progress.partitions.values.allSatisfy { $0.isBalanced })
    var sum = first
    sum += second
    #expect(progress.ledger == sum)
    #expect(progress.totalLedger == sum)
    #expect(progress.numRowsDroppedByWatermark == 1)
  }
}
