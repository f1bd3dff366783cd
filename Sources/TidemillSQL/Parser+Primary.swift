import TidemillColumns
import TidemillPlan

extension Parser {
  /// What a primary expression begins with, as its tokens tell.
  private enum PrimaryForm {
    case number, string, name, constant, time, interval, parentheses, call, caseWhen, cast, extract, choice
  }

  /// A literal, a name, a call, a CASE or an expression in parentheses.
  mutating func parsePrimary() throws -> Expression {
    // Choosing and parsing are apart, so that no frame is larger than it must be while the parser recurses.
    switch try primaryForm() {
    case .number: try parseNumber(isNegative: false, from: current.range)
    case .string: parseString()
    case .name: try parseName()
    case .constant: parseConstant()
    case .time: try parseTimeLiteral()
    case .interval: try parseInterval()
    case .parentheses: try parseParentheses()
    case .call: try parseCall()
    case .caseWhen: try parseCase()
    case .cast: try parseCast()
    case .extract: try parseExtract()
    case .choice: try parseIf()
    }
  }

  private func primaryForm() throws -> PrimaryForm {
    switch current.kind {
    case .number: return .number
    case .string: return .string
    case .quotedName: return .name
    case .word: return try wordForm()
    case .symbol where current.text == "(":
      if peek().keyword == "SELECT" { throw refusedSubquery() }
      return .parentheses
    case .symbol where current.text == "*":
      throw unexpected("an expression", hint: "`*` stands alone in a select list and in COUNT(*)")
    case .symbol where current.text == "?" || (current.text == ":" && peek().kind == .word):
      throw refused("a parameter is", hint: "write the value into the query")
    case .symbol, .end:
      throw unexpected("an expression")
    }
  }

  private func wordForm() throws -> PrimaryForm {
    let next = peek()
    let isCall = next.isSymbol("(")
    switch current.keyword {
    case "NULL", "TRUE", "FALSE": return .constant
    case "CASE": return .caseWhen
    case "CAST" where isCall, "TRY_CAST" where isCall: return .cast
    case "EXTRACT" where isCall: return .extract
    case "IF" where isCall: return .choice
    case "DATE" where next.kind == .string, "TIMESTAMP" where next.kind == .string,
      "TIMESTAMP_LTZ" where next.kind == .string:
      return .time
    case "TIMESTAMP_NTZ" where next.kind == .string:
      throw refused("the type TIMESTAMP_NTZ is", hint: "write TIMESTAMP '…'")
    case "INTERVAL" where next.kind == .string || next.isNumber || (next.isSymbol("-") && isIntervalUnit(peek(3))):
      return .interval
    case "SELECT" where !isCall: throw refusedSubquery()
    case "EXISTS" where isCall && peek(2).keyword == "SELECT": throw refusedSubquery()
    default: break
    }
    if isAtReservedWord { throw reservedWordAsExpression() }
    return isCall ? .call : .name
  }

  private mutating func parseString() -> Expression {
    let token = advance()
    return Expression(.literal(.string(token.text), .string), at: token.range)
  }

  private mutating func parseConstant() -> Expression {
    let token = advance()
    return token.keyword == "NULL"
      ? Expression(.literal(.null, .string), at: token.range)
      : Expression(.literal(.boolean(token.keyword == "TRUE"), .boolean), at: token.range)
  }

  private mutating func parseInterval() throws -> Expression {
    let start = current.range
    let span = try parseIntervalLiteral()
    return Expression(.interval(span), at: range(from: start))
  }

  private func reservedWordAsExpression() -> TidemillError {
    let hint =
      previous.isSymbol(",")
      ? "leave out the comma, or write a column named \(current.text) in backticks"
      : "a column of that name is written in backticks"
    return TidemillError(.invalidQuery, "expected an expression, found \(found)", hint: hint, at: current.range)
  }

  /// `price`, `sales.price`, `user.address.city`.
  private mutating func parseName() throws -> Expression {
    let first = advance()
    var parts = [first.text]
    while isAtSymbol(".") {
      if peek().isSymbol("*") {
        throw refused(
          "`\(Token.shortened(parts.joined(separator: "."))).*` is", hint: "write `*`, `source.*`, or name the columns",
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

  private mutating func parseParentheses() throws -> Expression {
    let opening = advance()
    var expression = try parseExpression()
    try expectClosingOfValue(opening)
    // With its parentheses, so that what is built of it begins and ends where its text does.
    expression.range = range(from: opening.range)
    return expression
  }

  private mutating func expectClosingOfValue(_ opening: Token) throws {
    if isAtSymbol(",") {
      throw refused("a row of several values is", hint: "compare the values one by one, with AND", at: opening.range)
    }
    try expectClosing(opening.range)
  }

  /// `x::type`, and what might follow an expression but is refused.
  mutating func parsePostfix(_ operand: Expression) throws -> Expression {
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

  private mutating func parseCase() throws -> Expression {
    let start = advance()
    let subject = isAt("WHEN") ? nil : try parseExpression()
    guard isAt("WHEN") else { throw unexpected("WHEN") }
    var clauses: [WhenClause] = []
    while accept("WHEN") { clauses.append(try parseWhen(subject)) }
    let otherwise = accept("ELSE") ? try parseExpression() : nil
    try expect("END")
    return Expression(.caseWhen(clauses, otherwise: otherwise), at: range(from: start.range))
  }

  private mutating func parseWhen(_ subject: Expression?) throws -> WhenClause {
    var condition = try parseExpression()
    if let subject {
      condition = Expression(.binary(.equal, subject, condition), at: condition.range)
      try countRepetition(of: subject, times: 1)
    }
    try expect("THEN")
    return WhenClause(condition: condition, result: try parseExpression())
  }

  /// `IF(condition, then, else)` is a CASE.
  private mutating func parseIf() throws -> Expression {
    let start = advance().range
    let opening = try expectSymbol("(").range
    let arguments = try parseExpressionList()
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
