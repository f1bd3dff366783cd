import TidemillColumns
import TidemillPlan

extension Parser {
  /// A literal, a name, a call, a CASE or an expression in parentheses.
  mutating func parsePrimary() throws(TidemillError) -> Expression {
    let token = current
    switch token.kind {
    case .number:
      return try parseNumber(isNegative: false, from: token.range)
    case .string:
      advance()
      return Expression(.literal(.string(token.text), .string), at: token.range)
    case .quotedName:
      return try parseName()
    case .word:
      return try parseWord()
    case .symbol where token.text == "(":
      return try parseParentheses()
    case .symbol where token.text == "*":
      throw unexpected("an expression", hint: "`*` stands alone in a select list and in COUNT(*)")
    case .symbol where token.text == "?" || (token.text == ":" && peek().kind == .word):
      throw refused("a parameter is", hint: "write the value into the query")
    case .symbol, .end:
      throw unexpected("an expression")
    }
  }

  private mutating func parseWord() throws(TidemillError) -> Expression {
    let token = current
    let next = peek()
    let isCall = next.isSymbol("(")
    switch token.keyword {
    case "NULL", "TRUE", "FALSE":
      advance()
      let (value, type): (Value, DataType) =
        token.keyword == "NULL" ? (.null, .string) : (.boolean(token.keyword == "TRUE"), .boolean)
      return Expression(.literal(value, type), at: token.range)
    case "CASE": return try parseCase()
    case "CAST" where isCall, "TRY_CAST" where isCall: return try parseCast()
    case "EXTRACT" where isCall: return try parseExtract()
    case "IF" where isCall: return try parseIf()
    case "DATE" where next.kind == .string, "TIMESTAMP" where next.kind == .string,
      "TIMESTAMP_LTZ" where next.kind == .string:
      return try parseTimeLiteral()
    case "TIMESTAMP_NTZ" where next.kind == .string:
      throw refused("the type TIMESTAMP_NTZ is", hint: "write TIMESTAMP '…'")
    case "INTERVAL" where next.kind == .string || next.isNumber || (next.isSymbol("-") && isIntervalUnit(peek(3))):
      let span = try parseIntervalLiteral()
      return Expression(.interval(span), at: range(from: token.range))
    case "SELECT" where !isCall: throw refusedSubquery()
    case "EXISTS" where isCall && peek(2).keyword == "SELECT": throw refusedSubquery()
    default: break
    }
    if isAtReservedWord { throw reservedWordAsExpression() }
    return isCall ? try parseCall() : try parseName()
  }

  private func reservedWordAsExpression() -> TidemillError {
    let hint =
      previous.isSymbol(",")
      ? "leave out the comma, or write a column named \(current.text) in backticks"
      : "a column of that name is written in backticks"
    return TidemillError(.invalidQuery, "expected an expression, found \(current.shown)", hint: hint, at: current.range)
  }

  /// `price`, `sales.price`, `user.address.city`.
  private mutating func parseName() throws(TidemillError) -> Expression {
    let first = advance()
    var parts = [first.text]
    while isAtSymbol(".") {
      if peek().isSymbol("*") {
        throw refused(
          "`\(Token.shortened(parts.joined(separator: "."))).*` is", hint: "write `*`, or name the columns",
          at: range(from: first.range).joined(with: peek().range))
      }
      advance()
      parts.append(try expectName("the name of a field").text)
    }
    if isAtSymbol("("), parts.count > 1 {
      throw refused("a function with dots in its name is", at: range(from: first.range))
    }
    return Expression(.column(parts), at: range(from: first.range))
  }

  private mutating func parseParentheses() throws(TidemillError) -> Expression {
    let opening = try expectSymbol("(").range
    if isAt("SELECT") { throw refusedSubquery() }
    var expression = try parseExpression()
    if isAtSymbol(",") {
      throw refused("a row of several values is", hint: "compare the values one by one, with AND", at: opening)
    }
    try expectClosing(opening)
    // With its parentheses, so that what is built of it begins and ends where its text does.
    expression.range = range(from: opening)
    return expression
  }

  /// `x::type`, and what might follow an expression but is refused.
  mutating func parsePostfix(_ operand: Expression) throws(TidemillError) -> Expression {
    var expression = operand
    var count = 0
    while true {
      if acceptSymbol("::") {
        count += 1
        if count > Parser.maximumNesting {
          throw TidemillError(.unsupported, "this expression chains too many casts", at: expression.range)
        }
        let type = try parseValueType()
        expression = Expression(.cast(expression, type), at: range(from: operand.range ?? previous.range))
      } else if isAtSymbol("[") {
        throw refused("an index into an array or map is", hint: "arrays and maps are kept as their JSON text")
      } else if isAtSymbol(":") {
        throw refused("a path into JSON text is", hint: "declare the fields as STRUCT<…> and write a.b")
      } else if isAtSymbol("."), count == 0, case .column = expression.node {
        return expression
      } else if isAtSymbol(".") {
        throw refused("a field of a computed value is", hint: "give it a name in a subquery, and take its field there")
      } else if isAt("COLLATE") {
        throw refused("COLLATE is")
      } else {
        return expression
      }
    }
  }

  // MARK: CASE and IF

  private mutating func parseCase() throws(TidemillError) -> Expression {
    let start = try expect("CASE").range
    let subject = isAt("WHEN") ? nil : try parseExpression()
    guard isAt("WHEN") else { throw unexpected("WHEN") }
    var clauses: [WhenClause] = []
    while accept("WHEN") {
      var condition = try parseExpression()
      if let subject {
        condition = Expression(.binary(.equal, subject, condition), at: condition.range)
        try countRepetition(of: subject, times: 1)
      }
      try expect("THEN")
      clauses.append(WhenClause(condition: condition, result: try parseExpression()))
    }
    let otherwise = accept("ELSE") ? try parseExpression() : nil
    try expect("END")
    return Expression(.caseWhen(clauses, otherwise: otherwise), at: range(from: start))
  }

  /// `IF(condition, then, else)` is a CASE.
  private mutating func parseIf() throws(TidemillError) -> Expression {
    let start = advance().range
    let opening = try expectSymbol("(").range
    let arguments = try list { parser throws(TidemillError) in try parser.parseExpression() }
    try expectClosing(opening)
    guard arguments.count == 3 else {
      throw TidemillError(
        .invalidQuery, "IF takes 3 arguments, not \(arguments.count)", hint: "write IF(condition, then, else)",
        at: range(from: start))
    }
    return Expression(
      .caseWhen([WhenClause(condition: arguments[0], result: arguments[1])], otherwise: arguments[2]),
      at: range(from: start))
  }
}
