import Testing
import TidemillColumns
import TidemillSQL

/// What a user sees, letter by letter.
@Suite struct ErrorTests {
  @Test func aMisspelledKeywordIsGuessed() {
    #expect(
      failure("SELECT a FORM sales") == """
        error: `FORM` stands where a keyword is expected
         --> query:1:10
          |
        1 | SELECT a FORM sales
          |          ^^^^
        hint: did you mean FROM?
        """)
    #expect(
      failure("SELECT a FROM s;\nSELCT b FROM s") == """
        error: expected a statement, found `SELCT`
         --> query:2:1
          |
        2 | SELCT b FROM s
          | ^^^^^
        hint: did you mean SELECT?
        """)
    #expect(
      failure("CREATE STREAM s (a TIMESTMP) USING json") == """
        error: there is no type `TIMESTMP`
         --> query:1:20
          |
        1 | CREATE STREAM s (a TIMESTMP) USING json
          |                    ^^^^^^^^
        hint: did you mean TIMESTAMP?
        """)
  }

  @Test func whatIsMissingIsMissingBehindTheLastToken() {
    #expect(
      failure("SELECT a FROM s\nWHERE a = 1 AND  \n\n") == """
        error: expected an expression, found the end of the text
         --> query:2:16
          |
        2 | WHERE a = 1 AND  
          |                ^
        """)
  }

  @Test func orderByWithLimitNamesTheWayOut() {
    #expect(
      failure("SELECT a FROM s ORDER BY f(a, (b)) LIMIT 3") == """
        error: ORDER BY with LIMIT is not supported
         --> query:1:17
          |
        1 | SELECT a FROM s ORDER BY f(a, (b)) LIMIT 3
          |                 ^^^^^^^^
        hint: for the best rows write QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY … DESC) <= 3
        """)
  }

  @Test(arguments: [
    ("SELECT a FROM sales WEHRE a > 1", "WEHRE", "`WEHRE` stands where a keyword is expected", "did you mean WHERE?"),
    (
      "SELECT a FROM s GROUP BY a HAVNG x", "HAVNG", "expected `;` or the end of the statement, found `HAVNG`",
      "did you mean HAVING?"
    ),
    (
      "SELECT a, FROM s", "FROM", "expected an expression, found `FROM`",
      "leave out the comma, or write a column named FROM in backticks"
    ),
    ("SELECT a", "", "the query has no FROM", "say what it reads: FROM a stream, FROM 'dir/*.json' or FROM stdin"),
    ("SELECT a b c FROM s", "c", "expected FROM, found `c`", nil),
    (
      "SELECT a AS 'x' FROM s", "'x'", "expected an alias, found the string 'x'",
      "quotes make strings; a name with special characters is written in backticks"
    ),
    ("SELECT count(a FROM s", "FROM", "expected `,` or `)`, found `FROM`", nil),
    ("SELECT CASE a THEN 1 END FROM s", "THEN", "expected WHEN, found `THEN`", nil),
    (
      "SELECT a FROM s SELECT b FROM s", "SELECT", "expected `;` or the end of the statement, found `SELECT`",
      "put `;` between statements"
    ),
    (
      "SELECT a FROM s GROUP BY a WHERE b", "WHERE", "WHERE stands in the wrong place",
      "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, QUALIFY, each once"
    ),
    ("SELECT 'abc FROM s", "'", "a string does not end", "close it with '"),
    ("SELECT a FROM (SELECT b FROM s", "(", "this parenthesis is not closed", "add a `)`"),
    ("SELECT a # b FROM s", "#", "the character `#` means nothing here", nil),
    (
      "SELECT straße FROM s", "ß", "the character `ß` means nothing here",
      "write names with other letters than a to z in backticks"
    ),
  ])
  func wrongSyntaxIsPointedAt(text: String, place: String, message: String, hint: String?) {
    expectError(text, .invalidQuery, place, message, hint)
  }

  @Test(arguments: [
    ("SELECT a FROM s ORDER BY a", "ORDER BY", "ORDER BY is not supported"),
    ("SELECT a FROM s LIMIT 3", "LIMIT", "LIMIT is not supported"),
    ("SELECT a FROM s RIGHT OUTER JOIN t ON a = b", "RIGHT OUTER JOIN", "RIGHT OUTER JOIN is not supported"),
    ("SELECT a FROM s LEFT SEMI JOIN t ON a = b", "LEFT SEMI JOIN", "LEFT SEMI JOIN is not supported"),
    ("SELECT a FROM s CROSS JOIN t", "CROSS JOIN", "CROSS JOIN is not supported"),
    ("SELECT a FROM s NATURAL JOIN t", "NATURAL JOIN", "NATURAL JOIN is not supported"),
    ("SELECT a FROM s, t", ",", "a second source in FROM is not supported"),
    ("SELECT a FROM s UNION ALL SELECT b FROM t", "UNION", "UNION is not supported"),
    ("SELECT a FROM s GROUP BY GROUPING SETS ((a), (b))", "GROUPING SETS", "GROUPING SETS is not supported"),
    ("SELECT a FROM s GROUP BY ROLLUP(a)", "ROLLUP", "ROLLUP is not supported"),
    ("SELECT a FROM s GROUP BY a WITH CUBE", "WITH CUBE", "WITH CUBE is not supported"),
    ("SELECT a FROM s GROUP BY ALL", "GROUP BY ALL", "GROUP BY ALL is not supported"),
    ("SELECT a FROM TUMBLE(TABLE s)", "TUMBLE", "a table function such as TUMBLE is not supported"),
    ("SELECT a FROM db.s", "db.s", "a name with dots for a stream is not supported"),
    ("SELECT * EXCEPT (a) FROM s", "EXCEPT", "* EXCEPT (…) is not supported"),
    ("SELECT lag(a) OVER (ORDER BY b) FROM s", "lag(a)", "LAG as a window function is not supported"),
    ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH", "WITH (a common table expression) is not supported"),
    ("CREATE EXTERNAL TABLE t (a INT)", "CREATE EXTERNAL", "CREATE EXTERNAL TABLE is not supported"),
    ("CREATE TABLE t AS SELECT 1", "AS", "CREATE TABLE … AS SELECT is not supported"),
    ("CREATE VIEW v AS SELECT a FROM s", "CREATE VIEW", "CREATE VIEW is not supported"),
    ("CREATE MATERIALIZED VIEW v (a) AS SELECT 1", "(", "a list of columns for a view is not supported"),
    ("CREATE MATERIALIZED VIEW v USING json AS SELECT 1", "USING", "USING for a view is not supported"),
    ("CREATE MATERIALIZED VIEW a.v AS SELECT 1", "a.v", "a name with dots for a view is not supported"),
    ("DROP STREAM s", "DROP", "DROP is not supported"),
    ("INSERT OVERWRITE t SELECT 1", "OVERWRITE", "INSERT OVERWRITE is not supported"),
    ("INSERT INTO t (a) SELECT 1 FROM s", "(", "a list of columns in INSERT is not supported"),
    ("EXPLAIN EXTENDED SELECT 1", "EXTENDED", "EXPLAIN EXTENDED is not supported"),
    ("CREATE STREAM s (a BINARY) USING json", "BINARY", "the type BINARY is not supported"),
    ("CREATE STREAM s (a TIMESTAMP_NTZ) USING json", "TIMESTAMP_NTZ", "the type TIMESTAMP_NTZ is not supported"),
  ])
  func whatIsNotDoneIsRefusedByNameAndPlace(text: String, place: String, message: String) {
    expectError(text, .unsupported, place, message)
  }

  @Test(arguments: [
    (
      "CREATE STEAM s USING json", "STEAM", "expected STREAM, TABLE, SINK or MATERIALIZED VIEW, found `STEAM`",
      "did you mean STREAM?"
    ),
    ("CREATE STREAM s (a INT)", "", "expected USING, found the end of the text", "say what it is: USING json, USING csv, …"),
    (
      "CREATE STREAM s (a INT, A INT) USING json", "A", "the column `A` is declared twice",
      "names that differ in case only are the same"
    ),
    ("CREATE STREAM s (a INT b INT) USING json", "b", "expected `,` or `)`, found `b`", nil),
    (
      "CREATE STREAM s (a DECIMAL(5, 9)) USING json", "DECIMAL(5, 9)", "there is no DECIMAL(5,9)",
      "the precision is 1 to 38, and the scale at most the precision"
    ),
    (
      "CREATE STREAM s (a INT, WATERMARK FOR a AS a) USING json", "a", "the watermark's column `a` is INT, not TIMESTAMP",
      "declare it as TIMESTAMP"
    ),
    ("CREATE STREAM s (a INT, WATERMARK FOR b AS b) USING json", "b", "there is no column `b`", "the columns are a"),
    (
      "CREATE STREAM s (t TIMESTAMP, WATERMARK FOR t AS t - INTERVAL '-1 minutes') USING json", "INTERVAL '-1 minutes'",
      "the watermark's delay is negative", "the delay is how late rows may come"
    ),
    (
      "CREATE SINK s USING json OPTIONS (path x)", "x", "expected a value for the option `path`, found `x`",
      "values are strings, numbers, true and false: path 'x'"
    ),
    ("CREATE SINK s USING json OPTIONS (path 'x', PATH 'y')", "PATH", "the option `path` is given twice", "keep one"),
    (
      "CREATE SINK s USING json WITH (path 'x')", "WITH", "expected OPTIONS, found `WITH`",
      "options are written OPTIONS (name 'value', …)"
    ),
    ("SET a", "", "expected `=`, found the end of the text", "settings are written SET name = value"),
    ("SET a = b c", "c", "expected `;` or the end of the statement, found `c`", nil),
  ])
  func wrongDefinitionsArePointedAt(text: String, place: String, message: String, hint: String?) {
    expectError(text, .invalidQuery, place, message, hint)
  }

  private func expectError(
    _ text: String, _ code: TidemillError.Code, _ place: String, _ message: String, _ hint: String?? = .none
  ) {
    do throws(TidemillError) {
      _ = try SQLParser.parseScript(text)
      Issue.record("no error in \(text)")
    } catch {
      #expect(error.code == code)
      #expect(error.message == message)
      if case .some(let hint) = hint { #expect(error.hint == hint) }
      #expect(error.range?.text(in: text) == place)
    }
  }
}
