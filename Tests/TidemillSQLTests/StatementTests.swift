import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL

@Suite struct StatementTests {
  @Test func aScriptGivesItsStatementsInOrder() throws {
    let text = """
      /* hourly /* nested */ sales */
      SET timezone = +02:00;
      CREATE STREAM sales (product_id STRING, sales_amount INT NOT NULL, event_time TIMESTAMP COMMENT 'when',
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
        USING JSON OPTIONS (path 'sales_stream', Header = true, 'kafka.Topic' 'x', max.files 5, offset = -1);
      CREATE SINK totals USING csv OPTIONS (path 'out');
      ;
      INSERT INTO totals WITH (mode 'append') SELECT * FROM sales;
      EXPLAIN SELECT 1 FROM sales;
      EXPLAIN INSERT INTO totals SELECT 1 FROM sales;
      SELECT 1 FROM sales
      """
    let statements = try SQLParser.parseScript(text)
    try #require(statements.count == 7)

    guard case .set(let set) = statements[0], case .createStream(let stream) = statements[1],
      case .createSink(let sink) = statements[2], case .insert(let insert) = statements[3],
      case .explain(.select, _) = statements[4], case .explain(.insert, _) = statements[5],
      case .select(let select) = statements[6]
    else {
      Issue.record("statements of other kinds: \(statements)")
      return
    }
    #expect(set.name == "timezone")
    #expect(set.value == "+02:00")
    #expect(
      stream.definition
        == StreamDefinition(
          name: "sales",
          schema: Schema(Field("product_id", .string), Field("sales_amount", .int), Field("event_time", .timestamp)),
          watermark: WatermarkDefinition(column: "event_time", delay: .minutes(10)), provider: "json",
          options: ["path": "sales_stream", "header": "true", "kafka.topic": "x", "max.files": "5", "offset": "-1"]))
    #expect(stream.optionRanges["header"]?.text(in: text) == "Header = true")
    #expect(stream.nameRange.text(in: text) == "sales")
    #expect(sink.definition == SinkDefinition(name: "totals", provider: "csv", options: ["path": "out"]))
    #expect(insert.targets.map(\.sink) == ["totals"])
    #expect(insert.targets[0].options == ["mode": "append"])
    #expect(shown(insert.query.plan) == "stream sales\nproject *")
    #expect(insert.query.range.text(in: text) == "SELECT * FROM sales")
    #expect(shown(select.plan) == "stream sales\nproject 1")
    #expect(
      statements.dropFirst(2).map { $0.range.text(in: text) } == [
        "CREATE SINK totals USING csv OPTIONS (path 'out')",
        "INSERT INTO totals WITH (mode 'append') SELECT * FROM sales",
        "EXPLAIN SELECT 1 FROM sales", "EXPLAIN INSERT INTO totals SELECT 1 FROM sales", "SELECT 1 FROM sales",
      ])
  }

  @Test(arguments: ["", " ; ;\n", "-- nothing", "/* nothing */"])
  func aScriptMayBeEmpty(text: String) throws {
    #expect(try SQLParser.parseScript(text).isEmpty)
  }

  @Test(arguments: [
    ("SET a = b", "a", "b"), ("set Spark.Sql.X = 'two words'", "spark.sql.x", "two words"), ("SET n=-1.5", "n", "-1.5"),
    ("SET zone = Europe/Berlin;", "zone", "Europe/Berlin"), ("SET trigger = available-now", "trigger", "available-now"),
    ("SET window = true", "window", "true"),
  ])
  func settingsTakeStringsAndPlainValues(text: String, name: String, value: String) throws {
    guard case .set(let set)? = try SQLParser.parseScript(text).first else {
      Issue.record("no SET")
      return
    }
    #expect(set.name == name)
    #expect(set.value == value)
  }

  @Test func aStreamWithoutColumnsHasAnEmptySchema() throws {
    for text in [
      "CREATE STREAM IF NOT EXISTS s USING rate", "CREATE STREAM s USING rate OPTIONS ()",
      "CREATE STREAM s (WATERMARK FOR ts AS ts) USING rate",
    ] {
      guard case .createStream(let stream)? = try SQLParser.parseScript(text).first else {
        Issue.record("no stream")
        return
      }
      #expect(stream.definition.schema.count == 0)
      #expect(stream.definition.watermark == (text.contains("WATERMARK") ? .init(column: "ts", delay: .zero) : nil))
      #expect(stream.ifNotExists == text.contains("EXISTS"))
    }
  }

  @Test func structsAreFlattenedToTheirLeaves() throws {
    let schema = try SQLParser.parseColumns(
      """
      id BIGINT, user STRUCT<id: STRING, address STRUCT<city STRING, `zip code`: INT>>, tags ARRAY<STRING>,
      counts MAP<STRING, ARRAY<INT>>, date DATE, end TIMESTAMP
      """)
    #expect(
      schema
        == Schema(
          Field("id", .bigint), Field("user.id", .string, path: ["user", "id"]),
          Field("user.address.city", .string, path: ["user", "address", "city"]),
          Field("user.address.zip code", .int, path: ["user", "address", "zip code"]), Field("tags", .string),
          Field("counts", .string), Field("date", .date), Field("end", .timestamp)))
  }

  @Test func aWatermarkMayBeOnANestedColumn() throws {
    let text = "CREATE STREAM s (meta STRUCT<ts: TIMESTAMP>, WATERMARK FOR meta.ts AS meta.ts - INTERVAL 5 SECONDS) USING json"
    guard case .createStream(let stream)? = try SQLParser.parseScript(text).first else {
      Issue.record("no stream")
      return
    }
    #expect(stream.definition.watermark == WatermarkDefinition(column: "meta.ts", delay: .seconds(5)))
  }

  @Test(arguments: [
    ("boolean", DataType.boolean), ("Bool", .boolean), ("TINYINT", .int), ("SMALLINT", .int), ("INTEGER", .int),
    ("BIGINT", .bigint), ("LONG", .bigint), ("FLOAT", .double), ("REAL", .double),
    ("DECIMAL", .decimal(precision: 10, scale: 0)),
    ("DEC(5)", .decimal(precision: 5, scale: 0)), ("NUMERIC(38, 10)", .decimal(precision: 38, scale: 10)),
    ("VARCHAR(20)", .string), ("TEXT", .string), ("DATE", .date), ("TIMESTAMP_LTZ", .timestamp),
  ])
  func typesHaveSparksNames(text: String, type: DataType) throws {
    #expect(try SQLParser.parseType(text) == type)
  }
}

