import TidemillColumns

/// What SQL has and a query here has not: each is refused by name, with a way out.
extension Parser {
  /// Behind the sources in FROM.
  func refuseFurtherSources() throws {
    if isAtSymbol(",") {
      throw refused("a second source in FROM is", hint: "write FROM a stream JOIN a table ON …")
    }
    if isAt("LATERAL") {
      throw refused("LATERAL VIEW is", hint: "arrays stay JSON text: write one row for each element")
    }
    if isAt(anyOf: ["TABLESAMPLE", "PIVOT", "UNPIVOT"]) {
      throw refused("\(current.keyword) is")
    }
  }

  /// Behind the last clause of a SELECT.
  func refuseFurtherClauses() throws {
    guard current.kind == .word else { return }
    switch current.keyword {
    case "ORDER" where peek().keyword == "BY":
      throw refusedOrder()
    case "SORT" where peek().keyword == "BY", "CLUSTER" where peek().keyword == "BY",
      "DISTRIBUTE" where peek().keyword == "BY":
      throw refused("\(current.keyword) BY is", hint: "leave it out", at: current.range.joined(with: peek().range))
    case "LIMIT", "OFFSET", "FETCH":
      throw refused("\(current.keyword) is", hint: Parser.topHint)
    case "UNION", "EXCEPT", "INTERSECT", "MINUS":
      let hint =
        current.keyword == "UNION" ? "write one INSERT INTO for each SELECT, each into a sink of its own" : nil
      throw refused("\(current.keyword) is", hint: hint)
    case "WINDOW":
      throw refused(
        "a WINDOW clause is", hint: "write the window in place: ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)")
    case "FROM", "WHERE", "HAVING", "QUALIFY":
      throw misplacedClause(current.keyword, at: current.range)
    case "GROUP" where peek().keyword == "BY":
      throw misplacedClause("GROUP BY", at: current.range.joined(with: peek().range))
    default:
      return
    }
  }

  /// ORDER BY, and whether a LIMIT follows it, which makes it a top-N.
  private func refusedOrder() -> TidemillError {
    let place = current.range.joined(with: peek().range)
    var depth = 0
    var hasLimit = false
    for distance in 2..<max(3, tokens.count - index) {
      let token = peek(distance)
      if token.isSymbol("(") { depth += 1 }
      if token.isSymbol(")") { depth -= 1 }
      if token.isSymbol(";") || depth < 0 { break }
      if depth == 0, token.keyword == "LIMIT" { hasLimit = true }
    }
    return hasLimit
      ? refused("ORDER BY with LIMIT is", hint: Parser.topHint, at: place)
      : refused(
        "ORDER BY is",
        hint: "a stream's result has no last row to wait for; leave it out, or rank rows with QUALIFY ROW_NUMBER() OVER (…)",
        at: place)
  }

  private static let topHint =
    "for the best rows write QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY … DESC) <= 3"

  private func misplacedClause(_ clause: String, at range: TextRange) -> TidemillError {
    TidemillError(
      .invalidQuery, "\(clause) stands in the wrong place",
      hint: "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, QUALIFY, each once", at: range)
  }
}
