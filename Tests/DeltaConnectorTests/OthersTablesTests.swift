#if Lake
  import Foundation
  import LakeFiles
  import LakeTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// Tables that deltalake has written, as streams and as static tables.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the judges")) struct OthersTablesTests {
    private static let schema = Schema(
      Field("id", .bigint), Field("small", .int), Field("shop", .string), Field("day", .date), Field("at", .timestamp),
      Field("price", .decimal(precision: 12, scale: 2)), Field("ratio", .double), Field("flag", .boolean))

    /// Nine versions: appends, a compaction, a delete, a new column, and checkpoints between them.
    private static let program = #"""
      import datetime as dt, decimal, json, sys
      import deltalake, pyarrow as pa

      root = sys.argv[1]
      start = dt.datetime(2024, 3, 1, tzinfo=dt.timezone.utc)

      def batch(ids, more=False):
          columns = {
              "id": pa.array(ids, pa.int64()), "small": pa.array([i % 100 for i in ids], pa.int16()),
              "shop": pa.array([None if i % 5 == 4 else f"s/{i % 3} é" for i in ids]),
              "day": pa.array([(start + dt.timedelta(days=i // 20)).date() for i in ids]),
              "at": pa.array([start + dt.timedelta(minutes=i, microseconds=i) for i in ids], pa.timestamp("us", "UTC")),
              "price": pa.array([decimal.Decimal(i).scaleb(-2) for i in ids], pa.decimal128(12, 2)),
              "ratio": pa.array([i / 4 for i in ids]), "flag": pa.array([i % 2 == 0 for i in ids]),
          }
          if more: columns["more"] = pa.array([str(i) for i in ids])
          return pa.table(columns)

      def write(ids, more=False):
          deltalake.write_deltalake(
              root, batch(ids, more), mode="append", partition_by=["day", "shop"], schema_mode="merge")

      write(range(0, 30))
      write(range(30, 60))
      deltalake.DeltaTable(root).optimize.compact()
      write(range(60, 70))
      deltalake.DeltaTable(root).create_checkpoint()
      deltalake.DeltaTable(root).delete("id = 3")
      write(range(70, 80))
      write(range(80, 90), more=True)
      deltalake.DeltaTable(root).create_checkpoint()
      write(range(90, 100))
      print(deltalake.DeltaTable(root).version(), end="")
      """#

    private static func row(_ id: Int) -> [Value] {
      [
        .integer(Int64(id)), .integer(Int64(id % 100)), id % 5 == 4 ? .null : .string("s/\(id % 3) é"),
        .date(19783 + Int64(id / 20)), .timestamp(EventTime(microseconds: ReadTable.day + Int64(id) * 60_000_001)),
        .decimal(unscaled: Int128(id), scale: 2), .double(Double(id) / 4), .boolean(id % 2 == 0),
      ]
    }

    private func source(
      _ store: LocalLakeStore, _ schema: Schema = schema, eventTime: Int? = nil, conditions: [[ColumnCondition]] = [],
      rules: StreamRules = StreamRules(), from version: String? = nil
    ) throws -> DeltaSource {
      try DeltaSource(
        store, log: store, codec: ParquetCheckpoints(),
        request: ReadRequest(schema: schema, eventTime: eventTime, conditions: conditions),
        options: DeltaSourceOptions(rules: rules, startingVersion: version)!, now: DeltaConnector.now)
    }

    @Test func tablesOfDeltalakeAreReadVersionByVersionAndWhole() async throws {
      let root = NSTemporaryDirectory() + "tidemill-others-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: root) }
      #expect(try await Judges.python(Self.program, root) == "7")
      let store = LocalLakeStore(root: root)
      func sorted(_ rows: [[Value]]) -> [String] { rows.map { "\($0)" }.sorted() }
      let left = (0..<100).filter { $0 != 3 }.map(Self.row)

      // All that is there now, then what comes.
      let now = try await source(store).streamed()
      #expect(sorted(now.rows) == sorted(left))
      // From the first version on: files brought together are passed over, and the delete is what the stream is told it is.
      let skipping = try await source(store, rules: StreamRules(skipsChanges: true), from: "0").streamed()
      #expect(sorted(skipping.rows) == sorted((0..<100).map(Self.row)))
      #expect(skipping.ids.prefix(30).sorted() == Array(0..<30) && skipping.ids.suffix(10).sorted() == Array(90..<100))
      let partial = try source(store, from: "3")
      let slice = try #require(try await partial.nextSlice(after: .beginning, byteLimit: .max, isFinal: true))
      let refused = await tidemillError { _ = try await partial.nextSlice(after: slice.end, byteLimit: .max, isFinal: true) }
      #expect(refused?.message.hasPrefix("version 4 of the Delta table \(root) replaces rows") == true)

      // Of some partitions and files only, with the time of the others to the microsecond.
      let shop = ColumnCondition("shop", .compares(.equal, .string("s/1 é")))
      let few = try await source(
        store, Schema(Field("id", .bigint), Field("shop", .string), Field("at", .timestamp)), eventTime: 2,
        conditions: [[shop, ColumnCondition("id", .compares(.less, .integer(50)))]]
      ).streamed()
      let wanted = (0..<100).filter { $0 % 3 == 1 && $0 % 5 != 4 && $0 < 50 }
      #expect(Set(wanted).isSubset(of: few.ids) && few.rows.count + few.skipped == 99)
      #expect(few.skipped > 60, "\(few.skipped)")
      #expect(few.highest == EventTime(microseconds: ReadTable.day + 99 * 60_000_001))

      let table = DeltaTableSource(store, log: store, codec: ParquetCheckpoints(), zone: .utc, now: DeltaConnector.now)
      let learnt = try table.columns().schema
      #expect(learnt.fields.map(\.name).sorted() == (Self.schema.fields.map(\.name) + ["more"]).sorted())
      #expect(learnt["more"] == .string && learnt["small"] == .int)
      var rows: [[Value]] = []
      let version = try table.version()
      #expect(version.text == "version 7")
      try table.read(version, columns: Self.schema) { rows += $0.rows }
      #expect(sorted(rows) == sorted(left))
      rows = []
      try table.read(version, columns: Schema(Field("more", .string), Field("day", .date))) { rows += $0.rows }
      #expect(rows.filter { $0[0] != .null }.count == 10 && rows.count == 99)
    }
  }

  extension Schema {
    /// The type of a column that is there.
    fileprivate subscript(_ name: String) -> DataType? { fields.first { $0.name == name }?.type }
  }
#endif
