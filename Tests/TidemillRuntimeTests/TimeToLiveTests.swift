import Testing
import Tidemill
import TidemillTesting

/// A time to live is kept where a forgotten key harms nobody, and refused elsewhere.
@Suite struct TimeToLiveTests {
  private static let totals = "SELECT k, sum(v) AS total FROM events GROUP BY k"

  private func refusal(_ mode: OutputMode, _ sql: String, settings: String = "") throws -> TidemillError {
    try #require(throws: TidemillError.self) {
      _ = try EventStream(settings: settings, with: settings.isEmpty ? ", ttl '1 minute'" : "", (mode, sql)).start()
    }
  }

  @Test(arguments: ["", "SET ttl = '1 minute';\n"])
  func itIsRefusedWhereAForgottenKeyWouldHaveToBeTakenBack(settings: String) throws {
    let chained = "SELECT total, count(*) AS n FROM (\(Self.totals)) GROUP BY total"
    let ranked = """
      SELECT k, total FROM (
        SELECT k, total, ROW_NUMBER() OVER (PARTITION BY total ORDER BY k) AS rank FROM (\(Self.totals))
      ) WHERE rank <= 3
      """
    for sql in [chained, ranked] {
      let error = try refusal(.update, sql, settings: settings)
      #expect(error.code == .unsupported)
      #expect(error.message.contains("a time to live below another aggregation or ROW_NUMBER"))
    }
    _ = try refusal(.append, Self.totals, settings: settings)
  }

  @Test func appendModeRefusesItEvenWhereTheInputEnds() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    stream.finish()
    let frame = session.table("events").withWatermark("ts", "10 seconds").groupBy("k").timeToLive("1 minute")
      .agg(sum("v").alias("total"))
    let error = await #expect(throws: TidemillError.self) {
      try await frame.writeStream.outputMode(.append).to(MemorySink()).trigger(.once).start().awaitTermination()
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("a time to live in append mode") == true, "\(String(describing: error))")
  }

  @Test func theSettingLeavesWindowsAndGroupingsOfThemAlone() async throws {
    let sql = "SELECT w, count(*) AS keys FROM (\(EventStream.perMinute)) GROUP BY w"
    for mode in [OutputMode.append, .update] {
      let events = try EventStream(settings: "SET ttl = '1 second';\n", (mode, sql), (mode, EventStream.perMinute))
      events.arrive(("a", 1, 0), ("b", 1, 10), ("a", 1, 30), ("c", 1, 100))
      try await events.start().settle()
      #expect(events.rows("q0") == (mode == .append ? ["[0,60) 2"] : ["[0,60) 2", "[60,120) 1"]))
      #expect(events.rows("q1").sorted().prefix(2) == ["a [0,60) 2", "b [0,60) 1"])
    }
  }
}
