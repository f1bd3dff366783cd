import Testing

@Suite struct SQLCommandTests {
  private let byProduct = """
    SELECT product_id, count(*) AS n, sum(sales_amount) AS total FROM 'sales/*.json' GROUP BY product_id
    """

  @Test func aFirstAnswerTakesOneLine() async throws {
    let run = try await Program.run(["sql", byProduct], in: try Sales.workplace())
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(
      run.lines == [
        #"{"product_id":"a","n":3,"total":45}"#, #"{"product_id":"b","n":2,"total":21}"#,
        #"{"product_id":"c","n":1,"total":7}"#,
      ])
  }

  @Test func theFinalTableIsPrintedOnceByWindowAndKey() async throws {
    let place = try Sales.workplace()
    // Four epochs, in each of which groups change.
    let run = try await Program.run(
      [
        "sql",
        "SELECT product_id AS p, sum(sales_amount) AS t, window(event_time, '1 hour') AS w FROM 'sales' "
          + "GROUP BY product_id, window(event_time, '1 hour')", "--format", "table", "--set", "epoch.bytes=100",
      ], in: place)
    #expect(run.status == 0)
    #expect(
      run.output == """
        +-+--+------------------------------------------+
        |p| t|w                                         |
        +-+--+------------------------------------------+
        |a|40|{2024-03-01 10:00:00, 2024-03-01 11:00:00}|
        |b|21|{2024-03-01 10:00:00, 2024-03-01 11:00:00}|
        |a| 5|{2024-03-01 11:00:00, 2024-03-01 12:00:00}|
        |c| 7|{2024-03-01 11:00:00, 2024-03-01 12:00:00}|
        +-+--+------------------------------------------+

        """)
  }

  @Test func aResultWhoseRowsChangeToTheEndIsFoldedFirst() async throws {
    let place = try Sales.workplace()
    let top = """
      SELECT product_id, total FROM (SELECT product_id, sum(sales_amount) AS total FROM 'sales' GROUP BY product_id)
      QUALIFY row_number() OVER (ORDER BY total DESC) <= 2
      """
    let run = try await Program.run(["sql", top, "--set", "epoch.bytes=100"], in: place)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lines == [#"{"product_id":"a","total":45}"#, #"{"product_id":"b","total":21}"#])
  }

  @Test func csvHasOneHeader() async throws {
    let run = try await Program.run(["sql", byProduct, "--format", "csv"], in: try Sales.workplace())
    #expect(run.output == "product_id,n,total\na,3,45\nb,2,21\nc,1,7\n")
  }

  @Test func withAnOutputModeTheChangesArePrintedAsTheyCome() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n" + #"{"k":"a","v":2}"# + "\n")
    let run = try await Program.run(
      ["sql", "SELECT k, sum(v) AS s FROM 'in' GROUP BY k", "--output-mode", "update", "--set", "epoch.bytes=1"], in: place)
    #expect(run.lines == [#"{"k":"a","s":1}"#, #"{"k":"a","s":3}"#])
  }

  @Test func completeModePrintsEverythingEachTime() async throws {
    let place = try Workplace()
    try place.write("in/1.json", #"{"k":"a","v":1}"# + "\n" + #"{"k":"b","v":2}"# + "\n")
    let run = try await Program.run(
      ["sql", "SELECT k, sum(v) AS s FROM 'in' GROUP BY k", "--output-mode", "complete", "--set", "epoch.bytes=1"], in: place)
    #expect(run.lines == [#"{"k":"a","s":1}"#, #"{"k":"a","s":1}"#, #"{"k":"b","s":2}"#])
    #expect(run.errors.hasPrefix("warning: select: complete mode keeps every group"))
  }

  @Test func rowsWithoutAggregationKeepTheirOrder() async throws {
    let run = try await Program.run(
      ["sql", "SELECT sales_amount * 2 AS twice FROM 'sales' WHERE product_id = 'b'"], in: try Sales.workplace())
    #expect(run.lines == [#"{"twice":40}"#, #"{"twice":2}"#])
  }

  @Test func standardInputIsReadToItsEnd() async throws {
    let place = try Sales.workplace()
    let run = try await Program.shell(
      """
      (head -n 2 sales/1.json; mkfifo wait; cat wait; tail -n 4 sales/1.json) \
        | $TIDEMILL sql "SELECT count(*) AS n, max(event_time) AS last FROM stdin" & \
      until [ -p wait ]; do :; done; echo '{"event_time":"2024-03-01T12:00:00Z"}' > wait; wait
      """, in: place)
    #expect(run.output == #"{"n":7,"last":"2024-03-01T12:00:00Z"}"# + "\n")
  }

  @Test func csvOnStandardInputIsRecognised() async throws {
    let run = try await Program.run(
      ["sql", "SELECT name, sum(n) AS n FROM stdin GROUP BY name", "--format", "csv"], in: try Workplace(),
      input: "name,n\nx,1\ny,2\nx,40\n")
    #expect(run.output == "name,n\nx,41\ny,2\n")
  }

  @Test func schemaShowsWhatWasLearnedAsAStatementThatRuns() async throws {
    let place = try Workplace()
    try place.write(
      "data/my-events/1.json",
      #"{"user":{"id":7,"name":"x"},"at":"2024-03-01T10:00:00Z","the order":1.5,"tags":["a"],"ok":true}"# + "\n")
    let run = try await Program.run(["sql", "SELECT * FROM 'data/my-events/*.json'", "--schema"], in: place)
    #expect(run.status == 0)
    #expect(
      run.output == """
        CREATE STREAM `my-events` (
          user STRUCT<id: BIGINT, name: STRING>,
          at TIMESTAMP,
          `the order` DOUBLE,
          tags STRING,
          ok BOOLEAN
        ) USING json OPTIONS (path 'data/my-events/*.json');

        """)
    try place.write("script.sql", run.output + "SELECT user.id, `the order` FROM `my-events`;\n")
    let again = try await Program.run(["run", "script.sql", "--once"], in: place)
    #expect(again.output == #"{"id":7,"the order":1.5}"# + "\n", "\(again.errors)")
  }

  @Test func aSessionZoneAppliesToLiteralsAndOutput() async throws {
    let run = try await Program.run(
      [
        "sql", "SELECT event_time FROM 'sales' WHERE event_time = TIMESTAMP '2024-03-01 12:05:00'", "--set",
        "timezone=+02:00",
      ], in: try Sales.workplace())
    #expect(run.output == #"{"event_time":"2024-03-01T12:05:00+02:00"}"# + "\n")
  }

  @Test func lostRowsAreMentionedOnStandardError() async throws {
    let place = try Workplace()
    try place.write("in/1.json", "{\"v\":1}\n{\"v\":\n{\"v\":2}\n")
    let run = try await Program.run(["sql", "SELECT sum(v) AS s FROM 'in'"], in: place)
    #expect(run.output == "{\"s\":3}\n")
    #expect(run.errors.hasPrefix("warning: 1 row was rejected (in/1.json:2: "), "\(run.errors)")
    #expect(run.errors.hasSuffix("); the stream's OPTIONS (rejected 'sink') keeps them\n"))
    #expect(run.status == 0)
    let quiet = try await Program.run(["sql", "SELECT sum(v) AS s FROM 'in'", "--quiet"], in: place)
    #expect(quiet.errors == "")
  }

  @Test func aReaderThatHasEnoughEndsTheQueryQuietly() async throws {
    let place = try Workplace()
    try place.write("in/1.json", String(repeating: "{\"v\":1}\n", count: 200_000))
    let run = try await Program.shell(
      "set -o pipefail; $TIDEMILL sql \"SELECT v FROM 'in'\" | head -n 1; echo ${PIPESTATUS[0]}", in: place)
    #expect(run.output == "{\"v\":1}\n0\n")
    #expect(run.errors == "")
  }
}
