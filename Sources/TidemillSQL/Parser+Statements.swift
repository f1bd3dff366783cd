import TidemillColumns
import TidemillPlan

extension Parser {
  mutating func parseScript() throws -> [Statement] {
    var statements: [Statement] = []
    while true {
      while acceptSymbol(";") {}
      if current.kind == .end { return statements }
      statements.append(try parseStatement())
      if current.kind != .end, !isAtSymbol(";") {
        let isNext = isAt(anyOf: Set(Parser.statementWords))
        throw unexpected("`;` or the end of the statement", hint: isNext ? "put `;` between statements" : nil)
      }
    }
  }

  private mutating func parseStatement() throws -> Statement {
    switch current.keyword {
    case "CREATE": return try parseCreate()
    case "INSERT": return .insert(try parseInsert())
    case "SELECT": return .select(try parseSelectStatement())
    case "SET": return .set(try parseSet())
    case "EXPLAIN": return try parseExplain()
    default: throw unknownStatement()
    }
  }

  private func unknownStatement() -> TidemillError {
    let word = current.keyword
    switch word {
    case "WITH":
      return refused("WITH (a common table expression) is", hint: "write the query in place: FROM (SELECT …) AS name")
    case "DROP":
      return refused(
        "DROP is",
        hint: "streams, tables, sinks and views live as long as their script: leave out the statement that creates them")
    case "ALTER", "DELETE", "UPDATE", "MERGE", "TRUNCATE", "SHOW", "DESCRIBE", "DESC", "USE", "CACHE", "REFRESH",
      "ANALYZE", "VALUES", "TABLE", "LOAD", "GRANT", "REVOKE", "DECLARE", "BEGIN", "CALL", "REPLACE":
      return refused("\(word) is", hint: Parser.statementsHint)
    default:
      if current.kind == .word, let meant = Suggestion.closest(to: word, among: Parser.statementWords) {
        return TidemillError(
          .invalidQuery, "expected a statement, found \(found)", hint: "did you mean \(meant)?",
          at: current.range)
      }
      return TidemillError(
        .invalidQuery, "expected a statement, found \(found)", hint: Parser.statementsHint, at: current.range)
    }
  }

  private static let statementWords = ["CREATE", "INSERT", "SELECT", "SET", "EXPLAIN"]
  static let statementsHint =
    "statements are CREATE STREAM, TABLE, SINK and MATERIALIZED VIEW, INSERT INTO … SELECT, SELECT, SET and EXPLAIN"

  // MARK: INSERT, SET, EXPLAIN

  private mutating func parseInsert() throws -> InsertStatement {
    let start = try expect("INSERT").range
    if isAt("OVERWRITE") {
      throw refused("INSERT OVERWRITE is", hint: "write INSERT INTO; mode 'complete' gives the whole result each time")
    }
    try expect("INTO")
    if isAt("TABLE"), peek().kind != .symbol { advance() }
    var targets: [InsertStatement.Target] = []
    repeat {
      if !targets.isEmpty, isAt("SELECT") { throw unexpected("the name of a sink", hint: "leave out the `,`") }
      targets.append(try parseTarget())
    } while acceptSymbol(",")
    if isAt("VALUES") {
      throw refused(
        "INSERT … VALUES is", hint: "rows come from streams: INSERT INTO \(targets[0].sink) SELECT … FROM a stream")
    }
    let query = try parseSelectStatement()
    return InsertStatement(targets: targets, query: query, range: range(from: start))
  }

  private mutating func parseTarget() throws -> InsertStatement.Target {
    let sink = try expectName("the name of a sink")
    try refuseDots(after: sink, "a sink")
    if isAtSymbol("(") {
      throw refused("a list of columns in INSERT is", hint: "the sink gets the columns of the SELECT, under its names")
    }
    var options = OptionList()
    if accept("WITH") { options = try parseOptionList() }
    return InsertStatement.Target(
      sink: sink.text, sinkRange: sink.range, options: options.values, optionRanges: options.ranges)
  }

  private mutating func parseSet() throws -> SetStatement {
    let start = try expect("SET").range
    let first = try expectName("the name of a setting")
    var name = first.text
    while acceptSymbol(".") { name += "." + (try expectName("the rest of the setting's name")).text }
    let nameRange = range(from: first.range)
    try expectSymbol("=", hint: "settings are written SET name = value")
    let value = current
    if value.kind == .string {
      advance()
    } else {
      // As it was written, up to the first blank: +02:00, Europe/Berlin, -1, available-now.
      while current.kind != .end, !isAtSymbol(";"), current.kind != .string,
        current === value || current.range.lowerBound == previous.range.upperBound
      {
        advance()
      }
      guard previous.range.lowerBound >= value.range.lowerBound else { throw unexpected("a value") }
    }
    let valueRange = range(from: value.range)
    let isString = value.kind == .string
    return SetStatement(
      name: name.lowercased(), value: isString ? value.text : source(valueRange), nameRange: nameRange,
      valueRange: valueRange, range: range(from: start))
  }

  private mutating func parseExplain() throws -> Statement {
    let start = try expect("EXPLAIN").range
    if isAt(anyOf: ["EXTENDED", "FORMATTED", "CODEGEN", "COST", "ANALYZE", "PLAN"]) {
      throw refused(
        "EXPLAIN \(current.keyword) is", hint: "write EXPLAIN SELECT …, EXPLAIN INSERT … or EXPLAIN CREATE MATERIALIZED VIEW …")
    }
    switch current.keyword {
    case "SELECT":
      let query = try parseSelectStatement()
      return .explain(.select(query), at: range(from: start))
    case "INSERT":
      let insert = try parseInsert()
      return .explain(.insert(insert), at: range(from: start))
    case "CREATE" where peek().keyword == "MATERIALIZED":
      let view = try parseCreateView(from: advance().range)
      return .explain(.createView(view), at: range(from: start))
    default:
      throw unexpected("SELECT", hint: "EXPLAIN takes a SELECT, an INSERT or a CREATE MATERIALIZED VIEW")
    }
  }

  /// The text at a range.
  func source(_ range: TextRange) -> String {
    String(decoding: Array(text.utf8)[range.lowerBound..<range.upperBound], as: UTF8.self)
  }

  /// Names of streams and sinks have one part.
  func refuseDots(after name: Token, _ what: String) throws {
    guard isAtSymbol(".") else { return }
    throw refused(
      "a name with dots for \(what) is", hint: "use a single name, or put the whole name in backticks",
      at: TextRange(name.range.lowerBound..<peek().range.upperBound))
  }
}
