#if Lake
  import LakeFiles
  import Testing
  import Tidemill
  import TidemillPlan

  @testable import ParquetConnector

  /// A history of Parquet files, then a live stream of JSON files: the answer is that of one stream.
  @Suite struct ParquetBackfillTests {
    private static let schema = Schema(Field("shop", .string), Field("amount", .bigint), Field("at", .timestamp))
    /// 2024-03-01.
    private static let start: Int64 = 1_709_251_200_000_000

    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    /// Ten hours in no order, and an hour behind them that overlaps with their end and is up to five minutes out of order.
    private static let past = (0..<600).map { sale($0, minute: $0 * 7919 % 600) }
    private static let present = (600..<700).map { sale($0, minute: $0 - 10 + ($0 % 7 == 0 ? -5 : 0)) }

    private static func sale(_ number: Int, minute: Int) -> [Value] {
      let at = EventTime(microseconds: start + Int64(minute) * 60_000_000)
      return [number % 11 == 0 ? .null : .string("shop \(number % 4)"), .integer(Int64(number)), .timestamp(at)]
    }

    private func writeHistory() throws {
      for part in 0..<3 {
        let rows = Array(Self.past[part * 200..<(part + 1) * 200])
        try directory.write("past/part=\(part)/sales", try parquet(Self.schema, rows, rowGroupRows: 64))
      }
    }

    private func writeLive(_ name: String, _ rows: some Sequence<[Value]>) throws {
      let lines = rows.map { row -> String in
        guard case .timestamp(let at) = row[2] else { return "" }
        let shop = if case .string(let name) = row[0] { "\"\(name)\"" } else { "null" }
        return "{\"shop\":\(shop),\"amount\":\(row[1]),\"at\":\"\(at)\"}\n"
      }
      try directory.write("live/\(name).json", Array(lines.joined().utf8))
    }

    private static let columns =
      "(shop STRING, amount BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5 minutes')"

    private var backfill: String {
      """
      CREATE STREAM past (shop STRING, amount BIGINT, at TIMESTAMP) USING parquet OPTIONS (path '\(directory.full("past"))');
      CREATE STREAM live \(Self.columns) USING json OPTIONS (path '\(directory.full("live"))');
      CREATE STREAM sales USING backfill OPTIONS (history 'past', live 'live');

      """
    }

    /// What a script gives that declares `sales`, with its ledger.
    private func totals(
      _ declarations: String, lanes: Int = 1, epochBytes: Int = 1 << 20, checkpoint: String? = nil, trigger: Trigger = .once,
      condition: String = "true"
    ) async throws -> (rows: [[Value]], ledger: RowLedger) {
      let session = Session()
      let sink = MemorySink()
      let plan = try session.plan(
        "SET epoch.bytes = \(epochBytes);\n" + declarations + """
          SELECT shop, SUM(amount) AS total, COUNT(*) AS n, window(at, '1 hour') AS w FROM sales
            WHERE \(condition) GROUP BY shop, window(at, '1 hour')
          """, PlanOptions(outputMode: .append, closesAtEnd: trigger == .once))
      var options = StartOptions()
      options.trigger = trigger
      options.lanes = lanes
      options.checkpoint = checkpoint
      let query = try session.start(plan, options) { _ in sink }
      try await query.awaitTermination()
      let totals = await query.totals
      return (sink.rows, try #require(totals.first?.ledger))
    }

    /// All rows as one stream that nothing of is late: its files are in the order of their times.
    private func expected(_ condition: String = "true") async throws -> Set<[Value]> {
      func time(_ row: [Value]) -> EventTime { if case .timestamp(let at) = row[2] { at } else { .distantFuture } }
      try directory.write(
        "all/a", try parquet(Self.schema, (Self.past + Self.present).sorted { time($0) < time($1) }))
      let one = try await totals(
        "CREATE STREAM sales \(Self.columns) USING parquet OPTIONS (path '\(directory.full("all"))');\n", condition: condition)
      #expect(one.ledger.rowsIn == 700 && one.ledger.late == 0)
      return Set(one.rows)
    }

    @Test(arguments: [1, 2], [1, 2000, 1 << 20])
    func aHistoryAndItsLiveStreamAreOne(lanes: Int, epochBytes: Int) async throws {
      try writeHistory()
      try writeLive("a", Self.present)
      let found = try await totals(backfill, lanes: lanes, epochBytes: epochBytes)
      let expected = try await expected()
      #expect(Set(found.rows) == expected)
      #expect(found.rows.count == Set(found.rows).count)
      #expect(found.ledger.rowsIn == 700 && found.ledger.late == 0 && found.ledger.isBalanced)
    }

    @Test func rowGroupsOfAHistoryAreLeftOutAsElsewhere() async throws {
      try writeHistory()
      try writeLive("a", Self.present)
      let found = try await totals(backfill, condition: "amount >= 430 AND shop IS NOT NULL")
      let expected = try await expected("amount >= 430 AND shop IS NOT NULL")
      #expect(Set(found.rows) == expected)
      // The first file has no such amount: its row groups may as well be broken.
      let path = "past/part=0/sales"
      var bytes = try directory.bytes(path)
      let groups = try ParquetFile(MemoryInput(bytes, name: path)).footer.groups
      #expect(groups.count == 4)
      for place in 4..<groups[3].offset { bytes[place] = 0xFF }
      try directory.write(path, bytes)
      let skipping = try await totals(backfill, condition: "amount >= 430 AND shop IS NOT NULL")
      #expect(Set(skipping.rows) == expected)
      #expect(skipping.ledger == found.ledger)
      await #expect(throws: TidemillError.self) { try await self.totals(self.backfill) }
    }

    @Test func aHistoryThatWasReadIsNotNeededAgain() async throws {
      try writeHistory()
      try writeLive("a", Self.present[..<40])
      let checkpoint = directory.full("checkpoint")
      let first = try await totals(backfill, epochBytes: 2000, checkpoint: checkpoint, trigger: .availableNow)
      #expect(first.ledger.rowsIn == 640 && first.ledger.late == 0)
      // What comes to the history later is no part of it, and what was read of it may go.
      try directory.remove("past/part=0/sales")
      try directory.write("past/part=3/sales", try parquet(Self.schema, Self.past))
      try writeLive("b", Self.present[40...])
      let second = try await totals(backfill, epochBytes: 2000, checkpoint: checkpoint)
      #expect(second.ledger.late == 0)
      let all = first.rows + second.rows
      let expected = try await expected()
      #expect(Set(all) == expected)
      #expect(all.count == Set(all).count)
    }
  }
#endif
