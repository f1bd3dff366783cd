import TidemillColumns

/// Cuts a text into tokens. Offsets count UTF-8 bytes.
///
/// Any text gives tokens or an error with its place, never a trap.
struct Lexer {
  let bytes: [UInt8]
  var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// All tokens of a text, the last of kind `end`.
  static func tokens(of text: String) throws -> [Token] {
    var lexer = Lexer(text)
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      if token.kind == .end { break }
      tokens.append(token)
    }
    // What is missing is missing behind the last token, not behind the blank lines that may follow it.
    let end = tokens.last?.range.upperBound ?? lexer.position
    tokens.append(Token(.end, "", at: end..<end))
    return tokens
  }

  private mutating func next() throws -> Token {
    try skipBlanksAndComments()
    let start = position
    guard let byte = peek() else { return Token(.end, "", at: start..<start) }
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      return Token(.string, try readString(isRaw: false), at: start..<position)
    case UInt8(ascii: "`"):
      return try readQuotedName()
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try readNumber()
    case UInt8(ascii: ".") where peek(1).map(Lexer.isDigit) ?? false:
      return try readNumber()
    case UInt8(ascii: "r"), UInt8(ascii: "R"):
      guard let quote = peek(1), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return readWord() }
      position += 1
      return Token(.string, try readString(isRaw: true), at: start..<position)
    default:
      return Lexer.isWordStart(byte) ? readWord() : try readSymbol()
    }
  }

  private mutating func readWord() -> Token {
    let start = position
    while let byte = peek(), Lexer.isWordStart(byte) || Lexer.isDigit(byte) { position += 1 }
    return Token(.word, string(start..<position), at: start..<position)
  }

  /// A name in backticks; a doubled backtick stands for one.
  private mutating func readQuotedName() throws -> Token {
    let start = position
    var name: [UInt8] = []
    position += 1
    while let byte = peek() {
      position += 1
      if byte != UInt8(ascii: "`") {
        name.append(byte)
      } else if peek() == UInt8(ascii: "`") {
        name.append(byte)
        position += 1
      } else if name.isEmpty {
        throw TidemillError(.invalidQuery, "a name in backticks is empty", at: TextRange(start..<position))
      } else {
        return Token(.quotedName, String(decoding: name, as: UTF8.self), at: start..<position)
      }
    }
    throw TidemillError(
      .invalidQuery, "a name in backticks does not end", hint: "close it with a backtick",
      at: TextRange(start..<start + 1))
  }

  private mutating func readSymbol() throws -> Token {
    let start = position
    for length in [3, 2, 1] where start + length <= bytes.count {
      let symbol = String(decoding: bytes[start..<start + length], as: UTF8.self)
      if Lexer.symbols.contains(symbol) {
        position += length
        return Token(.symbol, symbol, at: start..<position)
      }
    }
    position += 1
    while let byte = peek(), byte & 0xC0 == 0x80 { position += 1 }
    let isLetter = bytes[start] >= 0x80
    throw TidemillError(
      .invalidQuery, "the character `\(string(start..<position))` means nothing here",
      hint: isLetter ? "write names with other letters than a to z in backticks" : nil,
      at: TextRange(start..<position))
  }

  private static let symbols: Set<String> = [
    "(", ")", "[", "]", ",", ";", ".", "*", "+", "-", "/", "%", "=", "==", "<>", "!=", "<", "<=", ">", ">=", "<=>", "!",
    "||", "::", ":", "|", "&", "^", "~", "?",
  ]

  private mutating func skipBlanksAndComments() throws {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), 0x09...0x0D:
        position += 1
      case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
        while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
        try skipBlockComment()
      case 0xEF where position == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]):
        position += 3  // A byte order mark, as some editors write it.
      default:
        return
      }
    }
  }

  /// Block comments nest, as Spark's do.
  private mutating func skipBlockComment() throws {
    let start = position
    var depth = 0
    repeat {
      guard position < bytes.count else {
        throw TidemillError(
          .invalidQuery, "a comment does not end", hint: "close it with */", at: TextRange(start..<start + 2))
      }
      if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if peek() == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        depth -= 1
        position += 2
      } else {
        position += 1
      }
    } while depth > 0
  }

  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  static func isWordStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
  }
}
