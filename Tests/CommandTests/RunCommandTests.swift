import Testing

@Suite struct RunCommandTests {
  @Test func aBareSelectIsShownAsLinesOfJSON() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let run = try await Program.run(["run", "hourly.sql", "--once"], in: place)
    #expect(run.status == 0)
    #expect(run.lines.sorted() == Sales.totals.sorted())
    #expect(run.errors == "warning: 1 row was late; the stream's OPTIONS (late 'sink') keeps them\n")
  }

  @Test func updateModePrintsEachChange() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n" + #"{"k":"a","v":2}"# + "\n")
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in'); SELECT k, sum(v) AS s FROM s GROUP BY k")
    let run = try await Program.run(["run", "q.sql", "--once", "--set", "epoch.bytes=1"], in: place)
    #expect(run.lines == [#"{"k":"a","s":1}"#, #"{"k":"a","s":3}"#])
  }

  @Test func aRowThatLeavesTheResultIsMarked() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n")
    try place.write("in/2.json", #"{"k":"b","v":2}"# + "\n")
    try place.write(
      "q.sql",
      """
      CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in');
      SELECT k, s FROM (SELECT k, sum(v) AS s FROM s GROUP BY k) QUALIFY row_number() OVER (ORDER BY s DESC) <= 1
      """)
    let json = try await Program.run(["run", "q.sql", "--once", "--set", "epoch.bytes=1"], in: place)
    #expect(Set(json.lines) == [#"{"k":"a","s":1}"#, #"{"k":"a","s":1,"_op":"delete"}"#, #"{"k":"b","s":2}"#])
    let csv = try await Program.run(["run", "q.sql", "--once", "--set", "epoch.bytes=1", "--format", "csv"], in: place)
    #expect(csv.lines.first == "_op,k,s")
    #expect(Set(csv.lines.dropFirst()) == [",a,1", "delete,a,1", ",b,2"])
  }

  @Test func availableNowWarnsWhereItsOpenWindowsWouldBeLost() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let arguments = ["run", "hourly.sql", "--trigger", "available-now"]
    let alone = try await Program.run(arguments, in: place)
    #expect(alone.errors.contains("warning: without --checkpoint, what is still open when this run ends is lost"))
    let kept = try await Program.run(arguments + ["--checkpoint", "state"], in: place)
    #expect(!kept.errors.contains("without --checkpoint"))
  }

  @Test func appendModePrintsEachWindowOnceItIsClosed() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let run = try await Program.run(
      ["run", "hourly.sql", "--output-mode", "append", "--trigger", "available-now", "--quiet"], in: place)
    #expect(run.status == 0)
    #expect(run.lines.sorted() == Sales.totals.filter { $0.contains("T10:00:00Z\",\"end") }.sorted())
    #expect(run.errors == "")
  }

  @Test func csvAndTablesShowTheSameRows() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n")
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in'); SELECT k, sum(v) AS s FROM s GROUP BY k")
    let csv = try await Program.run(["run", "q.sql", "--once", "--format", "csv"], in: place)
    #expect(csv.output == "_op,k,s\n,a,1\n")
    let table = try await Program.run(["run", "q.sql", "--once", "--format", "table"], in: place)
    #expect(table.output == "+-+-+\n|k|s|\n+-+-+\n|a|1|\n+-+-+\n")
  }

  @Test func severalSinksOfOneStreamGetTheirOwnFiles() async throws {
    let place = try Sales.workplace()
    try place.write(
      "q.sql",
      Sales.stream + """
        CREATE SINK hourly USING json OPTIONS (path 'hourly');
        CREATE SINK products USING csv OPTIONS (path 'products', mode 'complete');
        INSERT INTO hourly WITH (mode 'append') \(Sales.query);
        INSERT INTO products SELECT product_id, count(*) AS n FROM sales GROUP BY product_id;
        """)
    let run = try await Program.run(["run", "q.sql", "--once", "--checkpoint", "state", "--quiet"], in: place)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output == "")
    #expect(try place.rows("hourly").sorted() == Sales.totals.sorted())
    #expect(place.names("products") == ["result.csv"])
    #expect(try place.rows("products").sorted() == ["a,3", "b,2", "c,1", "product_id,n"])
  }

  @Test func theScriptMayComeFromStandardInput() async throws {
    let place = try Sales.workplace()
    let run = try await Program.run(["run", "-", "--once", "--quiet"], in: place, input: Sales.hourly)
    #expect(run.lines.sorted() == Sales.totals.sorted())
    let wrong = try await Program.run(["run", "-"], in: place, input: "SELECT 1 FRUM x")
    #expect(wrong.errors.contains(" --> stdin:1:"))
  }

  @Test func explainPrintsThePlanAndRunsNothing() async throws {
    let place = try Sales.workplace()
    try place.write("q.sql", Sales.stream + "EXPLAIN " + Sales.query)
    let run = try await Program.run(["run", "q.sql"], in: place)
    #expect(run.status == 0)
    #expect(run.output.contains("sales"))
    #expect(run.output.hasSuffix("\n"))
    #expect(!run.output.contains(#"{"product_id""#))
  }

  @Test func warningsOfThePlanGoToStandardError() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a"}"# + "\n")
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING) USING json OPTIONS (path 'in'); SELECT k, count(*) AS n FROM s GROUP BY k")
    let arguments = ["run", "q.sql", "--trigger", "available-now"]
    let run = try await Program.run(arguments, in: place)
    #expect(run.errors.hasPrefix("warning: select: state is not bounded: groups of k are kept for ever"))
    #expect(run.output == #"{"k":"a","n":1}"# + "\n")
    #expect(try await Program.run(arguments + ["--quiet"], in: place).errors == "")
  }

  @Test func whatWasBegunByAvailableNowIsFinishedByOnce() async throws {
    let place = try Workplace()
    try place.write("hourly.sql", Sales.hourly)
    let lines = Sales.lines.split(separator: "\n", omittingEmptySubsequences: true).map { $0 + "\n" }
    try place.write("sales/1.json", lines[..<2].joined())
    let arguments = ["run", "hourly.sql", "--checkpoint", "state", "--output-mode", "append", "--quiet"]
    let first = try await Program.run(arguments + ["--trigger", "available-now"], in: place)
    #expect(first.status == 0)
    #expect(first.output == "")
    try place.write("sales/2.json", lines[2...].joined())
    let second = try await Program.run(arguments + ["--once"], in: place)
    #expect(second.lines.sorted() == Sales.totals.sorted(), "\(second.errors)")
  }

  @Test func anIntervalIsATrigger() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let child = try Program.start(
      ["run", "hourly.sql", "--trigger", "10 milliseconds", "--progress", "p.jsonl", "--quiet"], in: place)
    try await eventually("the first epoch") { (try? place.read("p.jsonl").contains("\n")) ?? false }
    child.signal(2)
    let run = try await child.outcome()
    #expect(run.status == 0)
    #expect(run.lines.count == 4)
  }

  @Test func followingReadsWhatAppearsAndGrows() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n")
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in'); SELECT k, sum(v) AS s FROM s GROUP BY k")
    let child = try Program.start(["run", "q.sql", "--follow", "--quiet"], in: place)
    try await eventually("the first row") { child.output == #"{"k":"a","s":1}"# + "\n" }
    try place.write("in/2.json", #"{"k":"a","v":2}"# + "\n")
    try await eventually("the row of the second file") { child.output.hasSuffix(#"{"k":"a","s":3}"# + "\n") }
    _ = try await Program.shell(#"echo '{"k":"b","v":4}' >> in/1.json"#, in: place)
    try await eventually("the row that was appended") { child.output.hasSuffix(#"{"k":"b","s":4}"# + "\n") }
    child.signal(15)
    #expect(try await child.outcome().status == 0)
  }

  @Test func oneAggregationFeedsSeveralSinks() async throws {
    let place = try Sales.workplace()
    try place.write(
      "hourly.sql",
      Sales.stream + """
        CREATE SINK live USING json OPTIONS (path 'live'); CREATE SINK finals USING json OPTIONS (path 'finals');
        INSERT INTO live WITH (mode 'update'), finals WITH (mode 'append') 
        """ + Sales.query + ";\n")
    let run = try await Program.run(["run", "hourly.sql", "--once", "--quiet"], in: place)
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(try place.rows("finals").sorted() == Sales.totals.sorted())
    #expect(try place.rows("live").sorted() == Sales.totals.sorted())
  }
}
