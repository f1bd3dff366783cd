import TidemillColumns
import TidemillPlan

extension Parser {
  /// A whole query that is not inside another one.
  mutating func parseSelectStatement() throws -> SelectStatement {
    let start = current.range
    sources = []
    repetition = 0
    let plan = try parseSelect()
    return SelectStatement(plan: plan, sources: sources, range: range(from: start))
  }

  private mutating func parseSelect() throws -> LogicalPlan {
    try expect("SELECT")
    let isDistinct = accept("DISTINCT")
    if !isDistinct, isAt("ALL"), peek().kind != .symbol, peek().keyword != "FROM" { advance() }
    let items = try list { parser in try parser.parseSelectItem() }
    var plan = try parseFrom()
    if accept("WHERE") { plan = .filter(try parseExpression(), plan) }
    let keys = try parseGroupBy()
    let having = accept("HAVING") ? try parseExpression() : nil
    let qualify = accept("QUALIFY") ? try parseExpression() : nil
    if takesOrder, nesting == 0 { try parseOrderAndLimit() }
    try refuseFurtherClauses()

    let usesAggregates =
      items.contains { $0.expression.containsAggregate } || (qualify?.containsAggregate ?? false)
    if keys != nil || having != nil || usesAggregates {
      plan = .aggregate(Grouping(keys: keys ?? [], items: items, having: having), plan)
    } else {
      plan = .project(items, plan)
    }
    if let qualify { plan = .qualify(qualify, plan) }
    return isDistinct ? .deduplicate([], plan) : plan
  }

  mutating func parseSelectItem() throws -> SelectItem {
    if let source = acceptStarOfSource() { return SelectItem(source) }
    let expression = try parseExpression(allowsStar: true)
    bareAlias = nil
    if expression.node == .star {
      if isAt(anyOf: ["EXCEPT", "EXCLUDE", "REPLACE"]), peek().isSymbol("(") {
        throw refused("* \(current.keyword) (…) is", hint: "name the columns that you want")
      }
      return SelectItem(expression)
    }
    if accept("AS") {
      if isAtSymbol("(") { throw refused("an alias of several names is", hint: "give one name") }
      return SelectItem(expression, as: try expectName("an alias").text)
    }
    return SelectItem(expression, as: acceptBareAlias()?.text)
  }

  /// `sales.*`.
  private mutating func acceptStarOfSource() -> Expression? {
    guard current.kind == .word || current.kind == .quotedName, peek().isSymbol("."), peek(2).isSymbol("*") else { return nil }
    let name = advance()
    advance()
    advance()
    return Expression(.starOf(name.text), at: range(from: name.range))
  }

  /// A name without AS behind an expression or a source.
  private mutating func acceptBareAlias() -> Token? {
    guard current.kind == .quotedName || (current.kind == .word && !Parser.notAnAlias.contains(current.keyword)) else {
      return nil
    }
    let alias = advance()
    if alias.kind == .word { bareAlias = alias }
    return alias
  }

  // MARK: FROM

  private mutating func parseFrom() throws -> LogicalPlan {
    let last = previous
    guard accept("FROM") else {
      if current.kind == .end || isAtSymbol(";") || isAtSymbol(")"), bareAlias !== last {
        throw TidemillError(
          .invalidQuery, "the query has no FROM", hint: "say what it reads: FROM a stream, FROM 'dir/*.json' or FROM stdin",
          at: current.range)
      }
      throw unexpected("FROM")
    }
    var plan = try parseAliasedSource()
    var joins = 0
    while let kind = try parseJoinWords() {
      joins += 1
      plan = .join(try parseJoin(kind, with: plan))
      guard joins <= Parser.maximumJoins else {
        throw refused("more than \(Parser.maximumJoins) joins in one query are", at: previous.range)
      }
    }
    try refuseFurtherSources()
    return plan
  }

  mutating func parseAliasedSource() throws -> LogicalPlan {
    bareAlias = nil
    var plan = try parseSource()
    if accept("AS") {
      plan = .alias(try expectName("an alias").text, plan)
    } else if let alias = acceptBareAlias() {
      plan = .alias(alias.text, plan)
    }
    if isAtSymbol("("), case .alias = plan {
      throw refused("a list of column names behind an alias is", hint: "name the columns with AS in the inner SELECT")
    }
    return plan
  }

