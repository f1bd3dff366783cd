#if Lake
  import Foundation
  import LakeFiles
  import Testing
  import Tidemill

  @testable import DeltaConnector
  @testable import DeltaLog

  /// Queries over a table of which much is left out give what they give over one of which nothing is known: the same results, late
  /// rows and ledger.
  @Suite struct SkippedQueriesTests {
    private static let schema = Schema(
      Field("id", .bigint), Field("shop", .string), Field("amount", .int), Field("day", .date), Field("at", .timestamp))

    /// Out of order by up to an hour, with late rows now and then, some hours behind each other.
    private static func rows(_ ids: Range<Int>) -> [[Value]] {
      ids.map { id in
        let minute = Int64(id * 3 + (id * 7919 % 60) - (id % 97 == 96 ? 500 : 0))
        return [
          .integer(Int64(id)), id / 50 % 5 == 4 ? .null : .string("s\(id / 50 % 4)"), .integer(Int64(id % 100)),
          .date(19783 + Int64(id / 200)), .timestamp(EventTime(microseconds: ReadTable.day + minute * 60_000_000 + Int64(id))),
        ]
      }
    }

    /// A table of twenty versions, partitioned by day, with or without what helps to leave files out.
    private func write(_ root: String, isKnown: Bool) throws {
      let store = LocalLakeStore(root: root)
      var table = DeltaTable(new: store, codec: ParquetCheckpoints(), now: { 0 })
      try table.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(ReadTable.metadata(Self.schema, isKnown ? ["day"] : []))], reads: .nothing,
          operation: "CREATE TABLE"))
      for number in 0..<20 {
        let stored = Self.schema.fields.indices.filter { !isKnown || Self.schema[$0].name != "day" }
        let rows = Self.rows(number * 50..<number * 50 + 50)
        let batch = Batch(schema: Schema(stored.map { Self.schema[$0] }), rows: rows.map { row in stored.map { row[$0] } })
        var bytes: [UInt8] = []
        let writer = try ParquetWriter(
          batch.schema, options: ParquetWriter.Options(rowGroupRows: isKnown ? 10 : 1000, statistics: isKnown)
        ) { bytes.append(contentsOf: $0) }
        try writer.append(batch)
        _ = try writer.close()
        let path = "\(number).parquet"
        try store.put(path, bytes)
        let day = TimestampText.dateString(days: 19783 + Int64(number / 4))
        try table.commit(
          DeltaTransaction(
            [
              .add(
                AddedFile(
                  path: path, partitionValues: isKnown ? ["day": day] : [:], size: bytes.count, modificationTime: number,
                  stats: isKnown ? FileStatistics.json(of: batch, columns: nil) : nil))
            ], reads: .nothing, operation: "WRITE"))
      }
    }

    private struct Outcome: Equatable {
      var rows: Set<[Value]>
      var ledger: RowLedger
    }

    private func outcome(_ root: String, _ condition: String, lanes: Int, epochBytes: Int) async throws -> Outcome {
      let session = Session()
      let sink = MemorySink()
      let plan = try session.plan(
        """
        SET epoch.bytes = \(epochBytes);
        CREATE STREAM sales (id BIGINT, shop STRING, amount INT, day DATE, at TIMESTAMP,
                             WATERMARK FOR at AS at - INTERVAL '1 hour') USING delta OPTIONS (path '\(root)');
        SELECT shop, SUM(amount) AS total, COUNT(*) AS n, window(at, '2 hours') AS w FROM sales WHERE \(condition)
          GROUP BY shop, window(at, '2 hours');
        """, PlanOptions(outputMode: .append))
      var options = StartOptions()
      options.trigger = .once
      options.lanes = lanes
      let query = try session.start(plan, options) { _ in sink }
      try await query.awaitTermination()
      let totals = await query.totals
      return Outcome(rows: Set(sink.rows), ledger: try #require(totals.first?.ledger))
    }

    @Test func whatIsLeftOutChangesNothing() async throws {
      let root = NSTemporaryDirectory() + "tidemill-skipped-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: root) }
      try write(root + "/known", isKnown: true)
      try write(root + "/blind", isKnown: false)
      for condition in [
        "id >= 900", "400 <= id AND id <= 420", "day = DATE '2024-03-02'", "day > DATE '2024-03-03' AND amount <> 7",
        "shop IS NULL", "shop IN ('s0', 's9')", "at >= TIMESTAMP '2024-03-02T12:00:00Z'", "day IS NULL",
        "shop = 's2' AND id + 1 > 500",
      ] {
        let expected = try await outcome(root + "/blind", condition, lanes: 1, epochBytes: 1 << 26)
        #expect(expected.ledger.isBalanced && expected.ledger.rowsIn == 1000)
        for (lanes, bytes) in [(1, 1 << 26), (2, 2000)] {
          let found = try await outcome(root + "/known", condition, lanes: lanes, epochBytes: bytes)
          #expect(found.rows == expected.rows, "\(condition), \(lanes) lanes")
          #expect(found.ledger == expected.ledger, "\(condition), \(lanes) lanes")
        }
      }
    }
  }
#endif
