import TidemillColumns
import TidemillPlan

/// A recursive-descent parser over the tokens of one text. The grammar is in the extensions, a file for each part.
struct Parser {
  /// How deep parentheses, calls, CASEs and types may nest; what takes more stack counts twice: subqueries, OVER, FILTER.
  /// A thread of 512 KiB, macOS's smallest, must hold the parser's frames also when it is not optimised.
  static let maximumNesting = 64
  /// How high an expression tree may be, which bounds chains such as `a OR b OR …`: others walk the tree recursively.
  static let maximumHeight = 200
  /// How many nodes of a tree may be there only because BETWEEN and CASE repeat their operand.
  static let maximumRepetition = 10_000

  /// How many joins a query may have: others walk them recursively.
  static let maximumJoins = 32

  let text: String
  let tokens: [Token]
  let zone: SessionZone
  var index = 0
  var nesting = 0
  /// The height of the highest tree that the current `parseExpression` has parsed.
  var height = 0
  var repetition = 0
  /// What the queries parsed so far read.
  var sources: [SourceReference] = []
  /// Whether what is being parsed is the right side of a join.
  var isJoining = false
  /// Whether the outermost SELECT may end with ORDER BY and LIMIT, and what they say.
  var takesOrder = false
  var order: [SortKey] = []
  var limit: Int?
  /// The last name that was taken as an alias without AS: if what follows makes no sense, it may be a misspelled keyword.
  var bareAlias: Token?

  init(_ text: String, zone: SessionZone = .utc) throws {
    self.text = text
    self.zone = zone
    do { tokens = try Lexer.tokens(of: text) } catch var error as TidemillError {
      // The message holds the text that it is about.
      if let range = error.range, SecretText.hides(range, of: text) {
        error.message = "there is a mistake in a value that is not shown"
        error.hint = "put it in quotes"
      }
      throw error
    }
  }

  // MARK: The cursor

  var current: Token { tokens[index] }

  /// The token `distance` behind the current one; the end stands for all behind it.
  func peek(_ distance: Int = 1) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  /// The token before the current one.
  var previous: Token { tokens[max(index - 1, 0)] }

  @discardableResult
  mutating func advance() -> Token {
    let token = current
    if index < tokens.count - 1 { index += 1 }
    return token
  }

  /// From the beginning of `start` to the end of the last token read.
  func range(from start: TextRange) -> TextRange {
    TextRange(start.lowerBound..<max(previous.range.upperBound, start.upperBound))
  }

  func isAt(_ keyword: String) -> Bool { current.keyword == keyword }

  /// Whether these keywords come next.
  func isAt(_ keywords: String...) -> Bool {
    for (distance, keyword) in keywords.enumerated() where peek(distance).keyword != keyword { return false }
    return true
  }

  func isAt(anyOf keywords: Set<String>) -> Bool { current.kind == .word && keywords.contains(current.keyword) }

  func isAtSymbol(_ symbol: String) -> Bool { current.isSymbol(symbol) }

  mutating func accept(_ keyword: String) -> Bool {
    guard isAt(keyword) else { return false }
    advance()
    return true
  }

  mutating func acceptSymbol(_ symbol: String) -> Bool {
    guard isAtSymbol(symbol) else { return false }
    advance()
    return true
  }

  // MARK: What must be there

  @discardableResult
  mutating func expect(_ keyword: String) throws -> Token {
    guard isAt(keyword) else { throw unexpected(keyword) }
    return advance()
  }

  @discardableResult
  mutating func expectSymbol(_ symbol: String, hint: String? = nil) throws -> Token {
    guard isAtSymbol(symbol) else { throw unexpected("`\(symbol)`", hint: hint) }
    return advance()
  }

  /// The `)` that belongs to an opening one.
  mutating func expectClosing(_ opening: TextRange) throws {
    if acceptSymbol(")") { return }
    if current.kind == .end || isAtSymbol(";") {
      throw TidemillError(.invalidQuery, "this parenthesis is not closed", hint: "add a `)`", at: opening)
    }
    throw unexpected("`,` or `)`")
  }

  func expectEnd(of what: String) throws {
    guard current.kind != .end else { return }
    throw unexpected("the end of \(what)")
  }

  /// A name: a plain word or one in backticks.
  mutating func expectName(_ what: String) throws -> Token {
    switch current.kind {
    case .word, .quotedName:
      return advance()
    case .string:
      throw unexpected(what, hint: "quotes make strings; a name with special characters is written in backticks")
    default:
      throw unexpected(what)
    }
  }

  /// A list with commas between its elements.
  mutating func list<Element>(
    _ element: (inout Parser) throws -> Element
  ) throws -> [Element] {
    var elements = [try element(&self)]
    while acceptSymbol(",") { elements.append(try element(&self)) }
    return elements
  }

  /// Goes deeper, and refuses texts that nest too deeply for the stack. Each needs its `leave`.
  mutating func enter(levels: Int = 1) throws {
    guard nesting + levels <= Parser.maximumNesting else {
      throw TidemillError(
        .unsupported, "this nests more than \(Parser.maximumNesting) levels deep", hint: "write it flatter",
        at: current.range)
    }
    nesting += levels
  }

  mutating func leave(levels: Int = 1) { nesting -= levels }
}
