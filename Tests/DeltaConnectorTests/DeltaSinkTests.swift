import LakeFiles
import DeltaTesting
import ReferenceEngine
import TableTesting
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import DeltaConnector
@testable import DeltaLog

extension TableCase: CustomTestStringConvertible {}

@Suite struct DeltaSinkTests {
  private let lake = TestLake()

  private func shown(_ rows: [[Value]]) -> [String] { ShownRows.of(rows, window: 2) }

  @Test(arguments: TableCase.all, 1...4)
  func tableHoldsWhatTheChangesAmountToWhateverIsReplayed(_ table: TableCase, seed: Int) async throws {
    try await play(table, seed, lake, epochs: 30)
  }

  #if Lake
    @Test(arguments: TableCase.all)
    func filesOfParquetHoldTheSame(_ table: TableCase) async throws {
      try await play(table, 1, TestLake(format: ParquetRowFormat(), codec: ParquetCheckpoints()), epochs: 15)
    }
  #endif

  /// Random changes, some written twice, over crashes of the job, into files so small that all ways of laying them out are gone.
  private func play(_ table: TableCase, _ seed: Int, _ lake: TestLake, epochs count: Int) async throws {
    var changes = RandomChanges(table.shape, seed: UInt64(seed))
    var random = ReferenceEngine.SplitMix64(seed: UInt64(seed) &+ 77)
    var epochs: [Batch] = []
    let options = DeltaSinkOptions(
      targetFileSize: random.pick([1000, 4000, 1 << 20]), cacheBytes: random.pick([0, 1 << 20]), lanes: random.count(1...2))
    var sink = lake.sink(options)
    try await sink.open(table.shape, lastEpoch: .none)
    for number in 1...count {
      epochs.append(changes.next())
      let batch = epochs.last!
      try await sink.write(batch, epoch: Epoch(UInt64(number)))
      if random.chance(percent: 20) { try await sink.write(batch, epoch: Epoch(UInt64(number))) }
      if random.chance(percent: 20) {
        if random.chance(percent: 50) { try await sink.close() }
        sink = lake.sink(options)
        try await sink.open(table.shape, lastEpoch: Epoch(UInt64(number)))
        for again in random.count(1...number)...number {
          try await sink.write(epochs[again - 1], epoch: Epoch(UInt64(again)))
        }
      }
      #expect(shown(try lake.rows(table.shape.schema)) == shown(changes.table), "after epoch \(number)")
    }
    #expect(!changes.table.isEmpty || table.shape.mode == .complete)
    try await sink.close()
  }

  /// What Swift takes for one, and what it takes for two: each value has one partition, whose rows stay there.
  @Test(arguments: [OutputMode.update, .append])
  func eachValueHasOnePartition(mode: OutputMode) async throws {
    let schema = Schema(Field("text", .string), Field("number", .double), Field("n", .bigint))
    let shape = ResultShape(schema: schema, key: [0, 1], mode: mode, zone: .utc, queryName: "hourly")
    let values: [(String, Double)] = [
      ("Zo\u{EB}", .nan), ("Zoe\u{308}", .nan), ("Zoe\u{308}", 0), ("Zo\u{EB}", -0.0), ("x", .infinity),
    ]
    func shown(_ rows: [[Value]]) -> Set<[UInt8]> {
      Set(rows.map { row in Array(row.map { "\($0)" }.joined(separator: "|").utf8) })
    }
    let sink = lake.sink(DeltaSinkOptions(partitionBy: ["text", "number"], lanes: 1))
    try await sink.open(shape, lastEpoch: .none)
    var expected: [[Value]] = []
    for number in 1...3 {
      let rows: [[Value]] = values.enumerated().map { index, value in
        [.string(value.0), .double(value.1), .integer(Int64(number * 10 + index))]
      }
      expected = mode == .update ? rows : expected + rows
      try await sink.write(Batch(schema: schema, rows: rows), epoch: Epoch(UInt64(number)))
      let found = try lake.rows(schema)
      #expect(found.count == expected.count)
      #expect(shown(found) == shown(expected))
    }
    let partitions = try lake.table().snapshot.files.values.map { file in
      ["text", "number"].map { Array(((file.partitionValues[$0] ?? nil) ?? "").utf8) }
    }
    #expect(Set(partitions).count == 5)
  }