@Suite struct ViewStatementTests {
  @Test func aViewHasOptionsAndAQuery() throws {
    let text =
      "CREATE MATERIALIZED VIEW IF NOT EXISTS hourly OPTIONS (Retain '7 days', every '1 second') AS SELECT a FROM s; SELECT 1 FROM s"
    guard case .createView(let view)? = try SQLParser.parseScript(text).first else {
      Issue.record("no view")
      return
    }
    #expect(view.name == "hourly")
    #expect(view.ifNotExists)
    #expect(view.options == ["retain": "7 days", "every": "1 second"])
    #expect(view.optionRanges["retain"]?.text(in: text) == "Retain '7 days'")
    #expect(view.nameRange.text(in: text) == "hourly")
    #expect(shown(view.query.plan) == "stream s\nproject a")
    #expect(view.query.sources.map(\.name) == ["s"])
    #expect(text.hasPrefix(view.range.text(in: text)))
    #expect(view.range.text(in: text).hasSuffix("FROM s"))
  }

  @Test func ordersAreReadOnlyWhereTheResultEnds() throws {
    let text = "SELECT a FROM s WHERE a > 1 ORDER BY a DESC, b NULLS LAST LIMIT 10;"
    let select = try SQLParser.parseOrderedSelect(text)
    #expect(shown(select.query.plan) == "stream s\nfilter (a > 1)\nproject a")
    #expect(select.order.map(\.ascending) == [false, true])
    #expect(select.order.map(\.nullsFirst) == [false, false])
    #expect(select.limit == 10)
    #expect(throws: TidemillError.self) { try SQLParser.parseSelect(text) }
    #expect(throws: TidemillError.self) { try SQLParser.parseOrderedSelect("SELECT a FROM (SELECT a FROM s LIMIT 3)") }
  }
}
