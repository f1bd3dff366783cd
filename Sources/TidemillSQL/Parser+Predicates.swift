import TidemillColumns
import TidemillPlan

extension Parser {
  /// `IS NULL`, `IN (…)`, `BETWEEN … AND …`, `LIKE …`, with or without NOT; `nil` when none of them comes next.
  mutating func parsePredicate(of operand: Expression) throws -> Expression? {
    let start = operand.range ?? current.range
    if isAt("IS") { return try parseIs(operand, from: start) }
    let words: Set<String> = ["IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP"]
    let isNegated = isAt("NOT")
    guard words.contains(isNegated ? peek().keyword : current.keyword) else { return nil }
    if isNegated { advance() }
    let word = advance()
    let node: Expression.Node
    switch word.keyword {
    case "IN": node = try parseIn(operand)
    case "BETWEEN": node = try parseBetween(operand, from: start)
    case "LIKE": node = try parseLike(operand)
    case "ILIKE":
      throw refused("ILIKE is", hint: "write lower(…) LIKE '…'", at: word.range)
    default:
      throw refused("\(word.keyword) (regular expressions) is", hint: "use LIKE, or contains(…)", at: word.range)
    }
    let predicate = Expression(node, at: range(from: start))
    return isNegated ? Expression(.unary(.not, predicate), at: predicate.range) : predicate
  }

  private mutating func parseIs(_ operand: Expression, from start: TextRange) throws -> Expression {
    let word = try expect("IS").range
    let isNegated = accept("NOT")
    if isAt(anyOf: ["TRUE", "FALSE", "UNKNOWN"]) {
      throw refused(
        "IS \(current.keyword) is", hint: "compare with = and IS NULL", at: word.joined(with: current.range))
    }
    if isAt("DISTINCT") {
      throw refused(
        "IS DISTINCT FROM is", hint: "write a <> b, and IS NULL for missing values",
        at: word.joined(with: current.range))
    }
    try expect("NULL")
    let predicate = Expression(.isNull(operand), at: range(from: start))
    return isNegated ? Expression(.unary(.not, predicate), at: predicate.range) : predicate
  }

  private mutating func parseIn(_ operand: Expression) throws -> Expression.Node {
    let opening = try expectSymbol("(").range
    if isAt("SELECT") { throw refusedSubquery() }
    let values = try parseExpressionList()
    try expectClosing(opening)
    return .inList(operand, values)
  }

  /// `x BETWEEN a AND b` is `x >= a AND x <= b`.
  private mutating func parseBetween(
    _ operand: Expression, from start: TextRange
  ) throws -> Expression.Node {
    let low = try parseExpression(.comparison)
    try expect("AND")
    let high = try parseExpression(.comparison)
    try countRepetition(of: operand, times: 1)
    let place = range(from: start)
    return .binary(
      .and, Expression(.binary(.greaterOrEqual, operand, low), at: place),
      Expression(.binary(.lessOrEqual, operand, high), at: place))
  }

  private mutating func parseLike(_ operand: Expression) throws -> Expression.Node {
    if isAt(anyOf: ["ANY", "ALL", "SOME"]), peek().isSymbol("(") {
      throw refused("LIKE \(current.keyword) is", hint: "write a LIKE for each pattern")
    }
    let pattern = try parseExpression(.comparison)
    if isAt("ESCAPE") {
      throw refused("ESCAPE is", hint: "write \\% for a percent sign and \\_ for an underscore")
    }
    return .like(operand, pattern: pattern)
  }

  /// Keeps nested BETWEENs and CASEs, each of which repeats its operand, from growing a tree without bound.
  mutating func countRepetition(of operand: Expression, times: Int) throws {
    let room = Parser.maximumRepetition - repetition
    let (nodes, overflow) = operand.nodeCount(limit: room + 1).multipliedReportingOverflow(by: times)
    guard !overflow, nodes <= room else {
      throw TidemillError(
        .unsupported, "BETWEEN and CASE repeat too large an expression here",
        hint: "compute it in a subquery and use it by its name", at: operand.range)
    }
    repetition += nodes
  }

  func refusedSubquery() -> TidemillError {
    refused("a subquery in an expression is", hint: "a SELECT in parentheses may stand behind FROM")
  }
}
