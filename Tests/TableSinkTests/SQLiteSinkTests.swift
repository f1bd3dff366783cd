#if SQLite
  import Foundation
  import GRDB
  import ReferenceEngine
  import TableTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import SQLiteConnector

  extension TableCase: CustomTestStringConvertible {}

  @Suite struct SQLiteSinkTests {
    let file: SQLiteFile

    init() throws { file = try SQLiteFile() }

    func sink(_ options: SQLiteSink.Options = SQLiteSink.Options(), table: String = "totals") -> SQLiteSink {
      SQLiteSink(path: file.path, table: table, options: options)
    }

    static let small = Schema(Field("k", .string), Field("n", .bigint))

    func shape(_ mode: OutputMode, key: [Int]? = [0], query: String = "totals") -> ResultShape {
      ResultShape(schema: Self.small, key: key, mode: mode, zone: .utc, queryName: query)
    }

    func batch(_ rows: (k: String?, n: Int64)..., weights: [Int8]? = nil) -> Batch {
      Batch(schema: Self.small, rows: rows.map { [$0.k.map { .string($0) } ?? .null, .integer($0.n)] }, weights: weights)
    }

    @Test(arguments: TableCase.all, 1...3)
    func tableHoldsWhatTheChangesAmountToWhateverIsReplayed(_ table: TableCase, seed: Int) async throws {
      var changes = RandomChanges(table.shape, seed: UInt64(seed))
      var random = SplitMix64(seed: UInt64(seed) &+ 77)
      var epochs: [Batch] = []
      var sink = sink()
      try await sink.open(table.shape, lastEpoch: .none)
      for number in 1...20 {
        epochs.append(changes.next())
        let batch = epochs.last!
        try await sink.write(batch, epoch: Epoch(UInt64(number)))
        if random.chance(percent: 30) { try await sink.write(batch, epoch: Epoch(UInt64(number))) }
        if random.chance(percent: 30) {
          // A crash: the job comes back and writes the last epochs again.
          if random.chance(percent: 50) { try await sink.close() }
          sink = self.sink()
          try await sink.open(table.shape, lastEpoch: Epoch(UInt64(number)))
          for again in random.count(1...number)...number {
            try await sink.write(epochs[again - 1], epoch: Epoch(UInt64(again)))
          }
        }
        #expect(try file.results() == ShownRows.of(changes.table, window: 2), "after epoch \(number)")
      }
      #expect(!changes.table.isEmpty || table.shape.mode == .complete)
      try await sink.close()
    }

    @Test func tableIsMadeFromTheResultsSchema() async throws {
      try await sink().open(TableCase.all[3].shape, lastEpoch: .none)
      let columns = try file.text("SELECT name, type, \"notnull\", pk FROM pragma_table_info('totals')")
      #expect(
        columns == [
          "k TEXT 0 0", "a \"region\" TEXT 0 0", "w_start TEXT 0 0", "w_end TEXT 0 0", "level REAL 0 0", "n INTEGER 0 0",
          "small INTEGER 0 0", "amount TEXT 0 0", "flag BOOLEAN 0 0", "day TEXT 0 0", "at TEXT 0 0", "ratio REAL 0 0",
          "note TEXT 0 0",
        ])
      let index = try file.text("SELECT name FROM pragma_index_list('totals') WHERE \"unique\"")
      #expect(index.count == 1)
      #expect(
        try file.text("SELECT name FROM pragma_index_info('\(index[0])')") == [
          "k", "a \"region\"", "w_start", "w_end", "level",
        ])
      #expect(try file.text("PRAGMA journal_mode") == ["wal"])
    }

    @Test func timesAreTextOfOneWidthThatSorts() async throws {
      let schema = Schema(Field("at", .timestamp))
      let sink = sink()
      try await sink.open(
        ResultShape(schema: schema, key: nil, mode: .append, zone: .utc, queryName: "q"), lastEpoch: .none)
      let times: [Int64] = [1_709_294_400_000_000, 1_709_294_400_500_000, 1_709_294_400_000_001, 1_709_294_399_999_999]
      try await sink.write(
        Batch(schema: schema, rows: times.map { [.timestamp(EventTime(microseconds: $0))] }), epoch: Epoch(1))
      #expect(
        try file.text("SELECT at FROM totals ORDER BY at") == [
          "2024-03-01T11:59:59.999999Z", "2024-03-01T12:00:00.000000Z", "2024-03-01T12:00:00.000001Z",
          "2024-03-01T12:00:00.500000Z",
        ])
      // SQLite's own functions read them.
      #expect(try file.text("SELECT strftime('%H:%M', max(at)) FROM totals") == ["12:00"])
    }

    @Test func epochIsRecordedInTheTransactionOfItsRows() async throws {
      let first = sink()
      try await first.open(shape(.update), lastEpoch: .none)
      try await first.write(batch(("a", 1), ("b", 2)), epoch: Epoch(1))
      try await first.write(batch(), epoch: Epoch(2))
      #expect(try file.text("SELECT table_name, query, mode, epoch FROM tidemill_epochs") == ["totals totals update 1"])
      // The first statement of an epoch fails, one in its middle, and the last.
      for (number, trigger) in [
        "BEFORE UPDATE ON tidemill_epochs", "BEFORE INSERT ON totals WHEN new.k = 'd'",
        "AFTER UPDATE ON totals WHEN new.n = 12",
      ].enumerated() {
        try file.execute("CREATE TRIGGER no \(trigger) BEGIN SELECT RAISE(ABORT, 'not now'); END")
        let sink = sink()
        try await sink.open(shape(.update), lastEpoch: Epoch(UInt64(number + 3)))
        let changes = batch(("c", Int64(number)), ("d", 4), ("b", 12))
        let error = await tidemillError { try await sink.write(changes, epoch: Epoch(UInt64(number + 3))) }
        #expect(error?.message.contains("not now") == true, "\(trigger)")
        #expect(try file.text("SELECT * FROM totals ORDER BY k") == ["a 1", "b 2"], "\(trigger)")
        try file.execute("DROP TRIGGER no")
      }
      let again = sink()
      try await again.open(shape(.update), lastEpoch: Epoch(5))
      try await again.write(batch(("c", 2), ("b", 12)), epoch: Epoch(5))
      #expect(try file.text("SELECT * FROM totals ORDER BY k") == ["a 1", "b 12", "c 2"])
    }

    @Test func nullIsAKeyLikeAnyOther() async throws {
      let sink = sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      try await sink.write(batch((nil, 1), ("", 2)), epoch: Epoch(1))
      try await sink.write(batch((nil, 3)), epoch: Epoch(2))
      #expect(try file.text("SELECT * FROM totals ORDER BY n") == [" 2", "∅ 3"])
      try await sink.write(batch((nil, 3), weights: [-1]), epoch: Epoch(3))
      #expect(try file.text("SELECT * FROM totals") == [" 2"])
    }

    @Test func rowsOfAnotherJobAreRefusedOrRemovedOnRequest() async throws {
      let first = sink()
      try await first.open(shape(.update), lastEpoch: .none)
      try await first.write(batch(("a", 1)), epoch: Epoch(4))
      for (shape, lastEpoch, why) in [
        (shape(.update), Epoch.none, "this job is new, and the table ends at epoch 4"),
        (shape(.update), Epoch(3), "this job's checkpoint ends at epoch 3, and the table at epoch 4"),
        (shape(.update, query: "others"), Epoch(9), "the query totals writes it, and this one is others"),
        (shape(.append), Epoch(9), "it was written in update mode, and this is append mode"),
        (shape(.complete), Epoch(9), "it was written in update mode, and this is complete mode"),
      ] {
        let error = await tidemillError { try await sink().open(shape, lastEpoch: lastEpoch) }
        #expect(error?.message == "table totals holds rows of another job: \(why)")
        #expect(error?.hint?.contains("overwrite 'true'") == true)
        #expect(try file.text("SELECT * FROM totals") == ["a 1"])
      }
      // Its own rows stay with overwrite, too.
      try await sink(SQLiteSink.Options(overwrites: true)).open(shape(.update), lastEpoch: Epoch(5))
      #expect(try file.text("SELECT * FROM totals") == ["a 1"])
      let anew = sink(SQLiteSink.Options(overwrites: true))
      try await anew.open(shape(.update), lastEpoch: .none)
      #expect(try file.text("SELECT * FROM totals") == [])
      try await anew.write(batch(("b", 2)), epoch: Epoch(1))
      #expect(try file.text("SELECT * FROM totals") == ["b 2"])
    }

    @Test func rowsThatNobodyRecordedAreNotTouched() async throws {
      try file.execute("CREATE TABLE totals (k TEXT, n INTEGER, UNIQUE (k)); INSERT INTO totals VALUES ('mine', 1)")
      let error = await tidemillError { try await sink().open(shape(.complete), lastEpoch: .none) }
      #expect(error?.message.hasSuffix("no job of tidemill has recorded what it wrote there") == true)
      #expect(try file.text("SELECT * FROM totals") == ["mine 1"])
    }

    @Test func aNewJobInCompleteModeReplacesTheResultOfTheLast() async throws {
      let first = sink()
      try await first.open(shape(.complete), lastEpoch: .none)
      try await first.write(batch(("a", 1)), epoch: Epoch(7))
      let second = sink()
      try await second.open(shape(.complete), lastEpoch: .none)
      #expect(try file.text("SELECT * FROM totals") == ["a 1"])
      try await second.write(batch(("b", 2), ("c", 3)), epoch: Epoch(1))
      #expect(try file.text("SELECT * FROM totals") == ["b 2", "c 3"])
    }

    @Test func theJobThatOpenedTheTableLastIsTheOnlyOneThatWrites() async throws {
      let first = sink()
      try await first.open(shape(.update), lastEpoch: .none)
      let second = sink()
      try await second.open(shape(.update), lastEpoch: .none)
      try await second.write(batch(("b", 2)), epoch: Epoch(1))
      let error = await tidemillError { try await first.write(batch(("a", 1)), epoch: Epoch(2)) }
      #expect(error?.message == "another job has begun to write table totals")
      #expect(try file.text("SELECT * FROM totals") == ["b 2"])
    }

    @Test func eachEpochIsDurableUnlessThatIsTurnedOff() async throws {
      let durable = sink()
      try await durable.open(shape(.update), lastEpoch: .none)
      #expect(try await durable.synchronous == 2)
      try await durable.close()
      let quick = sink(SQLiteSink.Options(syncs: false))
      try await quick.open(shape(.update), lastEpoch: .none)
      #expect(try await quick.synchronous == 1)
      #expect(try file.text("PRAGMA journal_mode") == ["wal"])
    }

    @Test func tablesOfOneFileDoNotMeet() async throws {
      let one = sink(table: "one")
      let two = sink(table: "two \"x\"")
      try await one.open(shape(.update, query: "one"), lastEpoch: .none)
      try await two.open(shape(.append, key: nil, query: "two"), lastEpoch: .none)
      try await one.write(batch(("a", 1)), epoch: Epoch(1))
      try await two.write(batch(("a", 1)), epoch: Epoch(1))
      try await two.write(batch(("a", 1)), epoch: Epoch(2))
      #expect(try file.text("SELECT * FROM one") == ["a 1"])
      #expect(try file.text("SELECT * FROM \"two \"\"x\"\"\"") == ["a 1", "a 1"])
    }

    @Test func aTableThatIsThereIsUsedIfItFits() async throws {
      try file.execute(
        "CREATE TABLE Totals (id INTEGER PRIMARY KEY, N BIGINT, K VARCHAR(10), added TEXT DEFAULT 'x' NOT NULL, UNIQUE (K))")
      let sink = sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      try await sink.write(batch(("a", 1), (nil, 5)), epoch: Epoch(1))
      try await sink.write(batch(("a", 2)), epoch: Epoch(2))
      #expect(try file.text("SELECT k, n, added FROM totals ORDER BY n") == ["a 2 x", "∅ 5 x"])
    }

    @Test(arguments: [
      ("CREATE TABLE totals (k TEXT UNIQUE)", "table totals has no column `n`, and the query gives one of type INTEGER"),
      (
        "CREATE TABLE totals (k TEXT UNIQUE, n REAL)",
        "column `n` of table totals is REAL, and the query needs INTEGER for BIGINT"
      ),
      (
        "CREATE TABLE totals (k INTEGER UNIQUE, n INTEGER)",
        "column `k` of table totals is INTEGER, and the query needs TEXT for STRING"
      ),
      (
        "CREATE TABLE totals (k TEXT UNIQUE, n INTEGER, x TEXT NOT NULL)",
        "column `x` of table totals is NOT NULL without a default, and the query does not give it"
      ),
      ("CREATE TABLE totals (k TEXT, n INTEGER)", "nothing in table totals makes the key of the result unique: k"),
      (
        "CREATE TABLE totals (k TEXT UNIQUE COLLATE NOCASE, n INTEGER)",
        "nothing in table totals makes the key of the result unique: k"
      ),
      (
        "CREATE TABLE totals (k TEXT, n INTEGER); CREATE UNIQUE INDEX i ON totals (k) WHERE n > 0",
        "nothing in table totals makes the key of the result unique: k"
      ),
      ("CREATE VIEW totals AS SELECT 'a' AS k, 1 AS n", "totals is a view, not a table"),
    ])
    func aTableThatDoesNotFitIsRefused(made: String, message: String) async throws {
      try file.execute(made)
      let error = await tidemillError { try await sink().open(shape(.update), lastEpoch: .none) }
      #expect(error?.message == message)
      #expect(error?.hint?.isEmpty == false)
    }

    @Test func columnsOfOneNameAreRefused() async throws {
      let window = Schema(Field("w", .window), Field("W_START", .bigint))
      let error = await tidemillError {
        try await sink().open(
          ResultShape(schema: window, key: nil, mode: .append, zone: .utc, queryName: "q"), lastEpoch: .none)
      }
      #expect(error?.message == "table totals would have two columns `W_START`: one of them is `w_start` of the window `w`")
      #expect(await tidemillError { try await sink(table: "Tidemill_epochs").open(shape(.append), lastEpoch: .none) } != nil)
    }

    @Test func aNullThatTheTableDoesNotTakeIsNamed() async throws {
      try file.execute("CREATE TABLE totals (k TEXT NOT NULL UNIQUE, n INTEGER)")
      let sink = sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      let error = await tidemillError { try await sink.write(batch(("a", 1), (nil, 2)), epoch: Epoch(1)) }
      #expect(error?.message.contains("refuses a row of the result: NOT NULL constraint failed: totals.k") == true)
      #expect(try file.text("SELECT * FROM totals") == [])
    }

    // MARK: Faults

    @Test func aFullDiskStopsTheJobAndTheNextStartGoesOn() async throws {
      let full = SQLiteSink(
        path: file.path, table: "totals", options: SQLiteSink.Options(), preparation: ["PRAGMA max_page_count = 12"])
      try await full.open(shape(.append, key: nil), lastEpoch: .none)
      try await full.write(batch(("a", 1)), epoch: Epoch(1))
      let large = Batch(
        schema: Self.small, rows: (0..<100).map { [.string(String(repeating: "x", count: 1000)), .integer(Int64($0))] })
      let error = await tidemillError { try await full.write(large, epoch: Epoch(2)) }
      #expect(error?.message.hasPrefix("no room for \(file.path)") == true)
      #expect(error?.hint?.contains("start again with the same checkpoint") == true)
      try await full.close()
      let next = sink()
      try await next.open(shape(.append, key: nil), lastEpoch: Epoch(2))
      try await next.write(batch(("a", 1)), epoch: Epoch(1))
      try await next.write(large, epoch: Epoch(2))
      #expect(try file.text("SELECT count(*), max(n) FROM totals") == ["101 99"])
    }

    @Test func aLockedDatabaseIsNamed() async throws {
      let sink = sink(SQLiteSink.Options(busyTimeout: TimeSpan(microseconds: 20_000)))
      try await sink.open(shape(.update), lastEpoch: .none)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: file.path, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      let error = await tidemillError { try await sink.write(batch(("a", 1)), epoch: Epoch(1)) }
      #expect(error?.message.hasPrefix("\(file.path) was locked by another program for") == true)
      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      try await sink.write(batch(("a", 1)), epoch: Epoch(1))
      #expect(try file.text("SELECT * FROM totals") == ["a 1"])
    }

    @Test func whatIsNoDatabaseIsNamed() async throws {
      let missing = SQLiteSink(path: file.directory + "/no/such.db", table: "t")
      let error = await tidemillError { try await missing.open(shape(.update), lastEpoch: .none) }
      #expect(error?.message.contains("no/such.db cannot be opened") == true)
      try "this is no database, whatever its name may say: it is a text, and longer than a header".write(
        toFile: file.path, atomically: true, encoding: .utf8)
      let damaged = await tidemillError { try await sink().open(shape(.update), lastEpoch: .none) }
      #expect(damaged?.message.contains("is no SQLite database") == true)
    }

    @Test func largeEpochsGoThrough() async throws {
      let sink = sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      for epoch in 1...2 {
        let rows = (0..<20_000).map { [Value.string("key \($0)"), .integer(Int64($0 * epoch))] }
        try await sink.write(Batch(schema: Self.small, rows: rows), epoch: Epoch(UInt64(epoch)))
      }
      #expect(try file.text("SELECT count(*), sum(n) FROM totals") == ["20000 \(19_999 * 20_000)"])
    }
  }
#endif