  @Test func everyVersionIsTheResultAfterSomeEpoch() async throws {
    let table = TableCase.all[3]
    var changes = RandomChanges(table.shape, seed: 5)
    let sink = lake.sink()
    try await sink.open(table.shape, lastEpoch: .none)
    var expected: [Int: [String]] = [:]
    for number in 1...30 {
      try await sink.write(changes.next(), epoch: Epoch(UInt64(number)))
      expected[sink.version] = shown(changes.table)
    }
    for (version, rows) in expected { #expect(shown(try lake.rows(table.shape.schema, version: version)) == rows) }
    #expect(expected.count > 20)
  }

  @Test func theTableIsMadeFromTheResultsSchema() async throws {
    let sink = lake.sink(
      DeltaSinkOptions(properties: ["delta.checkpointInterval": "3", "delta.logRetentionDuration": "interval 1 day"], lanes: 1))
    try await sink.open(TableCase.all[3].shape, lastEpoch: .none)
    let table = try lake.table()
    #expect(table.snapshot.version == 0 && table.snapshot.protocol == .ofNewTables)
    #expect(table.metadata.partitionColumns == ["w_date"])
    #expect(table.metadata.configuration["delta.checkpointInterval"] == "3")
    let schema = try DeltaSchema(text: table.metadata.schemaString)
    #expect(
      schema.fields.map { "\($0.name) \($0.type.name)" } == [
        "k string", "a \"region\" string", "w struct<start: timestamp, end: timestamp>", "level double", "n long",
        "small integer", "amount decimal(38,6)", "flag boolean", "day date", "at timestamp", "ratio double", "note string",
        "w_date date",
      ])
  }

