import TidemillColumns

/// The smallest part of a text that means something.
///
/// A class, because the parser's functions hold many of them and are recursive: a reference keeps their frames small.
final class Token: Sendable {
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

  let kind: Kind
  /// What it stands for: a name without its backticks, a string without quotes and escapes, a number without its suffix.
  let text: String
  /// A word in upper case, for comparing with keywords; empty for all others.
  let keyword: String
  let range: TextRange

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
