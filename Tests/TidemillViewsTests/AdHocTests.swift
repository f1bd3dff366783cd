#if SQLite
  import Foundation
  import GRDB
  import ReferenceEngine
  import Testing

  @testable import Tidemill
  @testable import TidemillViews

  /// SQL over views.
  @Suite struct AdHocTests {
    private static let schema = Schema(
      Field("product", .string), Field("hour_window", .window), Field("total", .bigint), Field("price", .double),
      Field("amount", .decimal(precision: 12, scale: 2)))
    private static let names = Schema(Field("product", .string), Field("title", .string))
    /// 2024-03-01T12:00:00Z
    private static let noon = EventTime(microseconds: 1_709_294_400_000_000)

    private static func row(_ product: String?, _ hour: Int64, _ total: Int64?, _ price: Double, _ amount: Int128) -> [Value] {
      let start = noon + .hours(hour)
      return [
        product.map { .string($0) } ?? .null, .window(start: start, end: start + .hours(1)),
        total.map { .integer($0) } ?? .null, .double(price), .decimal(unscaled: amount, scale: 2),
      ]
    }

    private func view(_ name: String, _ schema: Schema, key: [Int], rows: [[Value]]) async throws -> MaterializedView {
      let view = try MaterializedView(name: name, schema: schema, key: key)
      let shape = ResultShape(schema: schema, key: key, mode: .update, zone: .utc, queryName: name)
      try await view.sink.open(shape, lastEpoch: .none)
      try await view.sink.write(Batch(schema: schema, rows: rows), epoch: Epoch(7))
      return view
    }

    private func shop() async throws -> [MaterializedView] {
      [
        try await view(
          "hourly", Self.schema, key: [0, 1],
          rows: [
            Self.row("tea", 0, 5, 1.5, 100), Self.row("tea", 1, 7, .nan, 1000), Self.row("milk", 0, 3, 0.25, 900),
            Self.row("milk", 2, nil, -1, -50), Self.row(nil, 1, 9, 2, 0),
          ]),
        try await view(
          "names", Self.names, key: [0], rows: [[.string("tea"), .string("Green tea")], [.string("rum"), .string("Rum")]]),
      ]
    }

    private func rows(_ sql: String, rowLimit: Int = 1000) async throws -> [String] {
      try await Session.query(sql, over: shop(), rowLimit: rowLimit).batch.rows.map { row in
        row.map(\.description).joined(separator: " ")
      }
    }

    @Test(arguments: [
      ("SELECT product, total FROM hourly ORDER BY total DESC LIMIT 2", ["NULL 9", "tea 7"]),
      ("SELECT product, total FROM hourly ORDER BY total DESC NULLS FIRST LIMIT 1", ["milk NULL"]),
      ("SELECT product, total FROM hourly ORDER BY total LIMIT 2", ["milk NULL", "milk 3"]),
      (
        "SELECT product, total FROM hourly ORDER BY 1 ASC NULLS LAST, 2 DESC",
        ["milk 3", "milk NULL", "tea 7", "tea 5", "NULL 9"]
      ),
      ("SELECT product FROM hourly ORDER BY total DESC LIMIT 1", ["NULL"]),
      ("SELECT product FROM hourly WHERE total > 4 ORDER BY amount, hour_window.start", ["NULL", "tea", "tea"]),
      ("SELECT total FROM hourly ORDER BY price DESC LIMIT 2", ["7", "9"]),
      ("SELECT total AS t FROM hourly WHERE total IS NOT NULL ORDER BY -t LIMIT 1", ["9"]),
      (
        "SELECT product FROM hourly WHERE hour_window.start >= TIMESTAMP '2024-03-01 13:00:00' ORDER BY total",
        ["milk", "tea", "NULL"]
      ),
      ("SELECT COUNT(*) AS n FROM hourly", ["5"]),
      ("SELECT SUM(total) AS n FROM hourly WHERE product = 'nothing'", ["NULL"]),
      ("SELECT COUNT(*) AS n FROM hourly WHERE product = 'nothing' HAVING COUNT(*) > 0", []),
      ("SELECT COUNT(*) AS n FROM hourly HAVING COUNT(*) < 1", []),
      ("SELECT COUNT(*) + 1 AS n, MAX(product) AS p FROM hourly WHERE product = 'nothing' ORDER BY n", ["1 NULL"]),
      ("SELECT COUNT(*) AS n FROM (SELECT product, COUNT(*) AS c FROM hourly GROUP BY product) WHERE c > 9", ["0"]),
      ("SELECT COUNT(*) AS n FROM (SELECT COUNT(*) AS c FROM hourly WHERE product = 'nothing')", ["1"]),
      ("SELECT SUM(c) AS n FROM (SELECT COUNT(*) AS c FROM hourly WHERE product = 'nothing')", ["0"]),
      (
        "SELECT n FROM (SELECT COUNT(*) AS n FROM (SELECT product, COUNT(*) AS c FROM hourly GROUP BY product HAVING COUNT(*) > 9))"
          + " WHERE n = 0", ["0"]
      ),
      ("SELECT n + 1 AS m FROM (SELECT COUNT(*) AS n FROM hourly) WHERE n > 5", []),
      ("SELECT k, COUNT(*) AS c FROM (SELECT COUNT(*) AS n, MAX(product) AS k FROM hourly) GROUP BY k", ["tea 1"]),
      ("SELECT product, SUM(total) AS n FROM hourly GROUP BY product ORDER BY n DESC", ["tea 12", "NULL 9", "milk 3"]),
      ("SELECT product FROM hourly GROUP BY product ORDER BY SUM(total) DESC LIMIT 2", ["tea", "NULL"]),
      ("SELECT product FROM hourly GROUP BY product HAVING COUNT(*) > 1 ORDER BY product", ["milk", "tea"]),
      (
        "SELECT hour_window.start AS s, SUM(total) AS n FROM hourly GROUP BY hour_window ORDER BY s LIMIT 1",
        ["2024-03-01T12:00:00Z 8"]
      ),
      (
        "SELECT hour_window, COUNT(*) AS n FROM hourly GROUP BY hour_window ORDER BY hour_window DESC LIMIT 1",
        ["{2024-03-01T14:00:00Z, 2024-03-01T15:00:00Z} 1"]
      ),
      (
        "SELECT window(hour_window.start, '1 day') AS d, COUNT(*) AS n FROM hourly GROUP BY window(hour_window.start, '1 day')",
        ["{2024-03-01T00:00:00Z, 2024-03-02T00:00:00Z} 5"]
      ),
      ("SELECT DISTINCT product FROM hourly ORDER BY product DESC", ["tea", "milk", "NULL"]),
      (
        "SELECT product, MAX(total) AS m FROM hourly GROUP BY product QUALIFY ROW_NUMBER() OVER (ORDER BY m DESC) <= 2 ORDER BY m",
        ["tea 7", "NULL 9"]
      ),
      (
        "SELECT total, title FROM hourly JOIN names ON hourly.product = names.product ORDER BY total",
        ["5 Green tea", "7 Green tea"]
      ),
      ("SELECT h.product, n.title FROM hourly h LEFT JOIN names n ON h.product = n.product WHERE total = 3", ["milk NULL"]),
      ("SELECT a.total FROM hourly a JOIN hourly b ON a.product = b.product WHERE b.total = 7 ORDER BY 1", ["5", "7"]),
      ("SELECT n FROM (SELECT product, COUNT(*) AS n FROM hourly GROUP BY product) ORDER BY n, product LIMIT 1", ["1"]),
      ("SELECT * FROM names ORDER BY title", ["tea Green tea", "rum Rum"]),
      ("SELECT product FROM HOURLY WHERE product = 'tea' LIMIT 1;", ["tea"]), ("SELECT product FROM hourly LIMIT 0", []),
      ("SELECT 1 AS one FROM names", ["1", "1"]),
    ])
    func queriesGiveWhatTheySay(sql: String, expected: [String]) async throws { #expect(try await rows(sql) == expected) }

    @Test(arguments: [
      ("SELECT * FROM '/etc/passwd'", "'/etc/passwd'", "reads no files"), ("SELECT * FROM stdin", "stdin", "no view `stdin`"),
      ("SELECT * FROM hourly JOIN 'names.csv' ON a = b", "'names.csv'", "reads no files"),
      ("SELECT * FROM (SELECT * FROM '/etc/*')", "'/etc/*'", "reads no files"),
      ("SELECT * FROM hourli", "hourli", "no view `hourli`"), ("SELECT prodct FROM hourly", "prodct", "prodct"),
      ("SELECT product FROM hourly ORDER BY nothing", "nothing", "nothing"),
      ("SELECT product FROM hourly ORDER BY 2", "2", "no column 2"),
      ("SELECT DISTINCT product FROM hourly ORDER BY total + 1", "total", "total"),
      ("SELECT product FROM hourly LIMIT many", "many", "a number of rows"),
      ("SELECT product FROM hourly LIMIT 3 OFFSET 2", "OFFSET", "OFFSET is not supported"),
      ("SELECT product FROM (SELECT product FROM hourly ORDER BY product LIMIT 1)", "ORDER BY", "not supported"),
      ("INSERT INTO x SELECT * FROM hourly", "INSERT", "SELECT"), ("SET timezone = UTC", "SET", "SELECT"),
      ("SELECT 1 FROM names; SELECT 1 FROM names", "SELECT", "the end of the query"),
    ])
    func whatIsWrongOrReadsAnythingElseIsPointedAt(sql: String, place: String, message: String) async throws {
      let views = try await shop()
      let error = await #expect(throws: TidemillError.self) { try await Session.query(sql, over: views) }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
      #expect(error?.range.map { $0.text(in: sql) } == place)
    }

    @Test func theCallersLimitSaysWhatItCut() async throws {
      let views = try await shop()
      for (sql, count, isCut) in [
        ("SELECT total FROM hourly", 3, true), ("SELECT total FROM hourly LIMIT 3", 3, false),
        ("SELECT total FROM hourly LIMIT 4", 3, true), ("SELECT total FROM hourly WHERE product = 'tea'", 2, false),
        ("SELECT product FROM hourly GROUP BY product", 3, false), ("SELECT product, total FROM hourly GROUP BY 1, 2", 3, true),
      ] {
        let result = try await Session.query(sql, over: views, rowLimit: 3)
        #expect(result.batch.count == count, "\(sql)")
        #expect(result.isCut == isCut, "\(sql)")
        #expect(result.epochs == ["hourly": Epoch(7)])
      }
    }

    @Test func schemaIsThatOfTheSelect() async throws {
      let result = try await Session.query("SELECT total AS t, hour_window FROM hourly ORDER BY price", over: shop())
      #expect(result.schema == Schema(Field("t", .bigint), Field("hour_window", .window)))
      #expect(result.batch.schema == result.schema)
    }

    @Test func memoryIsBounded() async throws {
      let rows: [[Value]] = (0..<20_000).map { [.string("a long name of a product, number \($0)"), .string("title")] }
      let views = [try await view("names", Self.names, key: [0], rows: rows)]
      for sql in [
        "SELECT * FROM names", "SELECT product, COUNT(*) FROM names GROUP BY product",
        "SELECT * FROM names ORDER BY title || product LIMIT 1",
      ] {
        let error = await #expect(throws: TidemillError.self, "\(sql)") {
          try await Session.query(sql, over: views, rowLimit: .max, memoryLimit: 1 << 20)
        }
        #expect(error?.code == .outOfMemory)
      }
      // Nor may expressions and windows make more of few rows.
      let letters = String(repeating: "a", count: 20_000)
      let one = [try await view("names", Self.names, key: [0], rows: [[.string(letters), .string("a")]])]
      let hours = try await shop()
      for (sql, views) in [
        ("SELECT replace(replace(product, 'a', '\(letters)'), 'a', '\(letters)') AS x FROM names", one),
        ("SELECT product FROM names WHERE replace(replace(product, 'a', '\(letters)'), 'a', 'bb') = 'c'", one),
        (
          "SELECT product, window(hour_window.start, '100000 seconds', '1 second') AS w, COUNT(*) AS n FROM hourly "
            + "GROUP BY product, window(hour_window.start, '100000 seconds', '1 second')", hours
        ),
      ] {
        let error = await #expect(throws: TidemillError.self, "\(sql.prefix(60))") {
          try await Session.query(sql, over: views, rowLimit: .max, memoryLimit: 1 << 20)
        }
        #expect(error?.code == .outOfMemory)
      }
      let columns = (0...1000).map { "total AS c\($0)" }.joined(separator: ", ")
      await #expect(throws: TidemillError.self) { try await Session.query("SELECT \(columns) FROM hourly", over: hours) }
      // Nothing of that is read for a few rows, also in an order that the database knows.
      for sql in [
        "SELECT * FROM names LIMIT 2", "SELECT * FROM names ORDER BY title DESC, product LIMIT 2",
        "SELECT * FROM names WHERE product < 'a long name of a product, number 11' LIMIT 2",
      ] {
        #expect(try await Session.query(sql, over: views, memoryLimit: 1 << 20).batch.count == 2)
      }
    }

    /// What a join makes of few rows is counted as well, whether one piece of them is too much or all together.
    @Test func memoryOfJoinsIsBounded() async throws {
      let rows: [[Value]] = (0..<12_000).map { [.string("\($0)"), .string("title \($0 / 3)")] }
      let alike: [[Value]] = (0..<1000).map { [.string("\($0)"), .string("title")] }
      let views = [
        try await view("names", Self.names, key: [0], rows: rows), try await view("alike", Self.names, key: [0], rows: alike),
      ]
      let join = "FROM names a JOIN names b ON a.title = b.title"
      let count = try await Session.query("SELECT COUNT(*) AS n \(join)", over: views, memoryLimit: 2 << 20)
      #expect(count.batch.rows == [[.integer(36_000)]])
      for (sql, message) in [
        ("SELECT a.product, a.title, b.product AS p, b.title AS t \(join)", "more than the 2 MiB"),
        ("SELECT DISTINCT a.product, a.title, b.product AS p, b.title AS t \(join)", "more than the 2 MiB"),
        ("SELECT COUNT(*) AS n FROM alike a JOIN alike b ON a.title = b.title", "more than the 2 MiB"),
      ] {
        let error = await #expect(throws: TidemillError.self, "\(sql)") {
          try await Session.query(sql, over: views, rowLimit: .max, memoryLimit: 2 << 20)
        }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
      }
    }

    /// Both sides of such a join are rows of one epoch, however fast the view changes.
    @Test func aViewJoinedWithItselfIsReadOnce() async throws {
      let view = try await view("names", Self.names, key: [0], rows: [])
      let ids = (0..<200).map { Value.string("\($0)") }
      let writer = Task {
        for epoch in 8..<80 {
          let rows = ids.map { [$0, .string("\(epoch)")] }
          try await view.sink.write(Batch(schema: Self.names, rows: rows), epoch: Epoch(UInt64(epoch)))
        }
        return true
      }
      let sql = "SELECT a.title AS x, b.title AS y FROM names a JOIN names b ON a.product = b.product WHERE a.title <> b.title"
      var last: Epoch?
      repeat {
        let result = try await Session.query(sql, over: [view])
        #expect(result.batch.count == 0)
        last = result.epochs["names"]
      } while last != Epoch(79)
      #expect(try await writer.value)
    }

    @Test func rowsAreReadInPiecesThatMayBeCancelled() async throws {
      let rows = Batch(schema: Self.names, rows: (0..<10).map { [.string("\($0)"), .string("title")] })
      let stream = ViewRows(rows, pieceRows: 4)
      let slice = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 1, isFinal: true))
      let tasks = stream.tasks(for: slice)
      #expect(try tasks.map { try $0.read(latest: .distantFuture).batch.count } == [4, 4, 2])
      #expect(try await stream.nextSlice(after: slice.end, byteLimit: 1, isFinal: true) == nil && stream.hasEnded)
      stream.cancel()
      for task in tasks { #expect(throws: CancellationError.self) { try task.read(latest: .distantFuture) } }
    }

    @Test func anEmptyViewGivesNoRowsAndOneCount() async throws {
      let views = [try await view("names", Self.names, key: [0], rows: [])]
      #expect(try await Session.query("SELECT * FROM names", over: views).batch.count == 0)
      #expect(try await Session.query("SELECT COUNT(*) FROM names", over: views).batch.rows == [[.integer(0)]])
    }

    /// SQLite itself answers the same questions.
    @Test(arguments: 1...4)
    func answersAreThoseOfSQLite(seed: Int) async throws {
      var random = SplitMix64(seed: UInt64(seed))
      let schema = Schema(Field("k", .string), Field("n", .bigint), Field("m", .bigint), Field("x", .double))
      let rows: [[Value]] = (0..<300).map { number in
        [
          .string("k\(random.count(0...6))"), .integer(Int64(number)),
          random.chance(percent: 20) ? .null : .integer(random.integer(-9...9)),
          .double(Double(random.count(0...40)) / 4),
        ]
      }
      let view = try await view("t", schema, key: [1], rows: rows)
      let database = try DatabaseQueue(path: try await view.path())
      for _ in 0..<25 {
        let bound = random.count(-9...9)
        let filter = random.pick([
          "", "WHERE m > \(bound)", "WHERE n <= \(bound * 20) AND m IS NOT NULL", "WHERE k <> 'k3' AND x * 2 < 15",
          "WHERE m = \(bound) OR k = 'k1'",
        ])
        let (columns, group) = random.pick([
          ("k, COUNT(*) AS c, SUM(m) AS s, MIN(x) AS a, MAX(n) AS b", "GROUP BY k"), ("k, m, COUNT(*) AS c", "GROUP BY k, m"),
          ("k, n, m, x", ""), ("n, m + n AS s, x", ""), ("COUNT(m) AS c, MAX(x) AS b", ""), ("DISTINCT k, m", ""),
        ])
        let last =
          columns.contains("DISTINCT")
          ? "k, m"
          : columns.hasPrefix("COUNT")
            ? "1" : columns.hasPrefix("n") ? "n" : columns.hasPrefix("k, n") ? "n" : columns.contains(" m,") ? "k, m" : "k"
        let first = columns.contains("AS s") ? random.pick(["s DESC, ", "s, ", ""]) : random.pick(["2 DESC, ", "1, ", ""])
        let order = columns.hasPrefix("COUNT") ? "" : "ORDER BY \(first)\(last)"
        let sql = "SELECT \(columns) FROM t \(filter) \(group) \(order) \(random.pick(["", "LIMIT 5", "LIMIT 50"]))"
        let expected = try await database.read { db in
          try Row.fetchAll(db, sql: sql).map { $0.databaseValues.map { $0.isNull ? "NULL" : "\($0.storage.value!)" } }
        }
        let given = try await Session.query(sql, over: [view]).batch.rows.map { $0.map(\.description) }
        #expect(given == expected, "\(sql)")
      }
      try database.close()
    }
  }
#endif
