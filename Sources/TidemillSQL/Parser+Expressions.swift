import TidemillColumns
import TidemillPlan

/// How tightly operators bind: Spark's order, loosest first. `||` binds like `+`.
enum Precedence: Int, Comparable {
  case any, or, and, not, predicate, comparison, additive, multiplicative, unary

  static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

  /// The next tighter one: what the right operand of a left-associative operator needs.
  var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .unary }
}

extension Parser {
  /// An expression whose operators all bind at least as tightly as `minimum`.
  ///
  /// - Parameter allowsStar: whether a single `*` is one, as in a select list.
  mutating func parseExpression(
    _ minimum: Precedence = .any, allowsStar: Bool = false
  ) throws -> Expression {
    if allowsStar, isAtSymbol("*") { return Expression(.star, at: advance().range) }
    let outerHeight = height
    height = 0
    try enter()
    defer { leave() }
    let expression = try parseOperators(minimum)
    height = max(outerHeight, height)
    return expression
  }

  private mutating func parseOperators(_ minimum: Precedence) throws -> Expression {
    // Behind NOT x, and behind a predicate such as IS NULL, only AND and OR go on, as in Spark's grammar.
    var (left, loosest) = try parsePrefix(minimum)
    while true {
      if let (symbol, precedence) = binaryOperator(), precedence >= minimum, precedence <= loosest {
        advance()
        let right = try parseExpression(precedence.tighter)
        try grow(at: left.range)
        left = Expression(.binary(symbol, left, right), at: join(left, right))
      } else if minimum <= .predicate, loosest > .predicate, let predicate = try parsePredicate(of: left) {
        try grow(at: left.range)
        left = predicate
        loosest = .and
      } else {
        try refuseOperator()
        return left
      }
    }
  }

  /// What an expression begins with, and how tightly an operator behind it may bind.
  private mutating func parsePrefix(_ minimum: Precedence) throws -> (Expression, Precedence) {
    if isAt("NOT") || isAtSymbol("!") { return (try parseNot(minimum), .and) }
    if isAtSymbol("-") || isAtSymbol("+") || isAtSymbol("~") { return (try parseSigned(), .unary) }
    return (try parsePostfix(try parsePrimary()), .unary)
  }

  private mutating func parseNot(_ minimum: Precedence) throws -> Expression {
    let start = advance()
    guard minimum <= .not else {
      throw TidemillError(
        .invalidQuery, "NOT stands behind an operator that binds more tightly",
        hint: "put it into parentheses: (NOT …)", at: start.range)
    }
    let operand = try parseExpression(.not)
    return Expression(.unary(.not, operand), at: range(from: start.range))
  }

  /// A number with its sign is one literal, so that `-2147483648` is an INT.
  private mutating func parseSigned() throws -> Expression {
    let sign = advance()
    if sign.text == "~" { throw refused("the bit operator `~` is", at: sign.range) }
    if sign.text == "-", current.isNumber, current.range.lowerBound == sign.range.upperBound {
      return try parsePostfix(try parseNumber(isNegative: true, from: sign.range))
    }
    let operand = try parseExpression(.unary)
    return sign.text == "+" ? operand : Expression(.unary(.negate, operand), at: range(from: sign.range))
  }

  private func binaryOperator() -> (BinaryOperator, Precedence)? {
    switch (current.kind, current.kind == .word ? current.keyword : current.text) {
    case (.word, "OR"): (.or, .or)
    case (.word, "AND"): (.and, .and)
    case (.symbol, "="), (.symbol, "=="): (.equal, .comparison)
    case (.symbol, "<>"), (.symbol, "!="): (.notEqual, .comparison)
    case (.symbol, "<"): (.less, .comparison)
    case (.symbol, "<="): (.lessOrEqual, .comparison)
    case (.symbol, ">"): (.greater, .comparison)
    case (.symbol, ">="): (.greaterOrEqual, .comparison)
    case (.symbol, "+"): (.add, .additive)
    case (.symbol, "-"): (.subtract, .additive)
    case (.symbol, "||"): (.concatenate, .additive)
    case (.symbol, "*"): (.multiply, .multiplicative)
    case (.symbol, "/"): (.divide, .multiplicative)
    case (.symbol, "%"): (.remainder, .multiplicative)
    default: nil
    }
  }

  /// Operators of Spark that Tidemill has not.
  private func refuseOperator() throws {
    switch (current.kind, current.kind == .word ? current.keyword : current.text) {
    case (.symbol, "<=>"):
      throw refused("the operator `<=>` is", hint: "write a = b OR (a IS NULL AND b IS NULL)")
    case (.symbol, "&"), (.symbol, "|"), (.symbol, "^"):
      throw refused("the bit operator `\(current.text)` is")
    case (.word, "DIV") where peek().kind != .end && !peek().isSymbol(","):
      throw refused("the operator DIV is", hint: "write CAST(a / b AS BIGINT)")
    default: return
    }
  }

  private func join(_ left: Expression, _ right: Expression) -> TextRange? {
    guard let first = left.range, let last = right.range else { return nil }
    return first.joined(with: last)
  }

  /// Counts one more level of the current tree.
  private mutating func grow(at range: TextRange?) throws {
    height += 1
    guard height <= Parser.maximumHeight else {
      throw TidemillError(
        .unsupported, "this expression chains more than \(Parser.maximumHeight) operators",
        hint: "use IN (…) for many alternatives, or put parts of the chain into parentheses", at: range)
    }
  }
}
