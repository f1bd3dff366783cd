#if Lake
  import DeltaConnector
  import DeltaLog
  import Foundation
  import Testing
  import TidemillColumns

  /// Delta tables as streams, histories and tables of the program.
  @Suite struct DeltaInputTests {
    private static let first = """
      SET idle.timeout = off;
      SET epoch.bytes = 8000;
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP, region STRING,
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
        USING json OPTIONS (path 'sales');
      CREATE SINK final USING delta OPTIONS (path 'lake/final', mode 'append', 'delta.checkpointInterval' '4');
      INSERT INTO final
        SELECT product_id, sum(sales_amount) AS total, count(*) AS n, window(event_time, '1 hour') AS w
        FROM sales GROUP BY product_id, window(event_time, '1 hour');
      """
    private static let second = """
      SET snapshot.bytes = 20000;
      SET epoch.bytes = 4000;
      CREATE STREAM final USING delta OPTIONS (path 'lake/final');
      CREATE SINK totals USING delta OPTIONS (path 'lake/totals');
      INSERT INTO totals
        SELECT product_id, w_date, sum(total) AS total, sum(n) AS n, count(*) AS hours FROM final GROUP BY product_id, w_date;
      """

    private func rows(_ place: Workplace, _ table: String) throws -> [String] {
      let view = try #require(try DeltaTableView.load(LocalLakeStore(root: place("lake/\(table)"))))
      let names = view.schema.fields.map(\.name)
      return try view.files.flatMap { try view.rows(of: $0, columns: names).rows.map { "\($0)" } }.sorted()
    }

    private func version(_ place: Workplace, _ table: String) -> Int {
      place.names("lake/\(table)/_delta_log").count { $0.hasSuffix(".json") }
    }

    /// Two jobs, one behind the other, of which now one and now the other is killed.
    @Test func whatOneJobWritesAnotherReadsExactlyOnceHoweverOftenTheyAreKilled() async throws {
      let place = try Workplace()
      let generated = try await Program.run(
        ["generate", "sales", "--output", "all", "--rows", "5000", "--files", "10", "--products", "30"], in: place)
      #expect(generated.status == 0)
      try place.write("first.sql", Self.first)
      try place.write("second.sql", Self.second)
      try FileManager.default.createDirectory(atPath: place("sales"), withIntermediateDirectories: true)
      let writing = ["run", "first.sql", "--checkpoint", "one", "--quiet"]
      let reading = ["run", "second.sql", "--checkpoint", "two", "--quiet"]
      var writer = try Program.start(writing, in: place)
      try await eventually("the table") { version(place, "final") > 0 }
      var reader = try Program.start(reading, in: place)
      for (number, name) in place.names("all").enumerated() {
        let (written, read) = (version(place, "final"), version(place, "totals"))
        try place.write("sales/\(name)", try place.read("all/\(name)"))
        switch number % 4 {
        case 1:
          try await eventually("a version") { version(place, "final") > written || !writer.isRunning }
          #expect(writer.isRunning, "\(writer.errors)")
          try await writer.killAndWait()
          writer = try Program.start(writing, in: place)
        case 3:
          try await eventually("a version of the other") { version(place, "totals") > read || !reader.isRunning }
          #expect(reader.isRunning, "\(reader.errors)")
          try await reader.killAndWait()
          reader = try Program.start(reading, in: place)
        default: continue
        }
      }
      try await writer.killAndWait()
      try await reader.killAndWait()
      for arguments in [writing, reading] {
        let last = try await Program.run(arguments + ["--once"], in: place)
        #expect(last.status == 0, "\(last.errors)")
      }
      let straight = try Workplace()
      for name in place.names("all") { try straight.write("sales/\(name)", try place.read("all/\(name)")) }
      for (script, text) in [("first.sql", Self.first), ("second.sql", Self.second)] {
        try straight.write(script, text)
        let once = try await Program.run(["run", script, "--once", "--quiet"], in: straight)
        #expect(once.status == 0, "\(once.errors)")
      }
      #expect(try rows(place, "final") == rows(straight, "final"))
      let totals = try rows(straight, "totals")
      #expect(try rows(place, "totals") == totals && totals.count >= 30)
    }

    @Test func aTableIsAHistoryBeforeALiveStreamAndATableToJoin() async throws {
      let place = try Sales.workplace()
      try place.write(
        "collect.sql",
        Sales.stream + """
          CREATE SINK raw USING delta OPTIONS (path 'lake/raw', mode 'append', partitionBy 'product_id');
          INSERT INTO raw SELECT * FROM sales;
          """)
      try place.write("products.csv", "id,name,kind\na,apple,fruit\nb,bread,food\nx,nothing,food\n")
      try place.write(
        "products.sql",
        """
        CREATE STREAM products USING csv OPTIONS (path 'products.csv', header true);
        CREATE SINK products_table USING delta OPTIONS (path 'lake/products', mode 'append', overwrite 'true');
        INSERT INTO products_table SELECT * FROM products;
        """)
      for script in ["collect.sql", "products.sql"] {
        let outcome = try await Program.run(["run", script, "--once", "--quiet"], in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      try place.write(
        "live/1.json",
        """
        {"product_id":"b","sales_amount":200,"event_time":"2024-03-01T10:59:00Z"}
        {"product_id":"a","sales_amount":100,"event_time":"2024-03-01T11:30:00Z"}

        """)
      let query = """
        CREATE STREAM collected USING delta OPTIONS (path 'lake/raw');
        CREATE STREAM live (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                            WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
          USING json OPTIONS (path 'live');
        CREATE STREAM sales USING backfill OPTIONS (history 'collected', live 'live');
        CREATE TABLE products USING delta OPTIONS (path 'lake/products');
        SELECT p.name, sum(sales_amount) AS total, window(event_time, '1 hour') AS w
        FROM sales LEFT JOIN products p ON sales.product_id = p.id GROUP BY p.name, window(event_time, '1 hour');
        """
      try place.write("q.sql", query)
      let outcome = try await Program.run(
        ["run", "q.sql", "--once", "--quiet", "--format", "json", "--output-mode", "append"], in: place)
      #expect(outcome.status == 0, "\(outcome.errors)")
      func line(_ name: String, _ total: Int, _ hour: Int) -> String {
        #"{"name":\#(name),"total":\#(total),"w":{"start":"2024-03-01T\#(hour):00:00Z","end":"2024-03-01T\#(hour + 1):00:00Z"}}"#
      }
      #expect(
        outcome.lines.sorted()
          == [line("\"apple\"", 40, 10), line("\"apple\"", 105, 11), line("\"bread\"", 221, 10), line("null", 7, 11)].sorted())
    }

    @Test func mistakesAreToldWithTheirPlaceAndAWayOut() async throws {
      let place = try Sales.workplace()
      func errors(_ statement: String) async throws -> String {
        try place.write("q.sql", statement + ";\nSELECT count(*) AS n FROM t;\n")
        let outcome = try await Program.run(["run", "q.sql", "--once"], in: place)
        #expect(outcome.status != 0)
        return outcome.errors
      }
      let nothing = try await errors("CREATE STREAM t USING delta OPTIONS (path 'sales')")
      #expect(nothing.contains("there is no Delta table in sales") && nothing.contains("start the job first that writes it"))
      let version = try await errors("CREATE STREAM t USING delta OPTIONS (path 'sales', startingVersion 'first')")
      #expect(version.contains("stream t: option startingVersion is 'first'"))
      let option = try await errors("CREATE STREAM t USING delta OPTIONS (path 'sales', ignoreDelete 'true')")
      #expect(option.contains("stream t has no option ignoredelete") && option.contains("ignoreDeletes"))
      let scheme = try await errors("CREATE STREAM t (a INT) USING delta OPTIONS (path 'ftp://host/table')")
      #expect(scheme.contains("there are no tables at ftp://…"))
    }
  }
#endif
