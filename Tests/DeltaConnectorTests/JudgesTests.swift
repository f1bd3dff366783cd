#if Lake
  import DeltaTesting
  import Foundation
  import LakeFiles
  import LakeTesting
  import ReferenceEngine
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// What other readers see of our tables, at every version.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the judges")) struct JudgesTests {
    private static let schema = Schema(
      Field("k", .string), Field("shop no", .int), Field("w", .window), Field("n", .bigint), Field("ratio", .double),
      Field("amount", .decimal(precision: 20, scale: 2)), Field("flag", .boolean), Field("day", .date), Field("at", .timestamp))

    /// A way of writing: the output mode, and what the sink is told.
    struct Case: CustomTestStringConvertible {
      var name: String
      var mode: OutputMode
      var key: [Int]?
      var options: DeltaSinkOptions
      var testDescription: String { name }

      static let all = [
        Case(name: "append by day", mode: .append, key: [0, 1, 2], options: .small()),
        Case(name: "update by day", mode: .update, key: [0, 1, 2], options: .small()),
        Case(name: "update by text and number", mode: .update, key: [0, 1], options: .small(["k", "shop no"])),
        Case(name: "update by hash", mode: .update, key: [0, 1], options: .small([])),
        Case(name: "complete", mode: .complete, key: [0, 1, 2], options: .small(["day", "flag", "w"])),
      ]
    }

    private func row(_ random: inout ReferenceEngine.SplitMix64, hours: Int) -> [Value] {
      let start = EventTime(microseconds: Hourly.day + Int64(random.count(0...hours)) * Hourly.hour)
      func orNull(_ value: Value) -> Value { random.chance(percent: 10) ? .null : value }
      return [
        random.pick([.null, .string("a"), .string("b/c d%"), .string("é=1"), .string("日本")]),
        .integer(Int64(random.count(0...3))),
        .window(start: start, end: start + .hours(1)), orNull(.integer(Int64(random.count(-5...5)))),
        random.pick([.null, .double(0.5), .double(-1e300), .double(.nan), .double(.infinity), .double(1e-300)]),
        orNull(.decimal(unscaled: random.pick([0, -1, 99_999_999_999_999_999_999, 1250]), scale: 2)),
        orNull(.boolean(random.chance(percent: 50))), orNull(.date(Int64(random.pick([0, 19_783, -1])))),
        orNull(.timestamp(EventTime(microseconds: random.pick([0, -1, 1_709_294_400_123_456])))),
      ]
    }

    /// A row as the judges show it, so that no two values look alike.
    private static func shown(_ row: [Value]) -> String {
      row.map { value in
        switch value {
        case .null: "null"
        case .string(let text): "'\(text)'"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): number.isNaN ? "nan" : "bits \(number.bitPattern)"
        case .decimal(let unscaled, _): "unscaled \(unscaled)"
        case .date(let days): "day \(days)"
        case .timestamp(let time): "µs \(time.microseconds)"
        case .window(let start, let end): "µs \(start.microseconds)..\(end.microseconds)"
        }
      }.joined(separator: " | ")
    }

    private struct Lake {
      let root = NSTemporaryDirectory() + "tidemill-judged-\(UUID().uuidString)"
      var store: LocalLakeStore { LocalLakeStore(root: root) }

      func sink(_ options: DeltaSinkOptions) -> DeltaSink {
        DeltaSink(
          store, format: ParquetRowFormat(), codec: ParquetCheckpoints(), options: options, owner: "sink",
          now: DeltaConnector.now,
          report: { _ in })
      }

      func remove() { try? FileManager.default.removeItem(atPath: root) }
    }

    /// Compares what each judge reads at each version with the rows that are expected there.
    private func judge(_ root: String, _ expected: [Int: [String]]) async throws {
      let file = root + ".expected.json"
      defer { try? FileManager.default.removeItem(atPath: file) }
      let json = JSONValue.object(
        expected.sorted { $0.key < $1.key }.map { JSONField(String($0.key), .array($0.value.sorted().map { .string($0) })) })
      try Data(json.serialized.utf8).write(to: URL(fileURLWithPath: file))
      let answer = try await Judges.python(Self.program, root, file)
      #expect(answer == "4 judges, \(expected.count) versions\n", "\(answer)")
    }

    @Test(arguments: Case.all) func everyReaderSeesTheSameAtEveryVersion(_ judged: Case) async throws {
      let lake = Lake()
      defer { lake.remove() }
      var random = ReferenceEngine.SplitMix64(seed: 11)
      let shape = ResultShape(schema: Self.schema, key: judged.key, mode: judged.mode, zone: .utc, queryName: "totals")
      var sink = lake.sink(judged.options)
      try await sink.open(shape, lastEpoch: .none)
      var expected: [Int: [String]] = [0: []]
      var table: [String: [Value]] = [:]
      var epochs: [Batch] = []
      for number in 1...25 {
        var changes: [String: [Value]] = [:]
        var gone: [[Value]] = []
        if judged.mode == .complete { table = [:] }
        for _ in 0..<random.count(1...12) {
          let row = row(&random, hours: number * 2)
          let name = Self.shown((judged.key ?? []).map { row[$0] })
          if judged.mode == .append, table[name] != nil { continue }
          changes[name] = row
        }
        if judged.mode == .update {
          for (name, row) in table.sorted(by: { $0.key < $1.key }) where changes[name] == nil && random.chance(percent: 10) {
            gone.append(row)
            table[name] = nil
          }
        }
        table.merge(changes) { $1 }
        let rows = changes.sorted { $0.key < $1.key }.map(\.value)
        epochs.append(
          Batch(
            schema: Self.schema, rows: rows + gone,
            weights: gone.isEmpty ? nil : rows.map { _ in 1 } + gone.map { _ in -1 }))
        try await sink.write(epochs.last!, epoch: Epoch(UInt64(number)))
        expected[sink.version] = table.values.map { Self.shown($0) }
        if random.chance(percent: 20) {
          // The job dies, comes back, and writes what it may not have written.
          sink = lake.sink(judged.options)
          try await sink.open(shape, lastEpoch: Epoch(UInt64(number)))
          for again in max(1, number - 3)...number { try await sink.write(epochs[again - 1], epoch: Epoch(UInt64(again))) }
        }
      }
      #expect(FileManager.default.fileExists(atPath: lake.root + "/" + LogNames.checkpoint(20)))
      try await judge(lake.root, expected)
    }

    /// deltalake appends, deletes, compacts and writes checkpoints between our commits.
    @Test func deltalakeWritesBesideUs() async throws {
      let lake = Lake()
      defer { lake.remove() }
      let schema = Schema(Field("k", .string), Field("n", .bigint), Field("w", .window))
      func shown() async throws -> [String] {
        try await Judges.python(
          """
          import sys, deltalake
          t = deltalake.DeltaTable(sys.argv[1]).to_pyarrow_table()
          print("\\n".join(sorted(f"{r['k']} {r['n']} {r['w']['start'].hour}" for r in t.to_pylist())), end="")
          """, lake.root
        ).split(separator: "\n").map { String($0) }
      }
      func deltalake(_ program: String) async throws {
        try await Judges.python(
          """
          import os, sys, datetime as dt, pyarrow as pa, deltalake
          root = sys.argv[1]
          def rows(*rows):
              time = lambda hour: dt.datetime(2024, 3, 1, hour, tzinfo=dt.timezone.utc)
              at = pa.timestamp("us", "UTC")
              return pa.table({
                  "k": [r[0] for r in rows], "n": pa.array([r[1] for r in rows], pa.int64()),
                  "w": pa.array([{"start": time(r[2]), "end": time(r[2] + 1)} for r in rows],
                                pa.struct([("start", at), ("end", at)])),
                  "w_date": [dt.date(2024, 3, 1)] * len(rows)})
          \(program)
          sys.stdout.flush()
          # Threads of two libraries that end at once have been seen to disturb each other.
          os._exit(0)
          """, lake.root)
      }
      let shape = Hourly.shape()
      var sink = lake.sink(.small())
      try await sink.open(shape, lastEpoch: .none)
      try await sink.write(Hourly.batch([("a", 1, 0), ("b", 1, 1)]), epoch: Epoch(1))
      try await deltalake("deltalake.write_deltalake(root, rows(('x', 7, 0), ('b', 9, 1)), mode='append')")
      try await sink.write(Hourly.batch([("b", 2, 1)]), epoch: Epoch(2))
      #expect(try await shown() == ["a 1 0", "b 2 1", "x 7 0"])
      try await deltalake("deltalake.DeltaTable(root).delete(\"k = 'a'\")")
      try await deltalake("deltalake.DeltaTable(root).create_checkpoint()")
      try await sink.write(Hourly.batch([("c", 3, 0)]), epoch: Epoch(3))
      #expect(try await shown() == ["b 2 1", "c 3 0", "x 7 0"])
      try await deltalake("deltalake.DeltaTable(root).optimize.compact()")
      try await deltalake("deltalake.DeltaTable(root).create_checkpoint()")
      // Its checkpoint is what a new process begins with.
      sink = lake.sink(.small())
      try await sink.open(shape, lastEpoch: Epoch(3))
      try await sink.write(Hourly.batch([("c", 3, 0)]), epoch: Epoch(3))
      try await sink.write(Hourly.batch([("x", 8, 0), ("b", 2, 1)], weights: [1, -1]), epoch: Epoch(4))
      #expect(try await shown() == ["c 3 0", "x 8 0"])
      let ours = try #require(try DeltaTable.load(lake.store, codec: ParquetCheckpoints(), now: { 1 }))
      #expect(ours.snapshot.transactions["tidemill/hourly"]?.version == 4)
      let mark = try await Judges.python(
        "import sys, deltalake; print(deltalake.DeltaTable(sys.argv[1]).transaction_version('tidemill/hourly'), end='')",
        lake.root)
      #expect(mark == "4")
      withExtendedLifetime(schema) {}
    }

    /// Reads a table with deltalake, polars, DuckDB and chDB, and prints what differs from what is expected.
    private static let program = """
      import datetime as dt, glob, json, os, struct, sys
      # chDB reads only what is below the directory where it runs.
      os.chdir(os.path.dirname(sys.argv[1]))
      import chdb, deltalake, duckdb, polars
      import duckdb_extension_delta

      root, expected = sys.argv[1], json.load(open(sys.argv[2]))
      EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)

      def micros(time):
          if time.tzinfo is None:
              time = time.replace(tzinfo=dt.timezone.utc)
          return (time - EPOCH) // dt.timedelta(microseconds=1)

      def shown(value):
          if isinstance(value, dict):
              # A struct that is NULL comes as one of NULLs from some.
              if value["start"] is None:
                  return "null"
              return f"µs {micros(value['start'])}..{micros(value['end'])}"
          if value is None: return "null"
          if isinstance(value, bool): return "true" if value else "false"
          if isinstance(value, int): return str(value)
          if isinstance(value, float):
              return "nan" if value != value else f"bits {struct.unpack('<Q', struct.pack('<d', value))[0]}"
          if isinstance(value, dt.datetime): return f"µs {micros(value)}"
          if isinstance(value, dt.date): return f"day {(value - dt.date(1970, 1, 1)).days}"
          if isinstance(value, (str, bytes)): return f"'{value if isinstance(value, str) else value.decode()}'"
          return f"unscaled {int(value.scaleb(2))}"

      columns = ["k", "shop no", "w", "n", "ratio", "amount", "flag", "day", "at"]
      connection = duckdb.connect()
      connection.execute("SET enable_progress_bar = false")
      folder = os.path.dirname(duckdb_extension_delta.__file__)
      connection.execute(f"LOAD '{glob.glob(folder + '/extensions/*/delta.duckdb_extension')[0]}'")
      import decimal
      decimal.getcontext().prec = 60

      def with_deltalake(version):
          return deltalake.DeltaTable(root, version=version).to_pyarrow_table()
      def with_polars(version):
          return polars.scan_delta(root, version=version).collect().to_arrow()
      def with_duckdb(version):
          return connection.execute(f"SELECT * FROM delta_scan('{root}', version => {version})").to_arrow_table()
      def with_chdb(version):
          return chdb.query(
              f"SELECT * FROM deltaLakeLocal('{root}') SETTINGS delta_lake_snapshot_version = {version}, session_timezone = 'UTC'",
              "ArrowTable")

      judges = {"deltalake": with_deltalake, "polars": with_polars, "duckdb": with_duckdb, "chdb": with_chdb}
      wrong = 0
      for version, rows in expected.items():
          for name, read in judges.items():
              table = read(int(version))
              if len(rows) == 0 and table.num_rows == 0:
                  continue
              found = sorted(" | ".join(shown(row[c]) for c in columns) for row in table.select(columns).to_pylist())
              if found != sorted(rows):
                  wrong += 1
                  more = [row for row in found if row not in rows][:3]
                  less = [row for row in rows if row not in found][:3]
                  print(f"{name} at version {version}: {len(found)} rows for {len(rows)}; more {more}; less {less}")
      if not wrong:
          print(f"{len(judges)} judges, {len(expected)} versions")
      """
  }

  extension DeltaSinkOptions {
    /// Files so small that every way of laying them out is gone.
    fileprivate static func small(_ partitionBy: [String]? = nil) -> DeltaSinkOptions {
      DeltaSinkOptions(
        partitionBy: partitionBy, targetFileSize: 6000, properties: ["delta.checkpointInterval": "5"], lanes: 2)
    }
  }
#endif
