import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("a OR b AND c", "(a OR (b AND c))"),
    ("NOT a = b AND c", "((NOT (a = b)) AND c)"),
    ("NOT NOT a OR b", "((NOT (NOT a)) OR b)"),
    ("!a AND b", "((NOT a) AND b)"),
    ("a + b * c - d", "((a + (b * c)) - d)"),
    ("a - b - c", "((a - b) - c)"),
    ("a / b % c * d", "(((a / b) % c) * d)"),
    ("a || b + c || d", "(((a || b) + c) || d)"),
    ("a + b < c * d", "((a + b) < (c * d))"),
    ("a < b = c", "((a < b) = c)"),
    ("a == b", "(a = b)"),
    ("a != b", "(a <> b)"),
    ("-a * b", "((- a) * b)"),
    ("- - a", "(- (- a))"),
    ("a - -5", "(a - -5)"),
    ("a -5", "(a - 5)"),
    ("+a", "a"),
    ("-a::int", "(- cast(a as INT))"),
    ("(a + b) * c", "((a + b) * c)"),
    ("a = b IS NULL", "((a = b) IS NULL)"),
    ("a IS NOT NULL", "(NOT (a IS NULL))"),
    ("a IS NULL AND b", "((a IS NULL) AND b)"),
    ("a IN (1, 2 + 3) OR b", "((a IN 1, (2 + 3)) OR b)"),
    ("a NOT IN ('x')", "(NOT (a IN 'x'))"),
    ("a BETWEEN 1 AND 2 AND c", "(((a >= 1) AND (a <= 2)) AND c)"),
    ("a + 1 NOT BETWEEN b AND c + 2", "(NOT (((a + 1) >= b) AND ((a + 1) <= (c + 2))))"),
    ("name LIKE 'a%' || b", "(name LIKE ('a%' || b))"),
    ("name NOT LIKE 'a\\_%'", "(NOT (name LIKE 'a\\_%'))"),
  ])
  func operatorsBindAsInSpark(text: String, tree: String) throws {
    #expect(try expression(text) == tree)
  }

  @Test(arguments: [
    ("CASE WHEN a THEN 1 ELSE 2 END", "(CASE WHEN a THEN 1 ELSE 2)"),
    ("CASE WHEN a THEN end END", "(CASE WHEN a THEN end)"),
    ("CASE x WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "(CASE WHEN (x = 1) THEN 'a' WHEN (x = 2) THEN 'b')"),
    ("IF(a > 1, b, c)", "(CASE WHEN (a > 1) THEN b ELSE c)"),
    ("CAST(a + 1 AS DECIMAL(10, 2))", "cast((a + 1) as DECIMAL(10,2))"),
    ("try_cast(a AS timestamp)", "cast(a as TIMESTAMP)"),
    ("a::string::int", "cast(cast(a as STRING) as INT)"),
    ("EXTRACT(HOUR FROM ts)", "hour(ts)"),
    ("extract(dow from w.start)", "dayofweek(w.start)"),
    ("Coalesce(a, b, 0)", "coalesce(a, b, 0)"),
    ("window(event_time, '1 hour')", "window(event_time, '1 hour')"),
    ("session_window(ts, INTERVAL 30 MINUTES)", "session_window(ts, [30 minutes])"),
    ("now()", "now()"),
  ])
  func formsOfCallsBecomeTheirNodes(text: String, tree: String) throws {
    #expect(try expression(text) == tree)
  }

  @Test(arguments: [
    ("COUNT(*)", "count!(*)"),
    ("count(*) FILTER (WHERE a > 1)", "count!(*) FILTER (a > 1)"),
    ("COUNT(DISTINCT user_id)", "count!(DISTINCT user_id)"),
    ("COUNT(DISTINCT (user_id))", "count!(DISTINCT user_id)"),
    ("sum(a) / count(b)", "(sum!(a) / count!(b))"),
    ("Mean(a) FILTER (WHERE b)", "mean!(a) FILTER b"),
    ("try_sum(a)", "try_sum!(a)"),
    ("approx(DISTINCT a)", "approx!(DISTINCT a)"),
  ])
  func aggregatesBecomeAggregateNodes(text: String, tree: String) throws {
    #expect(try expression(text) == tree)
  }

  @Test(arguments: [
    ("ROW_NUMBER() OVER (PARTITION BY w, a ORDER BY total DESC)", "row_number(w, a; total DESC NULLS LAST)"),
    ("row_number() over (order by a, b desc nulls first)", "row_number(; a ASC NULLS FIRST, b DESC NULLS FIRST)"),
    ("ROW_NUMBER() OVER (ORDER BY a ASC NULLS LAST) <= 3", "(row_number(; a ASC NULLS LAST) <= 3)"),
  ])
  func rowNumberKeepsItsPartitionAndOrder(text: String, tree: String) throws {
    #expect(try expression(text) == tree)
  }

  @Test(arguments: [
    "window", "start", "end", "value", "timestamp", "date", "interval", "key", "filter", "over", "watermark", "first", "left",
    "limit", "set", "group", "order", "stream", "sink", "extract", "all",
  ])
  func keywordsAreColumnsWhereNothingElseIsMeant(name: String) throws {
    #expect(try expression(name) == name)
    #expect(try expression("\(name) + 1") == "(\(name) + 1)")
    #expect(try query("SELECT \(name), \(name) AS \(name) FROM s") == "stream s\nproject \(name), \(name) AS \(name)")
  }

  @Test func namesKeepTheirPartsAndLetters() throws {
    #expect(try SQLParser.parseExpression("User.`first name`.end").node == .column(["User", "first name", "end"]))
    #expect(try SQLParser.parseExpression("`a``b`").node == .column(["a`b"]))
    #expect(try SQLParser.parseExpression("`straße`").node == .column(["straße"]))
  }

  @Test func everyExpressionKnowsWhereItStands() throws {
    let text = "a + (b.c) * COUNT(DISTINCT d) FILTER (WHERE e)"
    let sum = try SQLParser.parseExpression(text)
    guard case .binary(.add, let left, let product) = sum.node, case .binary(.multiply, let inner, let count) = product.node
    else {
      Issue.record("not a sum of a product: \(shown(sum))")
      return
    }
    #expect(sum.range?.text(in: text) == text)
    #expect(left.range?.text(in: text) == "a")
    #expect(inner.range?.text(in: text) == "(b.c)")
    #expect(count.range?.text(in: text) == "COUNT(DISTINCT d) FILTER (WHERE e)")
    let predicate = "x IS NOT NULL AND y BETWEEN 1 AND 2"
    guard case .binary(.and, let isNull, let between) = try SQLParser.parseExpression(predicate).node else {
      Issue.record("not an AND")
      return
    }
    #expect(isNull.range?.text(in: predicate) == "x IS NOT NULL")
    #expect(between.range?.text(in: predicate) == "y BETWEEN 1 AND 2")
  }

  @Test(arguments: [
    ("a <=> b", "the operator `<=>` is not supported; write a = b OR (a IS NULL AND b IS NULL)"),
    ("a DIV b", "the operator DIV is not supported; write CAST(a / b AS BIGINT)"),
    ("a & b", "the bit operator `&` is not supported"),
    ("a RLIKE 'x'", "RLIKE (regular expressions) is not supported; use LIKE, or contains(…)"),
    ("a NOT ILIKE 'x'", "ILIKE is not supported; write lower(…) LIKE '…'"),
    ("a IS TRUE", "IS TRUE is not supported; compare with = and IS NULL"),
    ("a LIKE 'x' ESCAPE '!'", "ESCAPE is not supported; write \\% for a percent sign and \\_ for an underscore"),
    ("a IN (SELECT b FROM c)", "a subquery in an expression is not supported; a SELECT in parentheses may stand behind FROM"),
    ("(SELECT 1)", "a subquery in an expression is not supported; a SELECT in parentheses may stand behind FROM"),
    ("a[0]", "an index into an array or map is not supported; arrays and maps are kept as their JSON text"),
    (
      "sum(x) OVER (ORDER BY y)",
      "SUM as a window function is not supported; ROW_NUMBER() is the only one; aggregates are made by GROUP BY"
    ),
    (
      "rank() OVER w",
      "RANK as a window function is not supported; ROW_NUMBER() is the only one; aggregates are made by GROUP BY"
    ),
    ("row_number()", "ROW_NUMBER() needs an OVER; write ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)"),
    (
      "row_number() OVER (PARTITION BY a)",
      "ROW_NUMBER() needs an ORDER BY; say which row comes first: OVER (PARTITION BY … ORDER BY …)"
    ),
    ("sum(*)", "`*` is no argument of SUM; name a column; COUNT(*) counts rows"),
    (
      "EXTRACT(EPOCH FROM ts)",
      "EXTRACT of EPOCH is not supported; units are YEAR, MONTH, DAY, DAYOFWEEK, HOUR, MINUTE and SECOND"
    ),
    ("IF(a, b)", "IF takes 3 arguments, not 2; write IF(condition, then, else)"),
    ("a = NOT b", "NOT stands behind an operator that binds more tightly; put it into parentheses: (NOT …)"),
    ("CAST(a AS STRUCT<b: INT>)", "a value of type STRUCT is not supported; use its parts, or STRING for its JSON text"),
    ("sales.*", "`sales.*` is not supported; write `*`, `source.*`, or name the columns"),
    ("(a + b", "this parenthesis is not closed; add a `)`"),
    ("a b", "expected the end of the expression, found `b`"),
    ("a IS NULL = b", "expected the end of the expression, found `=`"),
    ("", "expected an expression, found the end of the text"),
    ("1 +", "expected an expression, found the end of the text"),
  ])
  func whatIsNotDoneIsRefusedByName(text: String, message: String) {
    #expect(refusal(text) == message)
  }
}
