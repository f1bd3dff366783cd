import TidemillColumns
import TidemillPlan

extension Parser {
  /// Names that make a query a grouping one, in lower case.
  /// `name(arguments)`, and for aggregates DISTINCT, FILTER and `*`.
  mutating func parseCall() throws -> Expression {
    let name = advance()
    let opening = advance()
    let isDistinct = acceptDistinct()
    let arguments = try parseArguments(of: name, isDistinct: isDistinct)
    return try finishCall(name, opening, arguments, isDistinct: isDistinct)
  }

  private mutating func acceptDistinct() -> Bool {
    let isDistinct = isAt("DISTINCT") && !peek().isSymbol(",") && !peek().isSymbol(")")
    if isDistinct { advance() }
    return isDistinct
  }

  private mutating func finishCall(
    _ name: Token, _ opening: Token, _ arguments: [Expression], isDistinct: Bool
  ) throws -> Expression {
    let function = name.text.lowercased()
    if isAt(anyOf: ["FROM", "FOR"]), ["SUBSTRING", "SUBSTR", "TRIM", "OVERLAY"].contains(name.keyword) {
      throw refused("\(name.keyword) with \(current.keyword) is", hint: "put commas between the arguments")
    }
    try expectClosing(opening.range)
    if isAt("WITHIN", "GROUP") { throw refused("WITHIN GROUP is") }
    let filter = try parseFilter()
    let call = range(from: name.range)
    if isAt("OVER") || isAt("IGNORE", "NULLS") || isAt("RESPECT", "NULLS") {
      guard function == "row_number" else {
        throw refused(
          "\(name.keyword) as a window function is",
          hint: "ROW_NUMBER() is the only one; aggregates are made by GROUP BY", at: call)
      }
      guard arguments.isEmpty, filter == nil else {
        throw TidemillError(.invalidQuery, "ROW_NUMBER takes no arguments and no FILTER", at: call)
      }
      return try parseRowNumber(name)
    }
    if function == "row_number" {
      throw TidemillError(
        .invalidQuery, "ROW_NUMBER() needs an OVER",
        hint: "write ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)", at: call)
    }
    return Expression(node(function, arguments, isDistinct: isDistinct, filter: filter), at: call)
  }

  private func node(
    _ function: String, _ arguments: [Expression], isDistinct: Bool, filter: Expression?
  ) -> Expression.Node {
    if arguments.first?.node == .star { return .countRows(filter: filter) }
    guard AggregateFunction.named(function) != nil || isDistinct || filter != nil else {
      return .call(function, arguments)
    }
    return .aggregate(function, arguments, distinct: isDistinct, filter: filter)
  }

  private mutating func parseArguments(of name: Token, isDistinct: Bool) throws -> [Expression] {
    if isAtSymbol(")"), !isDistinct { return [] }
    if isAtSymbol("*"), peek().isSymbol(")") { return [try parseStarArgument(of: name, isDistinct: isDistinct)] }
    if isAt("SELECT") { throw refusedSubquery() }
    return try parseExpressionList()
  }

  /// Expressions with commas between them. Not made with `list`, whose closure would cost a frame at each level.
  mutating func parseExpressionList() throws -> [Expression] {
    var expressions: [Expression] = []
    repeat { expressions.append(try parseExpression()) } while acceptSymbol(",")
    return expressions
  }

  private mutating func parseStarArgument(of name: Token, isDistinct: Bool) throws -> Expression {
    guard name.keyword == "COUNT", !isDistinct else {
      throw TidemillError(
        .invalidQuery, "`*` is no argument of \(isDistinct ? "\(name.keyword)(DISTINCT …)" : name.keyword)",
        hint: "name a column; COUNT(*) counts rows", at: current.range)
    }
    return Expression(.star, at: advance().range)
  }

  /// `FILTER (WHERE condition)`.
  private mutating func parseFilter() throws -> Expression? {
    guard isAt("FILTER"), peek().isSymbol("(") else { return nil }
    advance()
    let opening = advance().range
    try enter()
    defer { leave() }
    try expect("WHERE")
    let condition = try parseExpression()
    try expectClosing(opening)
    return condition
  }

