#if Lake
  import DeltaConnector
  import DeltaLog
  import Foundation
  import ProcessTesting
  import Testing
  import TidemillColumns

  @Suite struct DeltaCrashTests {
    private static let script = """
      SET idle.timeout = off;
      SET snapshot.bytes = 20000;
      SET epoch.bytes = 8000;
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP, region STRING,
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
        USING json OPTIONS (path 'sales', late 'late_rows');
      CREATE SINK hourly USING delta OPTIONS (path 'lake/hourly', targetFileSize '16 kB', 'delta.checkpointInterval' '4');
      CREATE SINK final USING delta OPTIONS (path 'lake/final', mode 'append');
      CREATE SINK regions USING delta OPTIONS (path 'lake/regions', mode 'complete');
      CREATE SINK late_rows USING delta OPTIONS (path 'lake/late');
      INSERT INTO hourly, final
        SELECT product_id, sum(sales_amount) AS total, count(*) AS n, window(event_time, '1 hour') AS w
        FROM sales GROUP BY product_id, window(event_time, '1 hour');
      INSERT INTO regions
        SELECT region, count(*) AS n FROM sales GROUP BY region;
      """
    private static let tables = ["hourly", "final", "regions", "late"]

    private func view(_ place: Workplace, _ table: String, version: Int? = nil) throws -> DeltaTableView {
      try #require(try DeltaTableView.load(LocalLakeStore(root: place("lake/\(table)")), version: version))
    }

    private func rows(_ view: DeltaTableView) throws -> [String] {
      let names = view.schema.fields.map(\.name)
      return try view.files.flatMap { try view.rows(of: $0, columns: names).rows.map { "\($0)" } }.sorted()
    }

    private func rows(_ place: Workplace, _ table: String) throws -> [String] { try rows(view(place, table)) }

    private func versions(_ place: Workplace, _ table: String) -> Int {
      place.names("lake/\(table)/_delta_log").count { $0.hasSuffix(".json") }
    }

    @Test func killedWhileItWritesTheTablesHoldWhatAnUninterruptedRunGives() async throws {
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
        let before = versions(place, "hourly")
        try place.write("sales/\(name)", try place.read("all/\(name)"))
        switch number % 3 {
        case 0: try await eventually("a version") { versions(place, "hourly") > before || !child.isRunning }
        case 1: try await eventually("some versions") { versions(place, "hourly") > before + 3 || !child.isRunning }
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
      #expect(try rows(place, "final") == rows(place, "hourly"))
      // What a write cost is told.
      let progress = try place.read("p.jsonl")
      #expect(progress.contains("\"metrics\":{\"numAddedFiles\":\""))
      // At no version is a key there twice, and sales only become more.
      var count = 0
      for version in 1...(try view(place, "hourly").version) {
        let now = try view(place, "hourly", version: version)
        let keys = try now.files.flatMap { try now.rows(of: $0, columns: ["product_id", "w"]).rows }
        #expect(Set(keys).count == keys.count && keys.count >= count, "version \(version)")
        count = keys.count
      }
    }

    @Test func aSecondJobOnTheTableIsRefusedAndToldWhatToDo() async throws {
      let place = try Sales.workplace()
      let script =
        Sales.stream + """
          CREATE SINK hourly USING delta OPTIONS (path 'lake/hourly');
          INSERT INTO hourly \(Sales.query);
          """
      try place.write("q.sql", script)
      #expect(try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place).status == 0)
      let before = try rows(place, "hourly")
      #expect(before.count == 4)
      let again = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place)
      #expect(again.status != 0)
      #expect(
        again.errors.contains(
          "the Delta table lake/hourly holds rows of another job: this job is new, and the table ends at epoch 1"))
      #expect(again.errors.contains("overwrite 'true'"))
      try place.write("q.sql", script.replacingOccurrences(of: "'lake/hourly'", with: "'lake/hourly', overwrite 'true'"))
      #expect(try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place).status == 0)
      #expect(try rows(place, "hourly") == before)
      try place.write("q.sql", script.replacingOccurrences(of: "'lake/hourly'", with: "'lake/hourly', partition 'x'"))
      let misspelt = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place)
      #expect(misspelt.errors.contains("sink hourly has no option partition"))
    }

    @Test func ofTwoJobsAtWorkOnOneTableOneGoesOn() async throws {
      let place = try Sales.workplace()
      let script =
        Sales.stream + """
          CREATE SINK hourly USING delta OPTIONS (path 'lake/hourly');
          INSERT INTO hourly \(Sales.query);
          """
      try place.write("q.sql", script)
      let first = try Program.start(["run", "q.sql", "--checkpoint", "one", "--quiet"], in: place)
      let second = try Program.start(["run", "q.sql", "--checkpoint", "two", "--quiet"], in: place)
      // Whoever commits second, or opens a table that the other has written, ends.
      try await eventually("one of them to end") { !first.isRunning || !second.isRunning }
      let (left, ended) = first.isRunning ? (first, second) : (second, first)
      let why = try await ended.outcome()
      #expect(why.status != 0)
      #expect(why.errors.contains("another job"), "\(why.errors)")
      try place.write(
        "sales/2.json", #"{"product_id":"d","sales_amount":9,"event_time":"2024-03-01T11:30:00Z"}"# + "\n")
      try await eventually("the new row") { ((try? rows(place, "hourly").count) ?? 0) == 5 }
      left.signal(SIGINT)
      #expect(try await left.outcome().status == 0)
    }

    @Test func vacuumRemovesWhatNobodyNeedsAndNothingElse() async throws {
      let place = try Sales.workplace()
      try place.write(
        "q.sql",
        Sales.stream + """
          CREATE SINK hourly USING delta
            OPTIONS (path 'lake/hourly', 'delta.deletedFileRetentionDuration' 'interval 0 seconds');
          INSERT INTO hourly \(Sales.query);
          """)
      let arguments = ["run", "q.sql", "--checkpoint", "state", "--trigger", "available-now", "--quiet"]
      #expect(try await Program.run(arguments, in: place).status == 0)
      try place.write(
        "sales/2.json", #"{"product_id":"a","sales_amount":9,"event_time":"2024-03-01T11:30:00Z"}"# + "\n")
      #expect(try await Program.run(arguments, in: place).status == 0)
      let before = try rows(place, "hourly")
      func dataFiles() -> Int { place.names("lake/hourly/hour_window_date=2024-03-01").count }
      let all = dataFiles()
      func vacuum(_ more: String...) async throws -> RunningProgram.Outcome {
        try await Program.run(["vacuum", "lake/hourly"] + more, in: place)
      }
      let trial = try await vacuum("--dry-run")
      #expect(trial.status == 0 && trial.errors.hasPrefix("would remove 1 files of "), "\(trial.errors)")
      #expect(dataFiles() == all)
      let kept = try await vacuum("--retain", "1 hour")
      #expect(kept.errors.hasPrefix("removed 0 files"))
      let done = try await vacuum()
      #expect(done.status == 0 && done.lines.count == 1 && dataFiles() == all - 1, "\(done.errors)")
      #expect(try rows(place, "hourly") == before)
      let nowhere = try await Program.run(["vacuum", "lake"], in: place)
      #expect(nowhere.status == 1 && nowhere.errors.contains("there is no Delta table in lake"))
      let wrong = try await vacuum("--retain", "soon")
      #expect(wrong.status == 2 && wrong.errors.contains("--retain cannot be 'soon'"))
    }

    @Test func vacuumIsRefusedATimeThatIsTooShort() async throws {
      let place = try Sales.workplace()
      try place.write(
        "q.sql",
        Sales.stream + "CREATE SINK hourly USING delta OPTIONS (path 'lake/hourly');\nINSERT INTO hourly \(Sales.query);")
      #expect(try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place).status == 0)
      let refused = try await Program.run(["vacuum", "lake/hourly", "--retain", "1 hour"], in: place)
      #expect(refused.status == 2)
      #expect(refused.errors.contains("files of the Delta table lake/hourly are kept for 7 days, and 1 hour is shorter"))
      #expect(try rows(place, "hourly").count == 4)
    }
  }
#endif
