import TidemillColumns

extension Parser {
  /// The current token, as messages show it: a credential is not repeated.
  var found: String { SecretText.hides(current.range, of: text) ? "a value that is not shown" : current.shown }

  /// The error for a token that the grammar has no place for.
  ///
  /// - Parameter expected: what should stand there: a keyword, or a description.
  func unexpected(_ expected: String, hint: String? = nil) -> TidemillError {
    if let error = misspelledAlias() { return error }
    var hint = hint
    if hint == nil, current.kind == .word, !Parser.reservedWords.contains(current.keyword) {
      let meant = Suggestion.closest(to: current.keyword, among: [expected] + Parser.clauseWords)
      hint = meant.map { "did you mean \($0)?" }
    }
    return TidemillError(.invalidQuery, "expected \(expected), found \(found)", hint: hint, at: current.range)
  }

  /// The error for something that is understood and not done.
  func refused(_ what: String, hint: String? = nil, at range: TextRange? = nil) -> TidemillError {
    TidemillError(.unsupported, "\(what) not supported", hint: hint, at: range ?? current.range)
  }

  /// `SELECT a FORM sales`: FORM was read as an alias, and then `sales` made no sense.
  private func misspelledAlias() -> TidemillError? {
    guard let alias = bareAlias, alias.range == previous.range,
      let keyword = Suggestion.closest(to: alias.keyword, among: Parser.clauseWords)
    else { return nil }
    return TidemillError(
      .invalidQuery, "`\(alias.text)` stands where a keyword is expected", hint: "did you mean \(keyword)?",
      at: alias.range)
  }

  private static let clauseWords = ["FROM", "WHERE", "GROUP", "HAVING", "QUALIFY"]

  /// Words that are no columns without backticks, because the grammar needs them between and before expressions.
  static let reservedWords: Set<String> = [
    "SELECT", "FROM", "WHERE", "HAVING", "QUALIFY", "UNION", "EXCEPT", "INTERSECT", "JOIN", "ON", "USING", "AND", "OR",
    "NOT", "IN", "BETWEEN", "LIKE", "IS", "AS", "WHEN", "THEN", "ELSE", "DISTINCT", "INTO", "CASE",
  ]

  /// Words that begin a clause only with BY behind them, and are columns otherwise.
  static let wordsBeforeBy: Set<String> = ["GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "PARTITION"]

  /// Words that cannot be an alias without AS, because what they begin is more likely meant.
  static let notAnAlias: Set<String> = reservedWords.union(wordsBeforeBy).union([
    "LIMIT", "OFFSET", "FETCH", "MINUS", "INNER", "CROSS", "NATURAL", "LATERAL", "LEFT", "RIGHT", "FULL", "SEMI",
    "ANTI", "WINDOW", "TABLESAMPLE", "PIVOT", "UNPIVOT", "ILIKE", "RLIKE", "REGEXP", "DIV", "END", "OVER", "FILTER",
    "ESCAPE", "WITH", "INSERT", "CREATE", "EXPLAIN", "SET",
  ])

  /// Whether the current word is a keyword at the place of an expression.
  var isAtReservedWord: Bool {
    guard current.kind == .word else { return false }
    if Parser.wordsBeforeBy.contains(current.keyword) { return peek().keyword == "BY" }
    return Parser.reservedWords.contains(current.keyword)
  }
}

/// "Did you mean": which known word a written one is close to.
enum Suggestion {
  /// The known word that is closest, if it is close enough to be a slip.
  static func closest(to word: String, among known: [String]) -> String? {
    var best: (word: String, distance: Int)?
    for candidate in known where isLike(word, candidate) {
      let distance = distance(Array(word.utf8), Array(candidate.utf8))
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// Whether `word` may be `keyword` with a slip of the fingers: one edit in short words, two in longer ones.
  static func isLike(_ word: String, _ keyword: String) -> Bool {
    let length = keyword.utf8.count
    guard word != keyword, length >= 3, word.utf8.count <= length + 2, word.utf8.count + 2 >= length else { return false }
    return distance(Array(word.utf8), Array(keyword.utf8)) <= (length <= 5 ? 1 : 2)
  }

  /// Edits from one to the other: insert, delete, replace, or swap two neighbours.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var row = [i + 1]
      for (j, other) in right.enumerated() {
        var best = min(last[j] + (byte == other ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, byte == right[j - 1], left[i - 1] == other { best = min(best, beforeLast[j - 1] + 1) }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }
}
