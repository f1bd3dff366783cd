import Testing

@Suite struct LostRowsTests {
  private func workplace() throws -> Workplace {
    let place = try Sales.workplace()
    try place.write("sales/2.json", "{\"product_id\":\"x\",\n{\"product_id\":\"y\",\"sales_amount\":1}\n")
    try place.write(
      "q.sql",
      """
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
        USING json OPTIONS (path 'sales', late 'late_rows', rejected 'bad_rows');
      CREATE SINK late_rows USING json OPTIONS (path 'late');
      CREATE SINK bad_rows USING json OPTIONS (path 'bad');
      \(Sales.query)
      """)
    return place
  }

  @Test func lateAndRejectedRowsGoToTheirSinks() async throws {
    let place = try workplace()
    let run = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: place)
    #expect(run.status == 0)
    #expect(run.lines.sorted() == Sales.totals.sorted())
    #expect(
      try place.rows("late") == [
        #"{"product_id":"b","sales_amount":1,"event_time":"2024-03-01T10:50:00Z","_query":"select"}"#
      ])
    let bad = try place.rows("bad")
    #expect(bad.count == 2)
    #expect(bad.first?.hasPrefix(#"{"_reason":"malformed","#) ?? false)
    #expect(bad.first?.contains(#""_origin":"sales/2.json","_line":1,"_offset":0,"_row":"{\"product_id\":\"x\",""#) ?? false)
    #expect(bad.last?.hasPrefix(#"{"_reason":"missing_time","#) ?? false)
    #expect(bad.last?.contains(#""_line":2,"#) ?? false)
  }

  @Test func aFileWhoseHeaderDoesNotFitIsRejectedRowByRowAndTheOthersCount() async throws {
    let place = try Workplace()
    try place.write("in/1.csv", "k,v\na,1\n")
    try place.write("in/2.csv", "x,y\nb,2\nc,3\n")
    try place.write(
      "q.sql",
      """
      CREATE STREAM s (k STRING, v INT) USING csv OPTIONS (path 'in', header 'true', rejected 'bad');
      CREATE SINK bad USING json OPTIONS (path 'bad');
      SELECT k, COUNT(*) AS n FROM s GROUP BY k;
      """)
    let run = try await Program.run(["run", "q.sql", "--once", "--stats", "--format", "json"], in: place)
    #expect(run.status == 0)
    #expect(run.lines == [#"{"k":"a","n":1}"#])
    #expect(run.errors.contains("3 rows in = 2 rejected"))
    #expect(run.errors.contains("in/2.csv:2"))
    let bad = try place.rows("bad")
    #expect(bad.count == 2 && bad.allSatisfy { $0.contains("header names x, y") })
  }

  @Test func strictMakesThemAnExitCode() async throws {
    let place = try workplace()
    #expect(try await Program.run(["run", "q.sql", "--once", "--strict"], in: place).status == 4)
    try place.write("good.sql", Sales.hourly.replacing("'10 minutes'", with: "'1 day'"))
    _ = try await Program.shell("rm sales/2.json", in: place)
    #expect(try await Program.run(["run", "good.sql", "--once", "--strict"], in: place).status == 0)
  }

  @Test func statsPrintALedgerThatBalances() async throws {
    let run = try await Program.run(["run", "q.sql", "--once", "--stats"], in: try workplace())
    let lines = run.errors.split(separator: "\n")
    #expect(lines.first == "select: 8 rows in = 2 rejected + 0 duplicate + 0 filtered + 1 late + 5 aggregated")
    #expect(lines.dropFirst().first?.hasPrefix("run: 8 rows, 1 epochs, 0 snapshots, ") ?? false)
    #expect(lines.contains { $0.hasPrefix("process: ") && $0.contains("MiB peak memory") })
  }

  @Test func progressIsALineOfJSONForEachEpoch() async throws {
    let place = try workplace()
    let run = try await Program.run(
      ["run", "q.sql", "--once", "--quiet", "--set", "epoch.bytes=1", "--progress", "p.jsonl"], in: place)
    #expect(run.errors == "")
    let lines = try place.read("p.jsonl").split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines.enumerated().allSatisfy { $1.contains("\"batchId\":\($0 + 1),") && $1.contains("\"numInputRows\":1,") })
    #expect(
      lines.last?.contains(
        #""totalLedger":{"rowsIn":8,"rejected":2,"duplicate":0,"filtered":0,"late":1,"aggregated":5}"#) ?? false)
    let toErrors = try await Program.run(
      ["sql", "SELECT count(*) AS n FROM 'sales'", "--quiet", "--progress", "-"], in: place)
    #expect(toErrors.errors.hasPrefix("{\"id\":\""))
  }
}
