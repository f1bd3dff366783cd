import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL
import TidemillTesting

/// Windows whose size and slide have hardly a common divisor, so that each row has a slice of its own.
@Suite struct UnevenWindowTests {
  private static let size: Int64 = 3_600_000_000
  private static let slide: Int64 = 1_001_000

  private func plan(_ mode: OutputMode) throws -> QueryPlan {
    let stream = StreamDefinition(
      name: "events", schema: Schema(Field("v", .bigint), Field("ts", .timestamp)),
      watermark: WatermarkDefinition(column: "ts", delay: .minutes(10)), provider: "memory")
    return try Resolver(streams: ["events": stream]).resolve(
      SQLParser.parseQuery(
        "SELECT window(ts, '1 hour', '1001 milliseconds') AS w, count(*) AS n, sum(v) AS total FROM events "
          + "GROUP BY window(ts, '1 hour', '1001 milliseconds')"), options: ResolveOptions(outputMode: mode))
  }

  @Test(arguments: [OutputMode.append, .update])
  func eachWindowHoldsItsRowsThoughSlicesAreTiny(mode: OutputMode) throws {
    var random = SplitMix64(seed: 5)
    let plan = try plan(mode)
    let base: Int64 = 1_700_000_000_000_000
    // In order but for minutes, so that none is late.
    let rows = (0..<20).map { number in
      (time: base + Int64(number) * 200_000_000 + random.integer(0...500_000_000), value: Int64(1) << number)
    }
    var expected: [Int64: (count: Int64, total: Int64)] = [:]
    for row in rows {
      let first = (row.time - Self.size) / Self.slide * Self.slide
      for start in stride(from: first, through: row.time, by: Int(Self.slide)) where start + Self.size > row.time {
        expected[start, default: (0, 0)].count += 1
        expected[start]!.total += row.value
      }
    }
    for cut in [20, 7] {
      var events: [StreamEvent] = []
      for (number, row) in rows.enumerated() {
        let values: [Value] = [.integer(row.value), .timestamp(EventTime(microseconds: row.time))]
        events.append(.row(values, schema: plan.stream.schema))
        if (number + 1) % cut == 0 { events.append(.endOfEpoch) }
      }
      let result = try StreamDriver(plan, options: StreamDriverOptions(restoresBetweenEpochs: cut == 7))
        .run(events + [.endOfInput])
      #expect(result.late.isEmpty)
      var seen: [Int64: (count: Int64, total: Int64)] = [:]
      for row in result.table.rows {
        guard case .window(let start, let end) = row[0], case .integer(let count) = row[1], case .integer(let total) = row[2]
        else {
          Issue.record("no window: \(row)")
          continue
        }
        #expect(end.microseconds - start.microseconds == Self.size)
        #expect(seen.updateValue((count, total), forKey: start.microseconds) == nil)
      }
      #expect(seen.count == expected.count)
      let wrong = expected.filter { seen[$0.key]?.count != $0.value.count || seen[$0.key]?.total != $0.value.total }
      #expect(wrong.isEmpty)
    }
  }
}
