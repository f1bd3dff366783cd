#if Lake
  import Foundation
  import LakeFiles
  import LakeTesting
  import Testing
  import Tidemill
  import TidemillConnectors
  import TidemillPlan

  @testable import ParquetConnector

  /// Parquet files as static tables.
  @Suite struct ParquetTableTests {
    private static let products = Schema(Field("id", .string), Field("name", .string), Field("price", .int))

    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func product(_ id: String, _ name: String, _ price: Int64?) -> [Value] {
      [.string(id), .string(name), price.map { .integer($0) } ?? .null]
    }

    private func table(_ path: String? = nil, options: RemoteStore.Options = RemoteStore.Options()) throws -> ParquetTable {
      ParquetTable(try ParquetFolder(path: path ?? directory.path, options: options), zone: .utc)
    }

    private func content(_ table: ParquetTable, _ columns: Schema) throws -> [[Value]] {
      var rows: [[Value]] = []
      try table.read(try table.version(), columns: columns) { rows += $0.rows }
      return rows
    }

    /// Three products in two directories, one of them in several row groups.
    private func writeProducts() throws {
      try directory.write(
        "kind=drink/a", try parquet(Self.products, [product("p1", "tea", 3), product("p2", "coffee", nil)], rowGroupRows: 1))
      try directory.write("kind=food/a", try parquet(Self.products, [product("p3", "cake", 5)]))
      try directory.write("_unfinished", Array("PAR1".utf8))
    }

    @Test func onlyTheColumnsThatAreAskedForAreRead() throws {
      try writeProducts()
      let table = try table()
      #expect(try table.columns().schema == Schema(Self.products.fields + [Field("kind", .string)]))
      #expect(
        try content(table, Schema(Field("kind", .string), Field("price", .int), Field("weight", .int))) == [
          [.string("drink"), .integer(3), .null], [.string("drink"), .null, .null], [.string("food"), .integer(5), .null],
        ])
      #expect(try content(table, Schema([])) == [[], [], []])
      #expect(try self.table(directory.full("kind=f*/*")).version().text == "1 file")
    }

    @Test func versionsTellWhetherTheFilesHaveChanged() throws {
      try writeProducts()
      let table = try table()
      let first = try table.version()
      #expect(try table.version() == first)
      #expect(first.text == "2 files")
      try directory.write("_other", [1, 2, 3])
      #expect(try table.version() == first)
      try directory.write("kind=food/b", try parquet(Self.products, [product("p4", "bread", 2)]))
      let second = try table.version()
      #expect(second.text == "3 files")
      // A file that is written anew, as long as it was.
      try directory.write("kind=food/new", try parquet(Self.products, [product("p4", "toast", 2)]))
      try directory.remove("kind=food/b")
      try FileManager.default.moveItem(atPath: directory.full("kind=food/new"), toPath: directory.full("kind=food/b"))
      #expect(try table.version() != second)
      #expect(throws: TableChanged.self) { try table.read(first, columns: Self.products) { _ in } }
      try directory.remove("kind=food/b")
      // A file's directory may be gone, too.
      try directory.remove("kind=food")
      #expect(try content(table, Self.products).count == 2)
    }

    /// As with line files: whoever puts another in its place does not mean that there are no rows.
    @Test func aFileThatIsGoneIsNoTableWithoutRows() throws {
      let bytes = try parquet(Self.products, [product("p1", "tea", 3)])
      try directory.write("products", bytes)
      let table = try table(directory.full("products"))
      let version = try table.version()
      try directory.remove("products")
      for work in [{ _ = try table.version() }, { try table.read(version, columns: Self.products) { _ in } }] {
        let error = try #require(throws: TidemillError.self) { try work() }
        #expect(error.message.contains(directory.full("products")))
      }
      try directory.write("products", bytes)
      #expect(try content(table, Self.products).count == 1)
      // What comes and goes by a glob or in a directory may be nothing.
      #expect(try self.table(directory.full("x*")).version().text == "0 files")
      try directory.remove("products")
      #expect(try self.table().version().text == "0 files")
    }

    @Test func changeInTheMidstOfReadingIsNoticed() throws {
      try writeProducts()
      let table = try table()
      #expect(throws: TableChanged.self) {
        try table.read(try table.version(), columns: Self.products) { _ in
          try directory.write("kind=food/b", Array("half of a file".utf8))
        }
      }
      let error = try #require(throws: TidemillError.self) { try content(table, Self.products) }
      #expect(error.message.contains(directory.full("kind=food/b")))
    }

    @Test func rowThatCannotBeReadIsNamed() throws {
      try directory.write(
        "a", try parquet(Schema(Field("id", .bigint)), [[.integer(1)], [.null], [.integer(1 << 40)]], rowGroupRows: 2))
      let error = try #require(throws: TidemillError.self) { try content(try table(), Schema(Field("id", .int))) }
      #expect(error.message == "\(directory.full("a")), row 3: id: the value is no INT")
    }

    @Test func tooManyRowsEndTheReading() throws {
      try writeProducts()
      struct TooMany: Error {}
      let table = try table()
      #expect(throws: TooMany.self) { try table.read(try table.version(), columns: Self.products) { _ in throw TooMany() } }
    }

    @Test(.enabled(if: Judges.areInstalled, "Scripts/lake installs the server"))
    func anObjectStoreHoldsATableToo() async throws {
      let server = try await ObjectServer.shared
      let access = RemoteStore.Options(
        endpoint: server.endpoint, region: "us-east-1", accessKey: ObjectServer.accessKey, secretKey: ObjectServer.secretKey)
      let store = try RemoteStore(try #require(StoreLocation("s3://tests/products")), options: access)
      func put(_ path: String, _ rows: [[Value]]) throws {
        try parquet(Self.products, rows).withUnsafeBytes { try store.put(path, $0) }
      }
      try put("kind=drink/a", [product("p1", "tea", 3)])
      let table = try table("s3://tests/products", options: access)
      let first = try table.version()
      #expect(try table.version() == first)
      try put("kind=food/a", [product("p3", "cake", 5)])
      #expect(try table.version().text == "2 files")
      #expect(throws: TableChanged.self) { try table.read(first, columns: Self.products) { _ in } }
      let one = try self.table("s3://tests/products/kind=food/a", options: access)
      #expect(try one.version().text == "1 file")
      try store.delete("kind=food/a")
      #expect(throws: TidemillError.self) { try one.version() }
      try put("kind=food/a", [product("p3", "cake", 5)])
      let columns = Schema(Field("name", .string), Field("kind", .string))
      #expect(try content(table, columns) == [[.string("tea"), .string("drink")], [.string("cake"), .string("food")]])
      #expect(try self.table("s3://tests/products/kind=food/a", options: access).version().text == "1 file")
    }

    // MARK: As it is declared

    private func run(_ script: String) async throws -> Set<[Value]> {
      try directory.write(
        "sales.json", Array([("p1", 2), ("p3", 1), ("p9", 7)].map { "{\"product\":\"\($0)\",\"n\":\($1)}\n" }.joined().utf8))
      let session = Session()
      let sink = MemorySink()
      var options = StartOptions()
      options.trigger = .once
      let sales = "CREATE STREAM sales USING json OPTIONS (path '\(directory.full("sales.json"))');\n"
      let query = try session.start(try session.plan(sales + script, PlanOptions(outputMode: .append)), options) { _ in sink }
      try await query.awaitTermination()
      return Set(sink.rows)
    }

    @Test func streamsAreJoinedWithIt() async throws {
      try directory.write("products/kind=drink/a", try parquet(Self.products, [product("p1", "tea", 3)]))
      try directory.write("products/kind=food/a", try parquet(Self.products, [product("p3", "cake", 5)]))
      let declared = "CREATE TABLE products USING parquet OPTIONS (path '\(directory.full("products"))', refresh 'off');\n"
      #expect(
        try await run(declared + "SELECT name, kind, n * price AS amount FROM sales LEFT JOIN products ON product = id") == [
          [.string("tea"), .string("drink"), .integer(6)], [.string("cake"), .string("food"), .integer(5)],
          [.null, .null, .null],
        ])
      try directory.write("names.parquet", try parquet(Self.products, [product("p9", "soap", 1)]))
      let path = directory.full("names.parquet")
      #expect(
        try await run("SELECT t.name, s.n FROM sales s JOIN '\(path)' t ON s.product = t.id") == [
          [.string("soap"), .integer(7)]
        ])
      await #expect(throws: TidemillError.self) {
        try await run(
          "CREATE TABLE t USING parquet OPTIONS (path '\(path)', header true);\nSELECT n FROM sales JOIN t ON product = id")
      }
    }

    @Test func dataFramesAreJoinedWithIt() async throws {
      try directory.write("products.parquet", try parquet(Self.products, [product("p1", "tea", 3)]))
      try directory.write("sales.parquet", try parquet(Schema(Field("product", .string)), [[.string("p1")], [.string("p2")]]))
      let session = Session()
      let products = session.read.parquet(directory.full("products.parquet"))
      let sink = MemorySink()
      let query = try await session.readStream.parquet(directory.full("sales.parquet"))
        .join(products, on: col("product") == col("id"), how: .left).select("product", "name")
        .writeStream.outputMode(.append).trigger(.once).to(sink).start()
      try await query.awaitTermination()
      #expect(sink.table == [[.string("p1"), .string("tea")], [.string("p2"), .null]])
    }
  }
#endif