  @Test func anEpochIsOneCommitWithItsNumber() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0), ("b", 2, 25)]), epoch: Epoch(3))
    try await sink.write(Hourly.batch([]), epoch: Epoch(4))
    try await sink.write(Hourly.batch([("a", 5, 0)]), epoch: Epoch(7))
    var table = try lake.table()
    #expect(table.snapshot.version == 2 && table.snapshot.transactions["tidemill/hourly"]?.version == 7)
    let actions = try #require(try table.actions(of: 2))
    guard case .commitInfo(let info) = actions[0] else { throw CorruptBytes("no commitInfo") }
    #expect(info.operation == "MERGE" && info.parameters["epochId"] == "7" && info.isBlindAppend == false)
    #expect(actions.count == 4)
    table = try lake.table(version: 1)
    let dates = Set(table.snapshot.files.values.map { ($0.partitionValues["w_date"] ?? nil) ?? "none" })
    #expect(dates == ["2024-03-01", "2024-03-02"])
    let path = try #require(table.snapshot.files.values.first { $0.partitionValues["w_date"] == "2024-03-02" }?.path)
    #expect(path.hasPrefix("w_date=2024-03-02/3-"))
  }

  @Test func rowsOfAnotherJobAreRefusedOrRemovedOnRequest() async throws {
    let first = lake.sink()
    try await first.open(Hourly.shape(), lastEpoch: .none)
    try await first.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(4))
    for (shape, lastEpoch, why) in [
      (Hourly.shape(), Epoch.none, "this job is new, and the table ends at epoch 4"),
      (Hourly.shape(), Epoch(3), "this job's checkpoint ends at epoch 3, and the table at epoch 4"),
      (Hourly.shape(query: "others"), Epoch(9), "the query hourly writes it, and this one is others"),
      (Hourly.shape(.complete, query: "others"), Epoch(9), "the query hourly writes it, and this one is others"),
    ] {
      let error = await tidemillError { try await lake.sink().open(shape, lastEpoch: lastEpoch) }
      #expect(error?.message == "the Delta table simulated holds rows of another job: \(why)")
      #expect(error?.hint?.contains("overwrite 'true'") == true)
      #expect(try lake.hourly == ["a 1 0"])
    }
    let overwriting = DeltaSinkOptions(overwrites: true, lanes: 1)
    // Its own rows stay with overwrite, too.
    try await lake.sink(overwriting).open(Hourly.shape(), lastEpoch: Epoch(5))
    #expect(try lake.hourly == ["a 1 0"])
    let anew = lake.sink(overwriting)
    try await anew.open(Hourly.shape(), lastEpoch: .none)
    #expect(try lake.hourly == [])
    try await anew.write(Hourly.batch([("b", 2, 0)]), epoch: Epoch(1))
    #expect(try lake.hourly == ["b 2 0"])
    try await anew.close()
    // Another query beside it, where that is wanted.
    let beside = lake.sink(DeltaSinkOptions(isShared: true, lanes: 1))
    try await beside.open(Hourly.shape(query: "others"), lastEpoch: .none)
    try await beside.write(Hourly.batch([("c", 3, 0)]), epoch: Epoch(1))
    #expect(try lake.hourly == ["b 2 0", "c 3 0"])
  }

  /// A complete result replaces all rows: those of another query must not be among them.
  @Test func completeResultsHaveATableOfTheirOwn() async throws {
    let complete = lake.sink()
    try await complete.open(Hourly.shape(.complete), lastEpoch: .none)
    try await complete.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    try await complete.close()
    let beside = lake.sink(DeltaSinkOptions(isShared: true, lanes: 1))
    try await beside.open(Hourly.shape(query: "others"), lastEpoch: .none)
    try await beside.write(Hourly.batch([("c", 3, 0)]), epoch: Epoch(1))
    var error = await tidemillError { try await lake.sink().open(Hourly.shape(.complete), lastEpoch: Epoch(1)) }
    #expect(error?.message.contains("the query others writes it, too") == true)
    let shared = lake.sink(DeltaSinkOptions(isShared: true, lanes: 1))
    error = await tidemillError { try await shared.open(Hourly.shape(.complete), lastEpoch: Epoch(1)) }
    #expect(error?.message.contains("complete mode replaces all rows") == true)
    #expect(try lake.hourly == ["a 1 0", "c 3 0"])
  }

  @Test func ofTwoJobsOfOneNameTheSecondToCommitStops() async throws {
    let first = lake.sink()
    try await first.open(Hourly.shape(), lastEpoch: .none)
    let second = lake.sink()
    try await second.open(Hourly.shape(), lastEpoch: .none)
    try await second.write(Hourly.batch([("b", 2, 0)]), epoch: Epoch(1))
    let error = await tidemillError { try await first.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1)) }
    #expect(error?.message == "another job has written the Delta table simulated as tidemill/hourly in version 1")
    #expect(try lake.hourly == ["b 2 0"])
    // What it had written is gone again.
    #expect(lake.store.paths.filter { $0.hasSuffix(".batch") }.count == 1)
  }

  @Test func whatIsRefusedIsNamed() async throws {
    func refusal(_ shape: ResultShape, _ options: DeltaSinkOptions = DeltaSinkOptions(lanes: 1)) async -> String? {
      await tidemillError { try await TestLake().sink(options).open(shape, lastEpoch: .none) }?.message
    }
    func by(_ columns: String...) -> DeltaSinkOptions { DeltaSinkOptions(partitionBy: columns, lanes: 1) }
    let name = "the Delta table simulated"
    #expect(await refusal(Hourly.shape(), by("x")) == "\(name) cannot be partitioned by `x`: the result has no such column")
    #expect(
      await refusal(Hourly.shape(), by("n"))
        == "\(name) cannot be partitioned by `n` in update mode: it is not of the key of the result, which is k, w")
    #expect(await refusal(Hourly.shape(.append), by("n")) == nil)
    #expect(await refusal(Hourly.shape(), by("w", "w_date")) == "\(name) is partitioned by `w_date` twice")
    let twins = Schema(Field("a", .int), Field("A", .int))
    let shape = ResultShape(schema: twins, key: nil, mode: .append, zone: .utc, queryName: "q")
    #expect(await refusal(shape) == "\(name) would have two columns `a` and `A`, which readers take for one")
    let dated = Schema(Field("w", .window), Field("w_date", .date))
    #expect(
      await refusal(ResultShape(schema: dated, key: [0], mode: .update, zone: .utc, queryName: "q"))?
        .hasPrefix("\(name) would have two columns `w_date`") == true)
    #expect(
      await refusal(
        ResultShape(schema: Schema(Field("a", .int)), key: [0], mode: .update, zone: .utc, queryName: "q"), by("a"))
        == "\(name) is partitioned by all of its columns")
    #expect(
      await refusal(Hourly.shape(), DeltaSinkOptions(properties: ["delta.appendOnly": "true"], lanes: 1))
        == "\(name) has the property delta.appendOnly, and update mode takes rows away")
    #expect(
      await refusal(Hourly.shape(), DeltaSinkOptions(properties: ["delta.enableChangeDataFeed": "true"], lanes: 1))
        == "\(name) has features that tidemill does not write: changeDataFeed")
  }

  @Test func aTableThatIsThereIsUsedIfItFits() async throws {
    func make(_ fields: [DeltaField], partitions: [String] = ["w_date"]) throws -> TestLake {
      let lake = TestLake()
      var table = DeltaTable(new: lake.store, codec: LineCodec(), now: { 1 })
      try table.commit(
        DeltaTransaction(
          [
            .protocol(.ofNewTables),
            .metadata(
              TableMetadata(
                id: "x", schemaString: DeltaSchema(fields).text, partitionColumns: partitions,
                configuration: ["delta.targetFileSize": "64 mb", "mine": "yes"])),
          ], reads: .nothing, operation: "CREATE TABLE"))
      return lake
    }
    let k = DeltaField("k", .primitive("string"))
    let n = DeltaField("n", .primitive("long"))
    let w = DeltaField("w", DeltaType(.window))
    let date = DeltaField("w_date", .primitive("date"))
    let good = try make([date, w, DeltaField("note", .primitive("string")), n, k])
    let sink = good.sink(DeltaSinkOptions(properties: ["delta.targetFileSize": "1 mb"], lanes: 1))
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    #expect(try good.hourly == ["a 1 0"])
    #expect(try good.table().metadata.configuration == ["delta.targetFileSize": "64 mb", "mine": "yes"])
    #expect(
      good.reports.all == ["sink hourly: the Delta table simulated is there, and keeps its own delta.targetFileSize"])
    func refusal(_ fields: [DeltaField], partitions: [String] = ["w_date"]) async throws -> String? {
      let lake = try make(fields, partitions: partitions)
      let sink = lake.sink()
      let error = await tidemillError { try await sink.open(Hourly.shape(), lastEpoch: .none) }
      return error?.message
    }
    let name = "the Delta table simulated"
    #expect(try await refusal([k, w, date]) == "\(name) has no column `n`, and the query gives one of type long")
    #expect(
      try await refusal([k, DeltaField("n", .primitive("integer")), w, date])
        == "column `n` of \(name) is integer, and the query gives long")
    #expect(
      try await refusal([k, n, w, date, DeltaField("must", .primitive("string"), isNullable: false)])
        == "column `must` of \(name) takes no NULL, and the query does not give it")
    #expect(
      try await refusal([DeltaField("k", .primitive("string"), isNullable: false), n, w, date])
        == "column `k` of \(name) takes no NULL, and tidemill cannot promise that")
    #expect(
      try await refusal([k, n, w, date], partitions: [])
        == "\(name) is partitioned by nothing, and the sink by w_date")
  }

  @Test func partitionsAreWhatOneSays() async throws {
    let zone = SessionZone(fixedOffset: 3600)
    var shape = Hourly.shape()
    shape.zone = zone
    let sink = lake.sink(DeltaSinkOptions(partitionBy: ["k", "w"], lanes: 1))
    try await sink.open(shape, lastEpoch: .none)
    try await sink.write(Hourly.batch([("a/b c", 1, 23), ("ü=%", 2, 1), ("a/b c", 3, 1)]), epoch: Epoch(1))
    #expect(try lake.hourly == ["a/b c 1 23", "a/b c 3 1", "ü=% 2 1"])
    let files = try lake.table().snapshot.files.values
    // An hour east of Greenwich the last hour of the day is of the next.
    #expect(
      Set(files.map { "\($0.partitionValues["k"]!!) \($0.partitionValues["w_date"]!!)" })
        == ["a/b c 2024-03-02", "ü=% 2024-03-01", "a/b c 2024-03-01"])
    #expect(files.contains { $0.path.hasPrefix("k=a%252Fb%20c/w_date=2024-03-02/1-") })
    try await sink.write(Hourly.batch([("a/b c", 7, 23)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a/b c 3 1", "a/b c 7 23", "ü=% 2 1"])
    let error = await tidemillError { try await sink.write(Hourly.batch([("", 7, 23)]), epoch: Epoch(3)) }
    #expect(error?.message.hasPrefix("the column `k` has an empty text") == true)
  }
}
