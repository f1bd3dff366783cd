import TidemillColumns

/// An expression with its names looked up and its types known: columns are ordinals of the input's schema.
///
/// Every expression is total: what cannot be computed for a row is NULL (a division by zero, an overflow, a cast of text that
/// is no number), as with Spark's `try_` functions. A stream must not stop at one odd row.
public struct TypedExpression: Hashable, Sendable {
  /// The type of its values.
  public let type: DataType
  /// What it computes.
  public let kind: Kind

  public init(_ type: DataType, _ kind: Kind) {
    self.type = type
    self.kind = kind
  }

  /// The kinds of expressions.
  public indirect enum Kind: Hashable, Sendable {
    case column(Int)
    /// A constant of the expression's type, or NULL.
    case literal(Value)
    /// Three-valued.
    case not(TypedExpression)
    case and(TypedExpression, TypedExpression)
    case or(TypedExpression, TypedExpression)
    case negate(TypedExpression)
    /// Both operands have the result's type. For decimals the operands keep their own scales and `type` says the result's.
    case arithmetic(ArithmeticOperator, TypedExpression, TypedExpression)
    /// Both operands have one type (decimals: one scale). NULL if either is.
    case comparison(ComparisonOperator, TypedExpression, TypedExpression)
    case isNull(TypedExpression)
    case cast(TypedExpression)
    /// Branches in order; each condition is boolean, each result has the expression's type.
    case caseWhen([TypedWhen], otherwise: TypedExpression?)
    /// Whether the value is one of the constants, which have its type. NULL among them follows SQL's rule.
    case inList(TypedExpression, [Value])
    /// SQL LIKE with `%`, `_` and `\` as the escape.
    case like(TypedExpression, pattern: String)
    case function(ScalarFunction, [TypedExpression])
  }
}

/// One `WHEN condition THEN result` of a CASE.
public struct TypedWhen: Hashable, Sendable {
  /// A boolean.
  public var condition: TypedExpression
  /// Has the type of the whole CASE.
  public var result: TypedExpression

  public init(condition: TypedExpression, result: TypedExpression) {
    self.condition = condition
    self.result = result
  }
}

/// Operators of numbers; raw values are as SQL writes them.
public enum ArithmeticOperator: String, Hashable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  /// Of doubles or decimals only: `/` of integers is a division of doubles, as in Spark.
  case divide = "/"
  /// The sign follows the dividend.
  case remainder = "%"
}

/// Comparisons of two values; raw values are as SQL writes them.
public enum ComparisonOperator: String, Hashable, Sendable {
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}
