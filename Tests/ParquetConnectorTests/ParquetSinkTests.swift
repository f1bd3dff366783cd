#if Lake
  import Foundation
  import LakeFiles
  import LakeTesting
  import Synchronization
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillFiles
  import TidemillPlan

  @testable import ParquetConnector

  private let schema = Schema(
    Field("shop", .string), Field("total", .bigint), Field("price", .decimal(precision: 12, scale: 2)), Field("w", .window))

  private func row(_ shop: String?, _ total: Int64, hour: Int64) -> [Value] {
    let start = EventTime(microseconds: 1_709_251_200_000_000 + hour * 3_600_000_000)
    return [
      shop.map { .string($0) } ?? .null, .integer(total), .decimal(unscaled: Int128(total) * 100 + 5, scale: 2),
      .window(start: start, end: EventTime(microseconds: start.microseconds + 3_600_000_000)),
    ]
  }

  private func shape(_ mode: OutputMode = .append, zone: SessionZone = .utc) -> ResultShape {
    ResultShape(schema: schema, key: nil, mode: mode, zone: zone, queryName: "q")
  }

  private func part(_ epoch: Int) -> String {
    let digits = String(epoch)
    return "part-" + String(repeating: "0", count: 20 - digits.count) + digits + ".parquet"
  }

  @Suite struct ParquetSinkTests {
    let files = SimulatedFileSystem()

    private func sink(_ options: ParquetSink.Options = ParquetSink.Options()) -> ParquetSink {
      ParquetSink(LocalResultFolder("out", files: files, syncs: true), options: options, owner: "sink s")
    }

    private func byDay() -> ParquetSink { sink(ParquetSink.Options(partitionBy: ["w_date", "shop"])) }

    /// What readers see: all files but hidden ones, with their rows.
    private func visible() throws -> [String: [[Value]]] { try visible { try content($0) } }

    private func visible<Content>(_ content: (String) throws -> Content) throws -> [String: Content] {
      var found: [String: Content] = [:]
      func look(_ folder: String) throws {
        for name in try files.names(in: folder) where !name.hasPrefix("_") && !name.hasPrefix(".") {
          let path = folder + "/" + name
          if name.contains("=") { try look(path) } else { found[path] = try content(path) }
        }
      }
      if files.exists("out") { try look("out") }
      return found
    }

    private func content(_ path: String) throws -> [[Value]] {
      let file = try ParquetFile(MemoryInput(try files.read(path), name: path))
      let stored = Schema(schema.fields.filter { field in file.fields.contains { $0.name == field.name } })
      var result: [[Value]] = []
      let rows = try file.rows(file.everything)
      while let batch = try rows.next() {
        var unfit: [Int] = []
        let columns = try stored.fields.map { try #require(batch.column($0.path, as: $0.type, unfit: &unfit)) }
        result += Batch(schema: stored, count: batch.count, columns: columns).rows
      }
      return result
    }

    @Test func eachEpochWithRowsMakesAFileInEachOfItsDirectories() async throws {
      let sink = byDay()
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(
        Batch(
          schema: schema, rows: [row("a", 1, hour: 1), row("b/c", 2, hour: 1), row("a", 3, hour: 2), row(nil, 4, hour: 25)]),
        epoch: Epoch(1))
      try await sink.write(.empty(schema), epoch: Epoch(2))
      try await sink.write(Batch(schema: schema, rows: [row("a", 5, hour: 3)]), epoch: Epoch(3))
      let seen = try visible()
      func stored(_ row: [Value]) -> [Value] { Array(row[1...]) }
      #expect(
        seen == [
          "out/w_date=2024-03-01/shop=a/\(part(1))": [row("a", 1, hour: 1), row("a", 3, hour: 2)].map(stored),
          "out/w_date=2024-03-01/shop=b%2Fc/\(part(1))": [stored(row("b/c", 2, hour: 1))],
          "out/w_date=2024-03-02/shop=__HIVE_DEFAULT_PARTITION__/\(part(1))": [stored(row(nil, 4, hour: 25))],
          "out/w_date=2024-03-01/shop=a/\(part(3))": [stored(row("a", 5, hour: 3))],
        ])
    }

    @Test func daysAreThoseOfTheSessionsZone() async throws {
      let sink = sink(ParquetSink.Options(partitionBy: ["w_date"]))
      try await sink.open(shape(zone: try #require(SessionZone(name: "-01:00"))), lastEpoch: .none)
      try await sink.write(Batch(schema: schema, rows: [row("a", 1, hour: 0), row("a", 2, hour: 1)]), epoch: Epoch(1))
      #expect(try files.names(in: "out") == ["w_date=2024-02-29", "w_date=2024-03-01"])
    }

    @Test func aCompleteResultIsReplaced() async throws {
      let sink = sink()
      try await sink.open(shape(.complete), lastEpoch: .none)
      try await sink.write(Batch(schema: schema, rows: [row("a", 1, hour: 1)]), epoch: Epoch(1))
      try await sink.write(Batch(schema: schema, rows: [row("a", 2, hour: 1), row("b", 2, hour: 1)]), epoch: Epoch(2))
      #expect(try visible() == ["out/result.parquet": [row("a", 2, hour: 1), row("b", 2, hour: 1)]])
      try await sink.write(.empty(schema), epoch: Epoch(3))
      #expect(try visible() == ["out/result.parquet": []])
    }

    @Test func whatCannotBeDoneIsRefused() async throws {
      func refusal(_ options: ParquetSink.Options, _ mode: OutputMode) async throws -> TidemillError {
        try await #require(throws: TidemillError.self) { try await self.sink(options).open(shape(mode), lastEpoch: .none) }
      }
      #expect(try await refusal(ParquetSink.Options(), .update).hint?.contains("USING delta") == true)
      #expect(try await refusal(ParquetSink.Options(partitionBy: ["w_date"]), .complete).code == .unsupported)
      #expect(try await refusal(ParquetSink.Options(partitionBy: ["w"]), .append).hint?.contains("w_date") == true)
      #expect(try await refusal(ParquetSink.Options(partitionBy: ["city"]), .append).message.contains("city"))
      #expect(
        try await refusal(ParquetSink.Options(partitionBy: ["shop", "total", "price", "W"]), .append).code == .invalidQuery)
      let sink = byDay()
      try await sink.open(shape(), lastEpoch: .none)
      let empty = try await #require(throws: TidemillError.self) {
        try await sink.write(Batch(schema: schema, rows: [row("", 1, hour: 1)]), epoch: Epoch(1))
      }
      #expect(empty.code == .outOfRange)
    }

    @Test func resultsOfAnotherJobAreNotAddedTo() async throws {
      let first = byDay()
      try await first.open(shape(), lastEpoch: .none)
      try await first.write(Batch(schema: schema, rows: [row("a", 1, hour: 1)]), epoch: Epoch(4))
      let error = try await #require(throws: TidemillError.self) {
        try await self.byDay().open(shape(), lastEpoch: Epoch(3))
      }
      #expect(error.message.contains(part(4)))
      try await byDay().open(shape(), lastEpoch: Epoch(4))
      #expect(try visible().count == 1)
      try await sink(ParquetSink.Options(partitionBy: ["w_date", "shop"], overwrites: true)).open(shape(), lastEpoch: .none)
      #expect(try visible().isEmpty)
    }

    /// What Swift takes for one, and what it takes for two: of both each value has one directory.
    @Test(arguments: ["text", "number"])
    func eachValueHasOneDirectory(by column: String) async throws {
      let schema = Schema(Field("text", .string), Field("number", .double), Field("n", .bigint))
      let values: [(String, Double)] = [
        ("Zo\u{EB}", .nan), ("Zoe\u{308}", 0), ("Zo\u{EB}", -.nan), ("Zoe\u{308}", -0.0), ("x", .infinity), ("Zo\u{EB}", .nan),
        ("x", 0),
      ]
      let rows: [[Value]] = (0..<14).map { index in
        let (text, number) = values[index % 7]
        return [.string(text), .double(number), .integer(Int64(index))]
      }
      let directory = try TestDirectory()
      let shape = ResultShape(schema: schema, key: nil, mode: .append, zone: .utc, queryName: "q")
      for (number, lastEpoch) in [(1, Epoch.none), (2, Epoch(2)), (2, Epoch(2))] {
        let sink = ParquetSink(
          LocalResultFolder(directory.path, files: LocalFileSystem(), syncs: false),
          options: ParquetSink.Options(partitionBy: [column]), owner: "sink s")
        try await sink.open(shape, lastEpoch: lastEpoch)
        try await sink.write(
          Batch(schema: schema, rows: Array(rows[(number - 1) * 7..<number * 7])), epoch: Epoch(UInt64(number)))
      }
      let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".parquet") }
      #expect(Set(paths.map { Array($0.utf8) }).count == (column == "text" ? 6 : 8))
      let source = ParquetSource(
        try ParquetFolder(path: directory.path),
        request: ReadRequest(
          schema: Schema(Field(column, schema.fields.first { $0.name == column }!.type), Field("n", .bigint))))
      let read = try await readAll(source, isFinal: true).rows
      func shown(_ value: Value) -> [UInt8] {
        if case .double(let number) = value, number.isNaN { return Array("nan".utf8) }
        return Array("\(value)".utf8)
      }
      let place = column == "text" ? 0 : 1
      #expect(Set(read.map { $0.map(shown) }) == Set(rows.map { [$0[place], $0[2]].map(shown) }))
      #expect(read.count == 14)
    }

    @Test func aFileThatIsCalledLikeADirectoryIsLeftAlone() async throws {
      try files.createDirectory("out")
      try files.create("out/shop=a.txt").close()
      let sink = byDay()
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(Batch(schema: schema, rows: [row("a", 1, hour: 1)]), epoch: Epoch(1))
      #expect(try files.names(in: "out") == ["shop=a.txt", "w_date=2024-03-01"])
    }

    /// A process may be killed when it has made a directory and not yet made that durable: the next one finds it there.
    @Test func directoriesAreMadeDurableUpToTheRoot() async throws {
      try files.createDirectory("out/w_date=2024-03-01/shop=a")
      let sink = byDay()
      try await sink.open(shape(), lastEpoch: .none)
      let synced = Mutex<[String]>([])
      files.onFailPoint { point in
        if point.operation == .syncDirectory, point.moment == .after { synced.withLock { $0.append(point.kind) } }
      }
      try await sink.write(Batch(schema: schema, rows: [row("a", 1, hour: 1)]), epoch: Epoch(1))
      #expect(synced.withLock { $0 } == ["out", "w_date=#-#-#", "shop=a"])
    }

    /// Four epochs of several directories each; killed at each step in turn, by a crash of the process or a failure of the power,
    /// and started again from the last epoch that a checkpoint would know.
    @Test(arguments: [false, true])
    func killedAtAnyStepNothingIsLostOrDoubled(power: Bool) async throws {
      let shops: [String?] = ["a", "b", nil]
      let epochs: [Batch] = (1...4).map { epoch in
        let rows: [[Value]] = (0..<3).map { index in
          row(shops[index % 3], Int64(epoch * 10 + index), hour: Int64(epoch * 9 + index * 5))
        }
        return Batch(schema: schema, rows: rows)
      }
      // The same rows give the same bytes, which are quicker to compare.
      func bytes(_ run: ParquetSinkTests) throws -> [String: [UInt8]] { try run.visible { try run.files.read($0) } }
      var whole: [String: [UInt8]] = [:]
      do {
        let straight = ParquetSinkTests()
        let sink = straight.byDay()
        try await sink.open(shape(), lastEpoch: .none)
        for (index, batch) in epochs.enumerated() { try await sink.write(batch, epoch: Epoch(UInt64(index + 1))) }
        whole = try bytes(straight)
        #expect(whole.count > 8)
        #expect(try straight.visible().values.reduce(0) { $0 + $1.count } == 12)
      }
      var step = 1
      while true {
        let run = ParquetSinkTests()
        run.files.crash(atFailPoint: step)
        // A snapshot was taken behind the second epoch; the log knows that an epoch is to be written before it is.
        var logged = 0
        do {
          let sink = run.byDay()
          try await sink.open(shape(), lastEpoch: .none)
          for (index, batch) in epochs.enumerated() {
            logged = index + 1
            try await sink.write(batch, epoch: Epoch(UInt64(index + 1)))
          }
          #expect(step > 40)
          break
        } catch is SimulatedCrash {}
        if power { run.files.crash(seed: UInt64(step)) } else { run.files.restart() }
        // What readers see is whole files of the result, whatever was going on.
        for (path, bytes) in try bytes(run) { #expect(whole[path] == bytes, "step \(step), \(path)") }
        let again = run.byDay()
        try await again.open(shape(), lastEpoch: Epoch(UInt64(logged)))
        let first = logged >= 3 ? 3 : 1
        for index in first...4 { try await again.write(epochs[index - 1], epoch: Epoch(UInt64(index))) }
        #expect(try bytes(run) == whole, "step \(step)")
        step += 1
      }
    }
  }

  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the readers")) struct ParquetJudgementTests {
    private static let rows = (0..<500).map {
      row(["a", "a long name of a shop", nil][$0 % 3], Int64($0 - 7), hour: Int64($0 % 70))
    }

    private func write(_ folder: any ResultFolder, _ options: ParquetSink.Options) async throws {
      let sink = ParquetSink(folder, options: options, owner: "sink s")
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(Batch(schema: schema, rows: Array(Self.rows[..<200])), epoch: Epoch(1))
      try await sink.write(Batch(schema: schema, rows: Array(Self.rows[200...])), epoch: Epoch(2))
    }

    /// Each row's columns as text, sorted: shop, total, price, start, end.
    private static let expected = rows.map { row in
      guard case .window(let start, let end) = row[3], case .integer(let total) = row[1], case .decimal(let price, _) = row[2]
      else {
        preconditionFailure("a row of another kind")
      }
      let shop = if case .string(let text) = row[0] { text } else { "None" }
      return "\(shop)|\(total)|\(price)|\(start.microseconds)|\(end.microseconds)"
    }.sorted()

    /// Prints the rows of each directory in one, as each of the readers sees them.
    private static let readers = """
      import os, sys, datetime, duckdb, polars, pyarrow.dataset as arrow
      def micros(t): return int(t.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000000 + t.microsecond
      def named(rows): return [(r["shop"], r["total"], r["price"], r["w"]["start"], r["w"]["end"]) for r in rows]

      def by_arrow(path):
        t = arrow.dataset(path, partitioning=arrow.partitioning(flavor="hive")).to_table()
        assert str(t.schema.field("w").type) == "struct<start: timestamp[us, tz=UTC], end: timestamp[us, tz=UTC]>", t.schema
        return named(t.to_pylist())

      duckdb.execute("SET TimeZone = 'UTC'")
      def by_duckdb(path):
        return duckdb.execute(
          'SELECT shop, total, price, w.start::TIMESTAMP, w."end"::TIMESTAMP'
          f" FROM read_parquet('{path}/**/part-*.parquet', hive_partitioning = true)").fetchall()

      def by_polars(path): return named(polars.scan_parquet(path, hive_partitioning=True).collect().to_dicts())

      for name in os.listdir(sys.argv[1]):
        for reader in [by_arrow, by_duckdb, by_polars]:
          for shop, total, price, start, end in reader(sys.argv[1] + "/" + name):
            print(f"{name} {reader.__name__} {shop}|{total}|{int(price * 100)}|{micros(start)}|{micros(end)}")
      """

    @Test func otherReadersReadTheSameRows() async throws {
      let directory = try TestDirectory()
      for codec in ParquetWriter.Codec.allCases {
        var options = ParquetSink.Options(writing: ParquetWriter.Options(codec: codec, rowGroupRows: 64))
        if codec != .none { options.partitionBy = ["w_date"] }
        try await write(LocalResultFolder(directory.full(codec.rawValue), files: LocalFileSystem(), syncs: false), options)
      }
      let lines = try await Judges.python(Self.readers, directory.path).split(separator: "\n").map(String.init)
      for codec in ParquetWriter.Codec.allCases {
        for reader in ["by_arrow", "by_duckdb", "by_polars"] {
          let beginning = "\(codec.rawValue) \(reader) "
          let seen = lines.filter { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
          #expect(seen.sorted() == Self.expected, "\(beginning)")
        }
      }
    }

    @Test func anObjectStoreHoldsWhatADirectoryDoes() async throws {
      let server = try await ObjectServer.shared
      let access = RemoteStore.Options(
        endpoint: server.endpoint, region: "us-east-1", accessKey: ObjectServer.accessKey, secretKey: ObjectServer.secretKey)
      let location = try #require(StoreLocation("s3://tests/results"))
      let store = try RemoteStore(location, options: access)
      let options = ParquetSink.Options(partitionBy: ["w_date", "shop"])
      try await write(RemoteResultFolder(store), options)
      // Written again, as after a crash, it is the same.
      let names = try store.list("", recursive: true).map(\.path)
      let again = ParquetSink(RemoteResultFolder(store), options: options, owner: "sink s")
      try await again.open(shape(), lastEpoch: Epoch(2))
      try await again.write(Batch(schema: schema, rows: Array(Self.rows[200...])), epoch: Epoch(2))
      #expect(try store.list("", recursive: true).map(\.path) == names)
      await #expect(throws: TidemillError.self) {
        try await ParquetSink(RemoteResultFolder(store), options: options, owner: "sink s").open(shape(), lastEpoch: .none)
      }
      // And our own source reads it back, by its path and by a glob.
      for path in ["s3://tests/results", "s3://tests/results/w_date=*/*/part-*.parquet"] {
        let source = ParquetSource(
          try ParquetFolder(path: path, options: access),
          request: ReadRequest(schema: schema))
        let read = try await readAll(source, isFinal: true).rows
        #expect(Set(read) == Set(Self.rows))
        #expect(read.count == Self.rows.count)
      }
    }
  }
#endif
