import TidemillColumns
import TidemillPlan

extension Parser {
  /// `JOIN`, `INNER JOIN`, `LEFT JOIN` or `LEFT OUTER JOIN`; `nil` for anything that is no join.
  mutating func parseJoinWords() throws -> (kind: JoinKind, range: TextRange)? {
    let start = current.range
    if isAt("JOIN") || isAt("INNER", "JOIN") {
      _ = accept("INNER")
      advance()
      return (.inner, range(from: start))
    }
    if isAt("LEFT", "JOIN") || isAt("LEFT", "OUTER", "JOIN") {
      while !accept("JOIN") { advance() }
      return (.left, range(from: start))
    }
    try refuseOtherJoins()
    return nil
  }

  /// The rest of a join whose left side has been read.
  mutating func parseJoin(_ words: (kind: JoinKind, range: TextRange), with left: LogicalPlan) throws -> Join {
    let outer = isJoining
    isJoining = true
    let right = try parseAliasedSource()
    isJoining = outer
    let condition: Join.Condition
    if accept("ON") {
      condition = .on(try parseExpression())
    } else if isAt("USING"), peek().isSymbol("(") {
      advance()
      let opening = advance().range
      condition = .using(
        try list { parser in
          let name = try parser.expectName("the name of a column of both sides")
          return Expression(.column([name.text]), at: name.range)
        })
      try expectClosing(opening)
    } else {
      throw unexpected("ON", hint: "say which rows belong together: ON events.product_id = products.id, or USING (id)")
    }
    bareAlias = nil
    return Join(words.kind, left, right, condition, at: words.range)
  }

  /// The kinds of joins that a stream and a table cannot have.
  private func refuseOtherJoins() throws {
    let words: Set<String> = ["INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "SEMI", "ANTI", "OUTER", "ASOF"]
    var last = 0
    while last < 4, words.contains(peek(last).keyword) { last += 1 }
    guard last > 0, peek(last).keyword == "JOIN" else { return }
    let names = (0..<last).map { peek($0).keyword }
    let hint =
      if names.contains("RIGHT") || names.contains("FULL") {
        "rows of the table that nothing belongs to would never be final; a stream can be joined by JOIN and LEFT JOIN"
      } else if names.contains("SEMI") || names.contains("ANTI") {
        "write LEFT JOIN, and WHERE the table's key IS NOT NULL or IS NULL"
      } else if names.contains("NATURAL") {
        "name the columns: JOIN … USING (product_id)"
      } else {
        "a stream can be joined with a table by JOIN … ON and LEFT JOIN … ON, with an equality"
      }
    throw refused(
      "\(names.joined(separator: " ")) JOIN is", hint: hint, at: current.range.joined(with: peek(last).range))
  }
}