  // MARK: ROW_NUMBER

  private mutating func parseRowNumber(_ name: Token) throws -> Expression {
    let opening = try expectOver()
    try enter()
    defer { leave() }
    let partition = try acceptPartitionBy() ? try parseExpressionList() : []
    try expectOrderBy(of: name)
    var order: [SortKey] = []
    repeat { order.append(try parseSortKey()) } while acceptSymbol(",")
    if isAt(anyOf: ["ROWS", "RANGE"]) {
      throw refused("a frame (\(current.keyword) …) is", hint: "ROW_NUMBER() needs none")
    }
    try expectClosing(opening.range)
    return Expression(.rowNumber(partitionBy: partition, orderBy: order), at: range(from: name.range))
  }

  /// `OVER (`
  private mutating func expectOver() throws -> Token {
    guard accept("OVER") else { throw refused("\(current.keyword) NULLS is") }
    guard isAtSymbol("(") else {
      throw current.kind == .word
        ? refused("a named window is", hint: "write OVER (PARTITION BY … ORDER BY …)") : unexpected("`(`")
    }
    return advance()
  }

  private mutating func acceptPartitionBy() throws -> Bool {
    guard isAt("PARTITION") || isAt("DISTRIBUTE", "BY") else { return false }
    advance()
    try expect("BY")
    return true
  }

  private mutating func expectOrderBy(of name: Token) throws {
    guard isAt("ORDER") || isAt("SORT", "BY") else {
      guard isAtSymbol(")") else { throw unexpected("ORDER") }
      throw TidemillError(
        .invalidQuery, "ROW_NUMBER() needs an ORDER BY",
        hint: "say which row comes first: OVER (PARTITION BY … ORDER BY …)", at: name.range.joined(with: current.range))
    }
    advance()
    try expect("BY")
  }

  mutating func parseSortKey() throws -> SortKey {
    let expression = try parseExpression()
    let isDescending = accept("DESC")
    if !isDescending { _ = accept("ASC") }
    var nullsFirst: Bool?
    if accept("NULLS") {
      nullsFirst = isAt("FIRST")
      guard accept("FIRST") || accept("LAST") else { throw unexpected("FIRST or LAST") }
    }
    return SortKey(expression, ascending: !isDescending, nullsFirst: nullsFirst)
  }

  // MARK: CAST and EXTRACT

  /// `CAST(x AS type)` and `TRY_CAST(x AS type)`.
  mutating func parseCast() throws -> Expression {
    let start = advance().range
    let opening = try expectSymbol("(").range
    let operand = try parseExpression()
    try expect("AS")
    let type = try parseValueType()
    try expectClosing(opening)
    return Expression(.cast(operand, type), at: range(from: start))
  }

  /// `EXTRACT(HOUR FROM x)` is `hour(x)`.
  mutating func parseExtract() throws -> Expression {
    let start = advance().range
    let opening = try expectSymbol("(").range
    let unit = try expectName("a unit such as HOUR")
    guard let function = Parser.extractFunctions[unit.text.uppercased()] else {
      throw refused(
        "EXTRACT of \(Token.shortened(unit.text.uppercased())) is",
        hint: "units are YEAR, MONTH, DAY, DAYOFWEEK, HOUR, MINUTE and SECOND", at: unit.range)
    }
    try expect("FROM")
    let operand = try parseExpression()
    try expectClosing(opening)
    return Expression(.call(function, [operand]), at: range(from: start))
  }

  private static let extractFunctions: [String: String] = [
    "YEAR": "year", "Y": "year", "YEARS": "year", "YR": "year", "YRS": "year", "MONTH": "month", "MON": "month",
    "MONS": "month", "MONTHS": "month", "DAY": "day", "D": "day", "DAYS": "day", "DAYOFWEEK": "dayofweek",
    "DOW": "dayofweek", "HOUR": "hour", "H": "hour", "HOURS": "hour", "HR": "hour", "HRS": "hour", "MINUTE": "minute",
    "M": "minute", "MIN": "minute", "MINS": "minute", "MINUTES": "minute", "SECOND": "second", "S": "second",
    "SEC": "second", "SECONDS": "second", "SECS": "second",
  ]
}