  private mutating func parseSource() throws -> LogicalPlan {
    if isAtSymbol("(") { return try parseSubquery() }
    let token = current
    if token.kind == .string {
      advance()
      guard !token.text.isEmpty else {
        throw TidemillError(
          .invalidQuery, "the path is empty", hint: "write FROM 'dir/*.json'", at: token.range)
      }
      return source(named: token.text, .path, at: token.range)
    }
    if isAtReservedWord { throw unexpected("the name of a stream") }
    if isAt(anyOf: ["LATERAL", "VALUES", "TABLE"]), peek().kind != .symbol, peek().kind != .end {
      throw refused("\(token.keyword) in FROM is", hint: "read from a stream, a path or a SELECT in parentheses")
    }
    let name = try expectName("the name of a stream, a path or a SELECT in parentheses")
    if isAtSymbol("(") {
      throw refused(
        "a table function such as \(Token.shortened(name.text)) is",
        hint: "windows are made by GROUP BY window(event_time, '1 hour')", at: name.range)
    }
    try refuseDots(after: name, "a stream")
    let isStandardInput = name.kind == .word && name.keyword == "STDIN"
    return isStandardInput
      ? source(named: "stdin", .standardInput, at: name.range) : source(named: name.text, .stream, at: name.range)
  }

  private mutating func source(named name: String, _ kind: SourceReference.Kind, at range: TextRange) -> LogicalPlan {
    sources.append(SourceReference(name: name, kind: kind, range: range, isJoined: isJoining))
    return .stream(name, at: range)
  }

  private mutating func parseSubquery() throws -> LogicalPlan {
    let opening = try expectSymbol("(").range
    guard isAt("SELECT") else {
      throw unexpected("SELECT", hint: "parentheses in FROM hold a query: FROM (SELECT …) AS name")
    }
    try enter(levels: 2)
    defer { leave(levels: 2) }
    let plan = try parseSelect()
    try expectClosing(opening)
    return plan
  }

  // MARK: ORDER BY and LIMIT

  /// Of a query whose result has a last row.
  private mutating func parseOrderAndLimit() throws {
    if isAt("ORDER", "BY") {
      advance()
      advance()
      repeat { order.append(try parseSortKey()) } while acceptSymbol(",")
    }
    guard accept("LIMIT") else { return }
    guard current.isNumber, let count = Int(current.text) else {
      throw unexpected("a number of rows", hint: "write LIMIT 10")
    }
    advance()
    limit = count
  }

  // MARK: GROUP BY

  /// The keys, or `nil` without a GROUP BY.
  private mutating func parseGroupBy() throws -> [Expression]? {
    guard isAt("GROUP") else { return nil }
    let start = advance().range
    try expect("BY")
    if isAt("ALL"), peek().kind != .symbol || peek().isSymbol(";") || peek().isSymbol(")") {
      throw refused("GROUP BY ALL is", hint: "name the keys", at: range(from: start).joined(with: current.range))
    }
    if isAt("GROUPING", "SETS") {
      throw refused(
        "GROUPING SETS is", hint: "write one query for each set", at: current.range.joined(with: peek().range))
    }
    if isAt(anyOf: ["ROLLUP", "CUBE"]), peek().isSymbol("(") {
      throw refused("\(current.keyword) is", hint: "write one query for each set of keys")
    }
    let keys = try parseExpressionList()
    if isAt("WITH"), peek().keyword == "ROLLUP" || peek().keyword == "CUBE" {
      throw refused(
        "WITH \(peek().keyword) is", hint: "write one query for each set of keys",
        at: current.range.joined(with: peek().range))
    }
    return keys
  }
}

extension TextRange {
  /// From the beginning of this one to the end of `other`.
  func joined(with other: TextRange) -> TextRange {
    TextRange(min(lowerBound, other.lowerBound)..<max(upperBound, other.upperBound))
  }
}
