#if Postgres
  import ReferenceEngine
  import Synchronization
  import TableTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import PostgresConnector

  @Suite struct PostgresSinkTests {
    let server: PostgresServer
    let schema: String

    init() async throws {
      server = try await .shared
      schema = try await server.newSchema()
    }

    func sink(_ options: PostgresSink.Options = PostgresSink.Options(), table: String? = nil) throws -> PostgresSink {
      try PostgresSink(url: server.url, table: table ?? "\(schema).totals", options: options, owner: "sink s")
    }

    /// A column's name as SQL takes it.
    static let region = "\"a \"\"region\"\"\""

    static let small = Schema(Field("k", .string), Field("n", .bigint))

    func shape(_ mode: OutputMode, key: [Int]? = [0], query: String = "totals") -> ResultShape {
      ResultShape(schema: Self.small, key: key, mode: mode, zone: .utc, queryName: query)
    }

    func batch(_ rows: (k: String?, n: Int64)..., weights: [Int8]? = nil) -> Batch {
      Batch(schema: Self.small, rows: rows.map { [$0.k.map { .string($0) } ?? .null, .integer($0.n)] }, weights: weights)
    }

    func rows() async throws -> [String] { try await server.query("SELECT * FROM \(schema).totals ORDER BY n, k") }

    /// The content of the table in the form of `ShownRows`.
    private func results(_ connection: PostgresConnection) throws -> [String] {
      let columns = TableCase.schema.fields.flatMap { field in
        field.type == .window
          ? ["\(field.name)_start", "\(field.name)_end"].map { ($0, DataType.timestamp) } : [(field.name, field.type)]
      }
      let list = columns.map { name, type in
        let name = "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        return switch type {
        case .timestamp: "'µs ' || (extract(epoch from \(name)) * 1000000)::bigint"
        case .date: "'day ' || (\(name) - date '1970-01-01')"
        case .string: "'‹' || \(name) || '›'"
        default: "\(name)::text"
        }
      }
      return try connection.run("SELECT \(list.joined(separator: ", ")) FROM \(schema).totals").map { row in
        zip(row, columns).map { text, column in
          text.map { column.1 == .double ? ShownRows.double(Double($0)!) : $0 } ?? "∅"
        }.joined(separator: " | ")
      }.sorted()
    }

    @Test(arguments: TableCase.all, [1, 3])
    func tableHoldsWhatTheChangesAmountToWhateverIsReplayed(_ table: TableCase, seed: Int) async throws {
      let reader = try PostgresConnection(PostgresAddress(server.url, owner: "test"))
      var changes = RandomChanges(table.shape, seed: UInt64(seed))
      var random = SplitMix64(seed: UInt64(seed) &+ 77)
      var epochs: [Batch] = []
      if seed == 3 {
        // A table that was there, with wider types: rows cannot go right into it.
        try reader.run(
          """
          CREATE TABLE \(schema).totals (k varchar, \(Self.region) text, extra text, w_start timestamptz, w_end timestamptz, level float8,
            small bigint, n bigint, amount numeric, flag boolean, day date, at timestamptz, ratio float8, note text)
          """)
        if table.shape.mode == .update, let key = table.shape.key, !key.isEmpty {
          let names = key.flatMap {
            ["k", Self.region, "w_start, w_end", "level", "n", "small", "amount", "flag", "day", "at", "ratio", "note"][$0]
              .split(separator: ",")
          }
          try reader.run("CREATE UNIQUE INDEX ON \(schema).totals (\(names.reversed().joined(separator: ", ")))")
        }
      }
      var sink = try sink()
      try await sink.open(table.shape, lastEpoch: .none)
      for number in 1...15 {
        epochs.append(changes.next())
        let batch = epochs.last!
        try await sink.write(batch, epoch: Epoch(UInt64(number)))
        if random.chance(percent: 30) { try await sink.write(batch, epoch: Epoch(UInt64(number))) }
        if random.chance(percent: 30) {
          // A crash: the job comes back and writes the last epochs again.
          if random.chance(percent: 50) { try await sink.close() }
          sink = try self.sink()
          try await sink.open(table.shape, lastEpoch: Epoch(UInt64(number)))
          for again in random.count(1...number)...number {
            try await sink.write(epochs[again - 1], epoch: Epoch(UInt64(again)))
          }
        }
        #expect(try results(reader) == ShownRows.of(changes.table, window: 2), "after epoch \(number)")
      }
      #expect(!changes.table.isEmpty || table.shape.mode == .complete)
      try await sink.close()
    }

    @Test func tableIsMadeFromTheResultsSchema() async throws {
      try await sink().open(TableCase.all[3].shape, lastEpoch: .none)
      #expect(
        try await server.query(
          """
          SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
          WHERE attrelid = '\(schema).totals'::regclass AND attnum > 0 ORDER BY attnum
          """) == [
            "k text f", "a \"region\" text f", "w_start timestamp with time zone f", "w_end timestamp with time zone f",
            "level double precision f", "n bigint f", "small integer f", "amount numeric(38,6) f", "flag boolean f",
            "day date f", "at timestamp with time zone f", "ratio double precision f", "note text f",
          ])
      let definition = try await server.query(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = '\(schema)' AND tablename = 'totals'")
      #expect(definition.count == 1)
      #expect(definition[0].contains("UNIQUE") && definition[0].contains("(k, \"a \"\"region\"\"\", w_start, w_end, level)"))
    }

    @Test func decimalsOfEverySizeArriveAsTheyAre() async throws {
      let reader = try PostgresConnection(PostgresAddress(server.url, owner: "test"))
      for scale in [0, 1, 2, 3, 4, 5, 8, 37, 38] {
        let type = DataType.decimal(precision: 38, scale: scale)
        let shape = ResultShape(
          schema: Schema(Field("d", type)), key: nil, mode: .append, zone: .utc, queryName: "q")
        let sink = try sink(table: "\(schema).d\(scale)")
        try await sink.open(shape, lastEpoch: .none)
        let numbers: [Int128] = [
          0, 1, -1, 9, 10, 99, 100, 9_999, 10_000, 100_000_000, 12_345_678_901_234_567_890, -99_990_000,
          DecimalText.powersOfTen[37],
          DecimalText.powersOfTen[38] - 1, 1 - DecimalText.powersOfTen[38],
        ]
        let batch = Batch(schema: shape.schema, rows: numbers.map { [.decimal(unscaled: $0, scale: scale)] })
        try await sink.write(batch, epoch: Epoch(1))
        #expect(
          try reader.run("SELECT d::text FROM \(schema).d\(scale)").map { $0[0]! }.sorted()
            == numbers.map { DecimalText.string(unscaled: $0, scale: scale) }.sorted(), "scale \(scale)")
      }
    }

    @Test func epochIsRecordedInTheTransactionOfItsRows() async throws {
      let first = try sink()
      try await first.open(shape(.update), lastEpoch: .none)
      try await first.write(batch(("a", 1), ("b", 2)), epoch: Epoch(1))
      try await first.write(batch(), epoch: Epoch(2))
      let records = "SELECT table_name, query, mode, epoch FROM \(schema).tidemill_epochs"
      #expect(try await server.query(records) == ["totals totals update 1"])
      try await server.query(
        "CREATE FUNCTION \(schema).no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END'")
      // An epoch fails with its first row, with its last, and when all rows are written.
      for (number, trigger) in [
        "BEFORE INSERT ON \(schema).totals FOR EACH ROW WHEN (new.k = 'c')",
        "AFTER UPDATE ON \(schema).totals FOR EACH ROW WHEN (new.n = 12)",
        "BEFORE UPDATE ON \(schema).tidemill_epochs FOR EACH ROW WHEN (new.epoch > old.epoch)",
      ].enumerated() {
        let sink = try sink()
        try await sink.open(shape(.update), lastEpoch: Epoch(UInt64(number + 3)))
        try await server.query("CREATE TRIGGER no \(trigger) EXECUTE FUNCTION \(schema).no()")
        let error = await tidemillError {
          try await sink.write(batch(("c", 0), ("d", 4), ("b", 12), (nil, 7)), epoch: Epoch(UInt64(number + 3)))
        }
        #expect(error?.message.contains("not now") == true, "\(trigger)")
        #expect(try await rows() == ["a 1", "b 2"], "\(trigger)")
        try await server.query(
          "DROP TRIGGER no ON \(trigger.contains("epochs") ? "\(schema).tidemill_epochs" : "\(schema).totals")")
      }
      let again = try sink()
      try await again.open(shape(.update), lastEpoch: Epoch(5))
      try await again.write(batch(("c", 2), ("b", 12)), epoch: Epoch(5))
      #expect(try await rows() == ["a 1", "c 2", "b 12"])
    }

    @Test func nullIsAKeyLikeAnyOther() async throws {
      let sink = try sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      try await sink.write(batch((nil, 1), ("", 2)), epoch: Epoch(1))
      try await sink.write(batch((nil, 3)), epoch: Epoch(2))
      #expect(try await rows() == [" 2", "∅ 3"])
      try await sink.write(batch((nil, 3), weights: [-1]), epoch: Epoch(3))
      #expect(try await rows() == [" 2"])
    }

    @Test func rowsOfAnotherJobAreRefusedOrRemovedOnRequest() async throws {
      let first = try sink()
      try await first.open(shape(.update), lastEpoch: .none)
      try await first.write(batch(("a", 1)), epoch: Epoch(4))
      for (shape, lastEpoch, why) in [
        (shape(.update), Epoch.none, "this job is new, and the table ends at epoch 4"),
        (shape(.update), Epoch(3), "this job's checkpoint ends at epoch 3, and the table at epoch 4"),
        (shape(.update, query: "others"), Epoch(9), "the query totals writes it, and this one is others"),
      ] {
        let error = await tidemillError { try await sink().open(shape, lastEpoch: lastEpoch) }
        #expect(error?.message == "table \(schema).totals holds rows of another job: \(why)")
        #expect(error?.hint?.contains("overwrite 'true'") == true)
      }
      #expect(try await rows() == ["a 1"])
      let anew = try sink(PostgresSink.Options(overwrites: true))
      try await anew.open(shape(.update), lastEpoch: .none)
      try await anew.write(batch(("b", 2)), epoch: Epoch(1))
      #expect(try await rows() == ["b 2"])
      // Whoever opened the table before is out.
      let error = await tidemillError { try await first.write(batch(("a", 1)), epoch: Epoch(5)) }
      #expect(error?.message == "another job has begun to write table \(schema).totals")
      #expect(try await rows() == ["b 2"])
    }

    @Test(arguments: [
      ("CREATE TABLE totals (k text UNIQUE)", "table %.totals has no column `n`, and the query gives one of type bigint"),
      (
        "CREATE TABLE totals (k text UNIQUE, n integer)",
        "column `n` of table %.totals is integer, and the query needs bigint for BIGINT"
      ),
      (
        "CREATE TABLE totals (k varchar(3) UNIQUE, n bigint)",
        "column `k` of table %.totals is character varying(3), and the query needs text for STRING"
      ),
      (
        "CREATE TABLE totals (k text UNIQUE, n bigint, x text NOT NULL)",
        "column `x` of table %.totals is NOT NULL without a default, and the query does not give it"
      ),
      (
        "CREATE TABLE totals (k text, n bigint, UNIQUE (k, n))",
        "nothing in table %.totals makes the key of the result unique: k"
      ),
      (
        "CREATE TABLE totals (k text, n bigint); CREATE UNIQUE INDEX ON totals (k) WHERE n > 0",
        "nothing in table %.totals makes the key of the result unique: k"
      ),
      (
        "CREATE TABLE totals (k text UNIQUE DEFERRABLE, n bigint)",
        "nothing in table %.totals makes the key of the result unique: k"
      ),
      ("CREATE VIEW totals AS SELECT 'a' AS k, 1 AS n", "%.totals is a view, not a table"),
    ])
    func aTableThatDoesNotFitIsRefused(made: String, message: String) async throws {
      try await server.query("SET search_path = \(schema); \(made)")
      let error = await tidemillError { try await sink().open(shape(.update), lastEpoch: .none) }
      #expect(error?.message == message.split(separator: "%", omittingEmptySubsequences: false).joined(separator: schema))
      #expect(error?.hint?.isEmpty == false)
    }

    @Test func aTableThatIsThereIsUsedIfItFits() async throws {
      try await server.query(
        """
        SET search_path = \(schema); CREATE TABLE totals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n bigint, k varchar,
          added text NOT NULL DEFAULT 'x', UNIQUE (k) INCLUDE (n))
        """)
      let sink = try sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      try await sink.write(batch(("a", 1), (nil, 5)), epoch: Epoch(1))
      try await sink.write(batch(("a", 2), (nil, 6)), epoch: Epoch(2))
      #expect(try await server.query("SELECT k, n, added FROM \(schema).totals ORDER BY n") == ["a 2 x", "∅ 6 x"])
    }

    @Test func namesAreTakenAsTheyStand() async throws {
      #expect(try PostgresName("hourly", owner: "").text == "hourly")
      #expect(try PostgresName("\"a.b\".\"c\"\"d\"", owner: "").quoted == "\"a.b\".\"c\"\"d\"")
      for wrong in ["", "a.b.c", "a.", "\"a"] {
        #expect(throws: TidemillError.self) { try PostgresName(wrong, owner: "sink s") }
      }
      let odd = Schema(Field("Select", .string), Field("a \"b\"", .bigint))
      let sink = try sink(table: "\(schema).\"my \"\"table\"\".x\"")
      try await sink.open(ResultShape(schema: odd, key: [0], mode: .update, zone: .utc, queryName: "q"), lastEpoch: .none)
      try await sink.write(Batch(schema: odd, rows: [[.string("x"), .integer(1)], [.null, .integer(2)]]), epoch: Epoch(1))
      #expect(try await server.query("SELECT count(*) FROM \(schema).\"my \"\"table\"\".x\"") == ["2"])
      let long = Schema(Field(String(repeating: "x", count: 64), .string))
      let error = await tidemillError {
        try await self.sink().open(
          ResultShape(schema: long, key: nil, mode: .append, zone: .utc, queryName: "q"), lastEpoch: .none)
      }
      #expect(error?.message.contains("longer than the 63 bytes") == true)
    }

    @Test func whatTheTableDoesNotTakeIsNamed() async throws {
      try await server.query("CREATE TABLE \(schema).totals (k text PRIMARY KEY, n bigint)")
      let sink = try sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      let null = await tidemillError { try await sink.write(batch(("a", 1), (nil, 2)), epoch: Epoch(1)) }
      #expect(null?.message.contains("refuses a row of the result: null value in column \"k\"") == true)
      let text = await tidemillError { try await sink.write(batch(("a\0b", 1)), epoch: Epoch(1)) }
      #expect(text?.hint?.contains("the character NUL") == true)
      let late = Schema(Field("at", .timestamp))
      let times = try self.sink(table: "\(schema).times")
      try await times.open(ResultShape(schema: late, key: nil, mode: .append, zone: .utc, queryName: "t"), lastEpoch: .none)
      let far = await tidemillError {
        try await times.write(Batch(schema: late, rows: [[.timestamp(EventTime(microseconds: -(1 << 60)))]]), epoch: Epoch(1))
      }
      #expect(far?.message.contains("timestamp out of range") == true)
      // The connection is as good as before.
      try await sink.write(batch(("a", 1)), epoch: Epoch(1))
      #expect(try await rows() == ["a 1"])
    }

    @Test func largeEpochsGoThrough() async throws {
      let sink = try sink()
      try await sink.open(shape(.update), lastEpoch: .none)
      for epoch in 1...2 {
        let rows = (0..<20_000).map { [Value.string("key \($0)"), .integer(Int64($0 * epoch))] }
        try await sink.write(Batch(schema: Self.small, rows: rows), epoch: Epoch(UInt64(epoch)))
      }
      #expect(try await server.query("SELECT count(*), sum(n) FROM \(schema).totals") == ["20000 \(19_999 * 20_000)"])
    }

    // MARK: Secrets

    @Test func noMessageShowsThePassword() async throws {
      let wrong = "sEcret4u"
      let urls = [
        // A login that is refused, a database and a server that are not there, a server that takes no changes.
        "postgresql://postgres:\(wrong)@127.0.0.1:\(server.port)/postgres",
        server.url.replacing("\(server.port)/postgres", with: "\(server.port)/nowhere"),
        "postgresql://postgres:\(wrong)@127.0.0.1:1/postgres",
        "host=127.0.0.1 port=1 user=postgres password='\(wrong) \(wrong)'",
        server.url + "?options=-c%20default_transaction_read_only%3Don",
        // What cannot be taken apart.
        "postgresql://postgres:\(wrong)@\(wrong)@127.0.0.1/postgres", "postgresql://postgres:\(wrong)@127.0.0.1:\(wrong)/x",
        "postgresql://u:\(wrong)%zz@h/x", "postgresql://u:\(wrong)@h/x?no=\(wrong)", "\(wrong)",
      ]
      for url in urls {
        let said = Mutex<[String]>([])
        let error = await tidemillError {
          let sink = try PostgresSink(
            url: url, table: "\(schema).totals", options: PostgresSink.Options(retryLimit: .seconds(1)), owner: "sink s",
            report: { text in said.withLock { $0.append(text) } }, pause: { _ in })
          said.withLock { $0.append(sink.description) }
          try await sink.open(shape(.update), lastEpoch: .none)
        }
        let failure = try #require(error, "\(url)")
        for text in said.withLock({ $0 }) + [failure.message, failure.hint ?? "", "\(failure)"] {
          #expect(!text.contains(wrong), "\(url): \(text)")
          #expect(!text.contains(PostgresServer.password) && !text.contains(PostgresServer.writtenPassword), "\(url): \(text)")
        }
      }
    }

    @Test func aLoginThatIsRefusedIsNotTriedAgain() async throws {
      for (url, message) in [
        ("postgresql://postgres:wrong@127.0.0.1:\(server.port)/postgres", "refuses the login"),
        ("postgresql://postgres@127.0.0.1:\(server.port)/postgres?passfile=/dev/null", "refuses the login"),
        (server.url + "?options=-c%20default_transaction_read_only%3Don", "takes no changes"),
        (server.url.replacing("\(server.port)/postgres", with: "\(server.port)/nowhere"), "does not exist"),
      ] {
        let sink = try PostgresSink(url: url, table: "t", owner: "sink s", report: { Issue.record("reported: \($0)") })
        let error = await tidemillError { try await sink.open(shape(.update), lastEpoch: .none) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "none")")
      }
    }
  }
#endif
