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

  /// An expression whose operands the resolver has made fit; nothing is checked here.
  public init(_ type: DataType, _ kind: Kind) {
    self.type = type
    self.kind = kind
  }

  /// The kinds of expressions.
  public indirect enum Kind: Hashable, Sendable {
    /// The input's column at this ordinal, from 0.
    case column(Int)
    /// A constant of the expression's type, or NULL.
    case literal(Value)
    /// Three-valued.
    case not(TypedExpression)
    /// Three-valued: false if either operand is, even beside NULL.
    case and(TypedExpression, TypedExpression)
    /// Three-valued: true if either operand is, even beside NULL.
    case or(TypedExpression, TypedExpression)
    /// The number with the other sign; NULL where that is out of range.
    case negate(TypedExpression)
    /// Both operands have the result's type. For decimals the operands keep their own scales and `type` says the result's.
    case arithmetic(ArithmeticOperator, TypedExpression, TypedExpression)
    /// Both operands have one type (decimals: one scale). NULL if either is.
    case comparison(ComparisonOperator, TypedExpression, TypedExpression)
    /// True or false, never NULL.
    case isNull(TypedExpression)
    /// The operand as the expression's type; NULL where it cannot be.
    case cast(TypedExpression)
    /// Branches in order; each condition is boolean, each result has the expression's type.
    case caseWhen([TypedWhen], otherwise: TypedExpression?)
    /// Whether the value is one of the constants, which have its type. NULL among them follows SQL's rule.
    case inList(TypedExpression, [Value])
    /// SQL LIKE with `%`, `_` and `\` as the escape.
    case like(TypedExpression, pattern: String)
    /// A function of one row's values, with as many arguments as it takes.
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
  /// Sum of two numbers.
  case add = "+"
  /// Left minus right.
  case subtract = "-"
  /// Product of two numbers.
  case multiply = "*"
  /// Of doubles or decimals only: `/` of integers is a division of doubles, as in Spark.
  case divide = "/"
  /// The sign follows the dividend.
  case remainder = "%"
}

/// Comparisons of two values; raw values are as SQL writes them.
public enum ComparisonOperator: String, Hashable, Sendable {
  /// The two sides are the same.
  case equal = "="
  /// The two sides differ.
  case notEqual = "<>"
  /// The left side is the smaller one.
  case less = "<"
  /// The left side is not the greater one.
  case lessOrEqual = "<="
  /// The left side is the greater one.
  case greater = ">"
  /// The left side is not the smaller one.
  case greaterOrEqual = ">="
}
