#if Lake
  import LakeFiles
  import LakeTesting
  import Testing
  import Tidemill
  import TidemillPlan

  @testable import ParquetConnector

  /// Row groups that no query looks at are left out, and nothing but the bytes that are read changes by it.
  @Suite struct SkippingTests {
    private static let schema = Schema(
      Field("id", .bigint), Field("shop", .string), Field("amount", .int), Field("price", .decimal(precision: 10, scale: 2)),
      Field("day", .date), Field("at", .timestamp), Field("note", .string))

    /// Out of order by up to an hour, with late rows now and then; sorted by nothing but roughly by time, and by shop within 50 rows.
    private static let rows: [[Value]] = (0..<1000).map { number in
      let minute = Int64(number * 3 + (number * 7919 % 60) - (number % 97 == 96 ? 500 : 0))
      let at = 1_709_251_200_000_000 + minute * 60_000_000
      let shop: Value = number / 50 % 5 == 4 ? .null : .string("shop \(number / 50 % 4)")
      return [
        .integer(Int64(number)), shop, .integer(Int64(number % 100)), .decimal(unscaled: Int128(number), scale: 2),
        .date(19783 + Int64(number / 300)), .timestamp(EventTime(microseconds: at)), .null,
      ]
    }

    private static let conditions = [
      "id >= 900", "id < 5", "400 <= id AND id <= 420", "id = 512 OR id = 5", "shop = 'shop 2'", "shop IS NULL",
      "shop IS NOT NULL",
      "shop IN ('shop 0', 'shop 9')", "NOT (id > 100)", "price > 9.5", "price < 0", "day = DATE '2024-03-02' AND amount <> 7",
      "at >= TIMESTAMP '2024-03-02T12:00:00Z'", "at < TIMESTAMP '2000-01-01T00:00:00Z'", "note IS NOT NULL", "note = 'x'",
      "part = 1 AND amount >= 50", "part > 7", "id + 1 > 900 AND id < 950",
    ]

    private struct Outcome: Equatable {
      var rows: Set<[Value]>
      var ledger: RowLedger
    }

    private static let columns =
      "id BIGINT, shop STRING, amount INT, price DECIMAL(10, 2), day DATE, at TIMESTAMP, note STRING, part INT"

    /// - Parameters:
    ///   - tables: statements that come first.
    ///   - joined: what follows the stream's name.
    private func outcome(
      _ path: String, columns: String = columns, tables: String = "", joined: String = "", condition: String, lanes: Int
    ) async throws -> Outcome {
      let session = Session()
      let sink = MemorySink()
      let plan = try session.plan(
        """
        \(tables)
        CREATE STREAM sales (\(columns), WATERMARK FOR at AS at - INTERVAL '1 hour') USING parquet OPTIONS (path '\(path)');
        SELECT shop, SUM(amount) AS total, COUNT(*) AS n, window(at, '2 hours') AS w FROM sales \(joined) WHERE \(condition)
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

    private static func write(statistics: Bool, rowGroupRows: Int) throws -> TestDirectory {
      let directory = try TestDirectory()
      for part in 0..<4 {
        var bytes: [UInt8] = []
        let writer = try ParquetWriter(
          schema, options: ParquetWriter.Options(rowGroupRows: rowGroupRows, statistics: statistics)
        ) { bytes.append(contentsOf: $0) }
        try writer.append(Batch(schema: schema, rows: Array(rows[part * 250..<(part + 1) * 250])))
        _ = try writer.close()
        try directory.write("part=\(part)/sales.parquet", bytes)
      }
      return directory
    }

    @Test(arguments: conditions)
    func whatIsLeftOutChangesNothing(condition: String) async throws {
      let blind = try Self.write(statistics: false, rowGroupRows: 1000)
      let seeing = try Self.write(statistics: true, rowGroupRows: 25)
      let expected = try await outcome(blind.path, condition: condition, lanes: 1)
      #expect(expected.ledger.isBalanced)
      #expect(expected.ledger.rowsIn == 1000)
      for lanes in 1...2 {
        let found = try await outcome(seeing.path, condition: condition, lanes: lanes)
        #expect(found.rows == expected.rows, "\(condition), \(lanes) lanes")
        #expect(found.ledger == expected.ledger, "\(condition), \(lanes) lanes")
      }
    }

    /// Each row group has numbers that are small, and such as would be below zero if they had a sign.
    private static let unsigned = Task {
      let directory = try TestDirectory()
      try await Judges.python(
        """
        import sys, os, datetime, pyarrow as pa, pyarrow.parquet as pq
        start = datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)
        rows = range(300)
        def column(kind, bits):
          return pa.array([[5, 100 + i % 50, 2 ** (bits - 1) + 7 + i % 50][i % 3] for i in rows], kind)
        table = pa.table({
          "shop": [f"shop {i % 4}" for i in rows], "amount": pa.array(rows, pa.int32()),
          "at": pa.array([start + datetime.timedelta(minutes=i) for i in rows], pa.timestamp("us", "UTC")),
          "tiny": column(pa.uint8(), 8), "small": column(pa.uint16(), 16), "wide": column(pa.uint32(), 32),
          "huge": column(pa.uint64(), 64)})
        for name, options in [("blind", dict(write_statistics=False)), ("seeing", dict(row_group_size=10))]:
          os.mkdir(f"{sys.argv[1]}/{name}")
          pq.write_table(table, f"{sys.argv[1]}/{name}/sales.parquet", **options)
        """, directory.path)
      return try directory.everything()
    }

    @Test(
      .enabled(if: Judges.areInstalled, "Scripts/lake installs the writer"),
      arguments: [
        ("tiny = 102", true), ("tiny > 127", true), ("small = 102", true), ("small >= 32768", true), ("wide = 102", true),
        ("wide < 6", true), ("wide > 3000000000", false), ("wide > 2147483648", true), ("wide > 4000000000", false),
        ("huge = 102", true), ("huge > 1000000", true), ("huge < 6", true), ("huge < 5", false),
      ])
    func numbersWithoutASignAreHeldAgainstTheirOwnBounds(condition: String, isOfSome: Bool) async throws {
      let directory = try TestDirectory()
      for (path, bytes) in try await Self.unsigned.value { try directory.write(path, bytes) }
      let path = directory.path
      let columns = "shop STRING, amount INT, at TIMESTAMP, tiny INT, small INT, wide BIGINT, huge DECIMAL(20, 0)"
      let expected = try await outcome(path + "/blind", columns: columns, condition: condition, lanes: 1)
      #expect(expected.rows.isEmpty != isOfSome)
      let found = try await outcome(path + "/seeing", columns: columns, condition: condition, lanes: 1)
      #expect(found == expected)
    }

    @Test(arguments: ["id >= 900", "id < 250 AND town IS NOT NULL", "town = 'here' AND id < 300", "town IS NULL AND id > 960"])
    func whatIsLeftOutBeforeAJoinChangesNothing(condition: String) async throws {
      let directory = try TestDirectory()
      try directory.write(
        "shops",
        try parquet(
          Schema(Field("name", .string), Field("town", .string)),
          [[.string("shop 0"), .string("here")], [.string("shop 2"), .string("there")]]))
      let tables = "CREATE TABLE shops USING parquet OPTIONS (path '\(directory.full("shops"))');"
      func joined(_ path: String) async throws -> Outcome {
        try await outcome(
          path, tables: tables, joined: "LEFT JOIN shops ON shop = shops.name", condition: condition, lanes: 1)
      }
      let seeing = try Self.write(statistics: true, rowGroupRows: 25)
      let blind = try Self.write(statistics: false, rowGroupRows: 1000)
      let expected = try await joined(blind.path)
      #expect(!expected.rows.isEmpty)
      #expect(try await joined(seeing.path) == expected)
      // Of a file without a row that passes no row group is read: they may as well be broken.
      let path = "part=\(condition.contains("<") ? 3 : 0)/sales.parquet"
      var bytes = try seeing.bytes(path)
      let end = try ParquetFile(MemoryInput(bytes, name: path)).footer.groups.last!.offset
      for place in 4..<end { bytes[place] = 0xFF }
      try seeing.write(path, bytes)
      #expect(try await joined(seeing.path) == expected)
    }

    private func skipped(_ conditions: [[ColumnCondition]], latest: EventTime = .distantFuture) async throws -> [Int] {
      let directory = try TestDirectory()
      var bytes: [UInt8] = []
      let writer = try ParquetWriter(Self.schema, options: ParquetWriter.Options(rowGroupRows: 100)) {
        bytes.append(contentsOf: $0)
      }
      try writer.append(Batch(schema: Self.schema, rows: Self.rows))
      _ = try writer.close()
      try directory.write("a", bytes)
      let schema = Schema(Field("id", .bigint), Field("at", .timestamp))
      let source = ParquetSource(
        try ParquetFolder(path: directory.path), request: ReadRequest(schema: schema, eventTime: 1, conditions: conditions))
      let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: true))
      return try source.tasks(for: slice).indices.filter { index in
        let result = try source.tasks(for: slice)[index].read(latest: latest)
        if result.skipped != nil { #expect(result.batch.count == 0 && result.rest == nil && result.rowCount == 100) }
        return result.skipped != nil
      }
    }

    @Test func onlyWhatEveryQueryLeavesOutIsSkipped() async throws {
      let low = ColumnCondition("id", .compares(.less, .integer(250)))
      let high = ColumnCondition("id", .compares(.greaterOrEqual, .integer(800)))
      #expect(try await skipped([]) == [])
      #expect(try await skipped([[low]]) == [3, 4, 5, 6, 7, 8, 9])
      #expect(try await skipped([[low], [high]]) == [3, 4, 5, 6, 7])
      #expect(try await skipped([[low, high]]) == Array(0..<10))
      #expect(try await skipped([[low], []]) == [])
      // Rows too far ahead of the clock have to be rejected one by one.
      #expect(try await skipped([[low]], latest: EventTime(microseconds: 1_709_251_200_000_000 + 1500 * 60_000_000)) == [3])
      // Nobody notes where doubles lie that are no numbers.
      let double = ColumnCondition("id", .compares(.greater, .double(1e9)))
      #expect(try await skipped([[double]]) == [])
    }

    @Test func conditionsAreTakenFromTheFirstFilters() throws {
      func conditions(_ text: String) throws -> [ColumnCondition] {
        let plan = try Session().plan(
          """
          CREATE STREAM s (a INT, b STRING, c TIMESTAMP, d DOUBLE) USING json OPTIONS (path '.');
          SELECT b, COUNT(*) AS n FROM s WHERE \(text) GROUP BY b HAVING COUNT(*) > 3
          """)
        return try #require(plan.queries.first?.plan.columnConditions)
      }
      #expect(try conditions("a > 3") == [ColumnCondition("a", .compares(.greater, .integer(3)))])
      #expect(
        try conditions("5000000000 > a AND (b = 'x' AND c IS NULL)") == [
          ColumnCondition("a", .compares(.less, .integer(5_000_000_000))),
          ColumnCondition("b", .compares(.equal, .string("x"))),
          ColumnCondition("c", .isNull),
        ])
      #expect(
        try conditions("b IN ('x', 'y') AND b IS NOT NULL") == [
          ColumnCondition("b", .isOneOf([.string("x"), .string("y")])), ColumnCondition("b", .isNotNull),
        ])
      #expect(try conditions("a > 3 OR b = 'x'") == [])
      #expect(try conditions("a + 1 > 3 AND upper(b) = 'X' AND a > length(b)") == [])
    }

    @Test(arguments: [ComparisonOperator.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
    func aConditionMayHoldWhereSomeValueOfTheRangeSatisfiesIt(comparison: ComparisonOperator) {
      func holds(_ left: Int, _ right: Int) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
      }
      let kinds: [(Int) -> Value] = [
        { .integer(Int64($0)) }, { .date(Int64($0)) }, { .timestamp(EventTime(microseconds: Int64($0))) },
        { .decimal(unscaled: Int128($0), scale: 2) }, { .string(String(UnicodeScalar(UInt8(60 + $0)))) },
      ]
      for make in kinds {
        for low in -4...4 {
          for high in low...4 {
            for value in -5...5 {
              let range = ColumnCondition.ClosedValues(make(low), make(high))
              let condition = ColumnCondition("x", .compares(comparison, make(value)))
              #expect(
                condition.mayHold(in: range, mayBeNull: true, mayBeValue: true) == (low...high).contains { holds($0, value) })
              #expect(!condition.mayHold(in: range, mayBeNull: true, mayBeValue: false))
            }
          }
        }
      }
    }
  }
#endif
