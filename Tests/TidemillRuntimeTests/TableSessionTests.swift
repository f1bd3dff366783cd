import Foundation
import Testing
import Tidemill
import TidemillSQL
import TidemillTesting

/// Static tables as users declare them: in SQL, in Swift, in files, and what is wrong with them.
@Suite struct TableSessionTests: ~Copyable {
  private let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try write("products.csv", "id,name,price\np1,tea,2.5\np2,\"cake, large\",4\n")
    let sales = [("p1", 2), ("p2", 1), ("p3", 1)].map { "{\"product_id\":\"\($0)\",\"n\":\($1)}\n" }
    try write("sales.json", sales.joined())
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"), options: .atomic)
  }

  private var streams: String { "CREATE STREAM sales USING json OPTIONS (path '\(directory)/sales.json');\n" }
  private var tables: String { "CREATE TABLE products USING csv OPTIONS (path '\(directory)/products.csv');\n" }

  private func run(_ script: String) async throws -> [String] {
    let sink = MemorySink()
    let session = Session()
    var options = StartOptions()
    options.trigger = .once
    let query = try session.start(try session.plan(script, PlanOptions(closesAtEnd: true)), options) { _ in sink }
    try await query.awaitTermination()
    return sink.table.map { $0.map(\.description).joined(separator: " | ") }.sorted()
  }

  @Test func columnsOfATableAreLearnt() async throws {
    let rows = try await run(
      streams + tables + "SELECT name, n * price AS amount FROM sales LEFT JOIN products ON product_id = id")
    #expect(rows == ["NULL | NULL", "cake, large | 4.0", "tea | 5.0"])
  }

  @Test func pathBehindJoinIsATable() async throws {
    let rows = try await run(
      "SELECT p.name, s.n FROM '\(directory)/sales.json' s JOIN '\(directory)/products.csv' p ON s.product_id = p.id")
    #expect(rows == ["cake, large | 1", "tea | 2"])
  }

  @Test func dataFramesJoinTables() async throws {
    let session = Session()
    let products = session.read.name("products").csv("\(directory)/products.csv")
    let sales = session.readStream.name("sales").json("\(directory)/sales.json")
    let byCondition = sales.join(products, on: col("product_id") == col("products.id")).select("name", "n")
    let renamed = sales.withColumn("id", col("product_id")).join(products, on: "id", how: .left).select("id", "price")
    let cases = [(byCondition, ["cake, large | 1", "tea | 2"]), (renamed, ["p1 | 2.5", "p2 | 4.0", "p3 | NULL"])]
    for (frame, expected) in cases {
      let sink = MemorySink()
      let query = try await frame.writeStream.outputMode(.append).trigger(.once).to(sink).start()
      try await query.awaitTermination()
      #expect(sink.table.map { $0.map(\.description).joined(separator: " | ") }.sorted() == expected)
    }
  }

  @Test func memoryTableIsATable() async throws {
    let session = Session()
    let names = session.memoryTable("names", schema: Schema(Field("id", .string), Field("title", .string)))
    names.replace([[.string("p1"), .string("Tea")]])
    let sink = MemorySink()
    let query = try await session.readStream.json("\(directory)/sales.json")
      .join(session.table("names"), on: col("product_id") == col("id")).select("title", "n")
      .writeStream.outputMode(.append).trigger(.once).to(sink).start()
    try await query.awaitTermination()
    #expect(sink.table == [[.string("Tea"), .integer(2)]])
  }

  /// The rows of the join are never made, and what stands behind it must not look for its columns in vain.
  @Test func joinThatMakesTooManyRowsIsAnErrorWhateverStandsBehindIt() async throws {
    let session = Session()
    let names = session.memoryTable("names", schema: Schema(Field("id", .string), Field("title", .string)))
    names.replace((0..<9_000).map { [.string("a"), .string("title \($0)")] })
    let events = session.memoryStream("events", schema: Schema(Field("k", .string), Field("v", .bigint)))
    events.push((0..<2_000).map { [.string("a"), .integer($0)] })
    events.finish()
    let query = try await session.table("events")
      .join(session.table("names"), on: col("k") == col("id")).where(col("title") != lit("x") && col("v") > lit(0))
      .groupBy("title").count().writeStream.outputMode(.update).to(MemorySink()).start()
    let error = await #expect(throws: TidemillError.self) { try await query.awaitTermination() }
    #expect(error?.code == .outOfMemory && error?.message.contains("makes more than") == true, "\(String(describing: error))")
  }

  @Test func rowThatCannotBeReadIsNamed() async throws {
    try write("products.csv", "id,name,price\np1,tea,2.5\np2,\"cake\n")
    let error = await #expect(throws: TidemillError.self) {
      try await run(streams + tables + "SELECT name FROM sales JOIN products ON product_id = id")
    }
    #expect(error?.message.contains("products.csv, line 3") == true, "\(String(describing: error))")
  }

  @Test func explainShowsTheTable() throws {
    let query = "SELECT name, n FROM sales LEFT JOIN products p ON product_id = p.id AND price > n"
    let script = streams + tables + "EXPLAIN \(query)"
    #expect(
      try Session().plan(script).explanations == [
        """
        Output update
          Project p.name AS name, n
            Join LEFT products on [product_id = p.id] and (p.price > CAST(n AS DOUBLE))
              Project name AS p.name, price AS p.price, id AS p.id
                Table products [id STRING, name STRING, price DOUBLE] using csv, looked at again after 1 second
              Scan sales [product_id STRING, n BIGINT]
        State: the table products

        """
      ])
  }

  /// Each mistake with its place in the text, what is wrong, and a way out.
  @Test(arguments: [
    ("FROM sales JOIN sales2 ON sales.n = sales2.n", "sales2", "`sales2` is a stream, too", "CREATE TABLE sales2"),
    (
      "FROM products JOIN sales ON product_id = id", "products", "the left side of a join is a stream",
      "FROM sales JOIN products"
    ),
    ("FROM products", "products", "a query reads a stream", "FROM events JOIN products"),
    ("FROM sales JOIN products ON n > price", "n > price", "needs an equality", "events.product_id = products.id"),
    ("FROM sales JOIN products ON n", "n", "ON needs a condition", "compare it"),
    ("FROM sales JOIN products ON product_id = idd", "idd", "there is no column `idd`", "did you mean `id`?"),
    ("FROM sales s JOIN products p ON s.product_id = p.nme", "p.nme", "there is no column `p.nme`", "did you mean `p.name`?"),
    ("FROM sales JOIN products USING (name)", "name", "there is no column `name`", "the columns are"),
    ("FROM sales JOIN sales ON n = n", "sales", "`sales` is a stream, too", "CREATE TABLE"),
    ("FROM sales JOIN products ON product_id = id JOIN products ON n = price", "products", "two sources", "AS other"),
    ("FROM sales JOIN productz ON product_id = id", "productz", "there is no stream `productz`", "did you mean `products`?"),
    (
      "FROM (SELECT product_id, count(*) AS n FROM sales GROUP BY product_id) g JOIN products ON product_id = id", "JOIN",
      "a join of aggregated results", "then aggregate"
    ),
    (
      "FROM sales JOIN (SELECT DISTINCT id FROM products) p ON product_id = id", "products",
      "can be filtered and projected, and no more", "aggregate behind the joins"
    ),
  ])
  func whatCannotBeJoinedIsPointedAt(from: String, place: String, message: String, hint: String) throws {
    let text =
      streams + streams.replacing("sales USING", with: "sales2 USING") + tables + "SELECT 1 AS one \(from)"
    let error = try #require(throws: TidemillError.self) { try Session().plan(text) }
    #expect("\(error)".contains(message), "\(error)")
    #expect(error.hint?.contains(hint) == true, "\(error)")
    let range = try #require(error.range, "\(error)")
    let bytes = Array(text.utf8)[range.lowerBound..<range.upperBound]
    #expect(String(decoding: bytes, as: UTF8.self) == place)
    #expect(Diagnostics.render(error, in: text).contains("^"))
  }

  @Test func ambiguousNamesAreRefused() throws {
    try write("products.csv", "id,name,n\np1,tea,1\n")
    let text = streams + tables + "SELECT n FROM sales s JOIN products p ON product_id = id"
    let error = try #require(throws: TidemillError.self) { try Session().plan(text) }
    #expect(error.message == "`n` may be any of `s.n`, `p.n`")
    #expect(error.hint == "say which: `s.n` or `p.n`")
    #expect(throws: Never.self) { try Session().plan(text.replacing("SELECT n", with: "SELECT s.n, p.n AS other")) }
  }

  @Test(arguments: [
    ("CREATE TABLE t USING csv", "has no path"),
    ("CREATE TABLE t (id INT) USING csv OPTIONS (path 'x', pth 'y')", "table t has no option pth"),
    ("CREATE TABLE t (id INT) USING xml OPTIONS (path 'x')", "there is no table USING xml"),
    ("CREATE TABLE t (id INT) USING csv OPTIONS (path 'x', refresh 'often')", "option refresh is 'often'"),
    ("CREATE TABLE sales (id INT) USING csv OPTIONS (path 'x')", "there is already a stream `sales`"),
    (
      "CREATE TABLE t (id INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute') USING csv",
      "a watermark for a table is not supported"
    ),
  ])
  func wrongTablesAreRefused(declaration: String, message: String) async throws {
    do {
      _ = try await run(streams + declaration + ";\nSELECT n FROM sales JOIN t ON n = t.id")
      Issue.record("\(declaration) is accepted")
    } catch let error as TidemillError {
      #expect("\(error)".contains(message), "\(error)")
    }
  }
}
