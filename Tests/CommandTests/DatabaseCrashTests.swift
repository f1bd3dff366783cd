#if SQLite
  import Foundation
  import GRDB
  import Testing

  @Suite struct DatabaseCrashTests {
    private static let script = """
      SET idle.timeout = off;
      SET snapshot.bytes = 20000;
      SET epoch.bytes = 8000;
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP, region STRING,
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
        USING json OPTIONS (path 'sales', late 'late_rows');
      CREATE SINK hourly USING sqlite OPTIONS (path 'sales.db', table 'hourly');
      CREATE SINK final USING sqlite OPTIONS (path 'sales.db', table 'final');
      CREATE SINK regions USING sqlite OPTIONS (path 'sales.db', table 'regions');
      CREATE SINK late_rows USING sqlite OPTIONS (path 'sales.db', table 'late');
      INSERT INTO hourly
        SELECT product_id, sum(sales_amount) AS total, count(*) AS n, window(event_time, '1 hour') AS w
        FROM sales GROUP BY product_id, window(event_time, '1 hour');
      INSERT INTO final WITH (mode 'append')
        SELECT product_id, sum(sales_amount) AS total, window(event_time, '1 hour') AS w
        FROM sales GROUP BY product_id, window(event_time, '1 hour');
      INSERT INTO regions WITH (mode 'complete')
        SELECT region, count(*) AS n FROM sales GROUP BY region;
      """
    private static let tables = ["hourly", "final", "regions", "late"]

    private func rows(_ place: Workplace, _ table: String) throws -> [String] {
      let database = try DatabaseQueue(path: place("sales.db"))
      defer { try? database.close() }
      return try database.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { "\($0.databaseValues)" }.sorted()
      }
    }

    private func progressLines(_ place: Workplace) -> Int {
      ((try? place.read("p.jsonl")) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
    }

    @Test func killedWhileItWritesTheDatabaseHoldsWhatAnUninterruptedRunGives() async throws {
      let place = try Workplace()
      let generated = try await Program.run(
        [
          "generate", "sales", "--output", "all", "--rows", "6000", "--files", "12", "--products", "20", "--late", "0.01",
          "--malformed", "0.01",
        ], in: place)
      #expect(generated.status == 0)
      try place.write("q.sql", Self.script)
      try FileManager.default.createDirectory(atPath: place("sales"), withIntermediateDirectories: true)
      let arguments = ["run", "q.sql", "--checkpoint", "state", "--progress", "p.jsonl", "--quiet"]
      var child = try Program.start(arguments, in: place)
      for (number, name) in place.names("all").enumerated() {
        let before = progressLines(place)
        try place.write("sales/\(name)", try place.read("all/\(name)"))
        switch number % 3 {
        case 0: try await eventually("progress") { progressLines(place) > before || !child.isRunning }
        case 1: try await eventually("much progress") { progressLines(place) > before + 8 || !child.isRunning }
        default: continue
        }
        #expect(child.isRunning, "\(child.errors)")
        try await child.killAndWait()
        child = try Program.start(arguments, in: place)
      }
      try await child.killAndWait()
      let last = try await Program.run(arguments + ["--once"], in: place)
      #expect(last.status == 0, "\(last.errors)")

      let straight = try Workplace()
      try straight.write("q.sql", Self.script)
      for name in place.names("all") { try straight.write("sales/\(name)", try place.read("all/\(name)")) }
      let once = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: straight)
      #expect(once.status == 0, "\(once.errors)")
      for table in Self.tables {
        let expected = try rows(straight, table)
        #expect(!expected.isEmpty, "\(table)")
        #expect(try rows(place, table) == expected, "\(table)")
      }
      // The final totals are the last ones.
      #expect(try rows(place, "final").count == rows(place, "hourly").count)
    }

    @Test func aSecondJobOnTheTableIsRefusedAndToldWhatToDo() async throws {
      let place = try Sales.workplace()
      let script =
        Sales.stream + """
          CREATE SINK hourly USING sqlite OPTIONS (path 'sales.db', table 'hourly');
          INSERT INTO hourly \(Sales.query);
          """
      try place.write("q.sql", script)
      #expect(try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place).status == 0)
      let before = try rows(place, "hourly")
      let again = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place)
      #expect(again.status != 0)
      #expect(again.errors.contains("table hourly holds rows of another job: this job is new, and the table ends at epoch 1"))
      #expect(again.errors.contains("overwrite 'true'"))
      try place.write("q.sql", script.replacingOccurrences(of: "table 'hourly'", with: "table 'hourly', overwrite 'true'"))
      #expect(try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place).status == 0)
      #expect(try rows(place, "hourly") == before)
      try place.write("q.sql", script.replacingOccurrences(of: "'sales.db'", with: "'sales.db', tabel 'x'"))
      let misspelt = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place)
      #expect(misspelt.errors.contains("sink hourly has no option tabel"))
    }
  }
#endif
