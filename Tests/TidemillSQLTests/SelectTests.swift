import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL

@Suite struct SelectTests {
  @Test func selectWithoutAggregatesProjects() throws {
    #expect(
      try query("SELECT a, b + 1 AS c, d e, * FROM sales s WHERE a > 0;")
        == """
        stream sales
        alias s
        filter (a > 0)
        project a, (b + 1) AS c, d AS e, *
        """)
  }

  @Test func theHourlySalesQueryAggregates() throws {
    #expect(
      try query(
        """
        SELECT product_id, SUM(sales_amount) AS total_sales, window(event_time, '1 hour') AS hour_window
        FROM sales_stream -- all of them
        GROUP BY product_id, window(event_time, '1 hour')
        HAVING COUNT(*) > 1
        """)
          == """
          stream sales_stream
          aggregate by [product_id, window(event_time, '1 hour')] product_id, sum!(sales_amount) AS total_sales, \
          window(event_time, '1 hour') AS hour_window having (count!(*) > 1)
          """)
  }

  @Test(arguments: [
    ("SELECT count(*) FROM s", "stream s\naggregate by [] count!(*)"),
    ("SELECT 1 + sum(a) FROM s", "stream s\naggregate by [] (1 + sum!(a))"),
    ("SELECT a FROM s GROUP BY a", "stream s\naggregate by [a] a"),
    ("SELECT a FROM s GROUP BY 1, a + 1", "stream s\naggregate by [1, (a + 1)] a"),
    ("SELECT 1 FROM s HAVING max(a) > 1", "stream s\naggregate by [] 1 having (max!(a) > 1)"),
    ("SELECT a FROM s QUALIFY count(*) > 1", "stream s\naggregate by [] a\nqualify (count!(*) > 1)"),
    (
      "SELECT CASE WHEN a THEN ROW_NUMBER() OVER (ORDER BY avg(b)) END FROM s",
      "stream s\naggregate by [] (CASE WHEN a THEN row_number(; avg!(b) ASC NULLS FIRST))"
    ),
  ])
  func anAggregateAnywhereMakesAGrouping(text: String, plan: String) throws {
    #expect(try query(text) == plan)
  }

  @Test func topThreeBySubqueryKeepsItsLayers() throws {
    #expect(
      try query(
        """
        SELECT * FROM (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY w ORDER BY total DESC) AS rank
          FROM (SELECT id, window(ts, '30 minutes') AS w, sum(x) AS total FROM sales GROUP BY 1, 2)
        ) AS ranked WHERE rank <= 3
        """)
          == """
          stream sales
          aggregate by [1, 2] id, window(ts, '30 minutes') AS w, sum!(x) AS total
          project *, row_number(w; total DESC NULLS LAST) AS rank
          alias ranked
          filter (rank <= 3)
          project *
          """)
  }

  @Test func distinctComesAfterQualify() throws {
    #expect(
      try query("SELECT DISTINCT a FROM s QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1")
        == """
        stream s
        project a
        qualify (row_number(a; b ASC NULLS FIRST) = 1)
        deduplicate []
        """)
  }

  @Test func pathsAndStandardInputAreToldFromStreams() throws {
    let text = "SELECT a FROM (SELECT a FROM 'dir/*.json') x"
    let files = try SQLParser.parseSelect(text)
    #expect(shown(files.plan) == "stream dir/*.json\nproject a\nalias x\nproject a")
    #expect(files.sources.map(\.kind) == [.path])
    #expect(files.sources[0].name == "dir/*.json")
    #expect(files.sources[0].range.text(in: text) == "'dir/*.json'")
    #expect(files.range.text(in: text) == text)
    #expect(try SQLParser.parseSelect("SELECT a FROM STDIN").sources.map(\.kind) == [.standardInput])
    #expect(try SQLParser.parseQuery("SELECT a FROM STDIN") == SQLParser.parseQuery("SELECT a FROM  stdin").moved(14))
    #expect(try SQLParser.parseSelect("SELECT a FROM `stdin`").sources.map(\.kind) == [.stream])
    #expect(try SQLParser.parseSelect("SELECT a FROM sales").sources.map(\.kind) == [.stream])
  }

  @Test func selectItemsCanBeReadAlone() throws {
    #expect(shown(try SQLParser.parseSelectItem("sum(a) AS total")) == "sum!(a) AS total")
    #expect(shown(try SQLParser.parseSelectItem("*")) == "*")
  }
}

extension LogicalPlan {
  /// The same plan of a single stream, its name standing at `offset`.
  fileprivate func moved(_ offset: Int) -> LogicalPlan {
    guard case .project(let items, .stream(let name, _)) = self else { return self }
    return .project(items, .stream(name, at: TextRange(offset..<offset + name.utf8.count)))
  }
}
