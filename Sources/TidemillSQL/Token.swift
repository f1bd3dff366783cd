import TidemillColumns

/// The smallest part of a text that means something.
struct Token: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// A keyword or a plain name: which of the two, only its place tells.
    case word
    /// A name in backticks; never a keyword.
    case quotedName
    case string
    case number(NumberSuffix)
    case symbol
    case end
  }

  /// The letters behind a number that say its type.
  enum NumberSuffix: String, Hashable, Sendable {
    case none = ""
    case bigint = "L"
    case smallint = "S"
    case tinyint = "Y"
    case double = "D"
    case float = "F"
    case decimal = "BD"
  }

  var kind: Kind
  /// What it stands for: a name without its backticks, a string without quotes and escapes, a number without its suffix.
  var text: String
  /// A word in upper case, for comparing with keywords; empty for all others.
  var keyword: String
  var range: TextRange

  init(_ kind: Kind, _ text: String, at range: Range<Int>) {
    self.kind = kind
    self.text = text
    self.keyword = kind == .word ? text.uppercased() : ""
    self.range = TextRange(range)
  }

  var isNumber: Bool {
    if case .number = kind { return true }
    return false
  }

  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

  /// The token as messages name it.
  var shown: String {
    switch kind {
    case .end: "the end of the text"
    case .string: "the string '\(Token.shortened(text))'"
    case .number(let suffix): "`\(Token.shortened(text))\(suffix.rawValue)`"
    case .word, .quotedName, .symbol: "`\(Token.shortened(text))`"
    }
  }

  /// At most 40 characters, so that a message stays one.
  static func shortened(_ text: String) -> String {
    let start = text.prefix(41)
    return start.count <= 40 ? text : start.dropLast() + "…"
  }
}
