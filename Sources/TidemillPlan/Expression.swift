import TidemillColumns

/// An expression as it was written: names not yet looked up, types not yet known.
///
/// Two expressions are equal when they were written alike, wherever they stand in the text.
public struct Expression: Sendable {
  /// What it says.
  public var node: Node
  /// Where it stands in the query text; `nil` when it was built in Swift.
  public var range: TextRange?

  /// An expression, and where it stands if it was read from text.
  public init(_ node: Node, at range: TextRange? = nil) {
    self.node = node
    self.range = range
  }

  /// The kinds of expressions.
  public indirect enum Node: Hashable, Sendable {
    /// A column by its name parts: `["product_id"]`, `["sales", "product_id"]`, `["user", "id"]`.
    case column([String])
    /// A constant and its type; NULL has a type too.
    case literal(Value, DataType)
    /// A fixed span of time: `INTERVAL '10 minutes'`.
    case interval(TimeSpan)
    /// An operator before its operand: `NOT x`, `-x`.
    case unary(UnaryOperator, Expression)
    /// An operator between two operands.
    case binary(BinaryOperator, Expression, Expression)
    /// A function or aggregate by its name in lower case.
    case call(String, [Expression])
    /// An aggregate with what only aggregates have: `COUNT(DISTINCT x) FILTER (WHERE …)`.
    case aggregate(String, [Expression], distinct: Bool, filter: Expression?)
    /// `COUNT(*)`, with its filter.
    case countRows(filter: Expression?)
    /// `CAST(x AS type)`; `TRY_CAST` means the same here, since a cast that fails gives NULL.
    case cast(Expression, DataType)
    /// `CASE WHEN … THEN … ELSE … END`; without `otherwise` the rest is NULL.
    case caseWhen([WhenClause], otherwise: Expression?)
    /// `x IS NULL`.
    case isNull(Expression)
    /// `x IN (a, b)`.
    case inList(Expression, [Expression])
    /// `x LIKE pattern`.
    case like(Expression, pattern: Expression)
    /// `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`.
    case rowNumber(partitionBy: [Expression], orderBy: [SortKey])
    /// `*` in a select list or in `COUNT(*)`.
    case star
    /// `sales.*` in a select list: the columns of one source, by its name or alias.
    case starOf(String)
  }
}

extension Expression: Hashable {
  public static func == (left: Expression, right: Expression) -> Bool { left.node == right.node }
  public func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

/// One `WHEN condition THEN result` of a CASE.
public struct WhenClause: Hashable, Sendable {
  /// When it is true, and no branch before was, the branch is taken.
  public var condition: Expression
  /// The value of the CASE if the branch is taken.
  public var result: Expression

  public init(condition: Expression, result: Expression) {
    self.condition = condition
    self.result = result
  }
}

/// One key of an ORDER BY. Spark's defaults: ascending with nulls first, descending with nulls last.
public struct SortKey: Hashable, Sendable {
  /// What is compared.
  public var expression: Expression
  /// Whether small comes first.
  public var ascending: Bool
  /// Whether NULL comes before all values.
  public var nullsFirst: Bool

  /// A sort key; `nullsFirst` is as `ascending`, unless said otherwise.
  public init(_ expression: Expression, ascending: Bool = true, nullsFirst: Bool? = nil) {
    self.expression = expression
    self.ascending = ascending
    self.nullsFirst = nullsFirst ?? ascending
  }
}

/// Operators of one operand; raw values are as SQL writes them.
public enum UnaryOperator: String, Hashable, Sendable {
  /// Three-valued: NOT NULL is NULL.
  case not = "NOT"
  /// The number with the other sign.
  case negate = "-"
}

/// Operators of two operands; raw values are as SQL writes them.
public enum BinaryOperator: String, Hashable, Sendable {
  /// Addition of numbers, and of a span to a timestamp.
  case add = "+"
  /// Subtraction of numbers, of a span from a timestamp, and of two timestamps.
  case subtract = "-"
  /// Multiplication.
  case multiply = "*"
  /// Division; of integers too it is one of doubles, and by zero it gives NULL.
  case divide = "/"
  /// Remainder of a division; its sign follows the dividend.
  case remainder = "%"
  /// Equality; NULL if either side is.
  case equal = "="
  /// Inequality, also written `!=`; NULL if either side is.
  case notEqual = "<>"
  /// Whether the left side is the smaller one.
  case less = "<"
  /// Whether the left side is not the greater one.
  case lessOrEqual = "<="
  /// Whether the left side is the greater one.
  case greater = ">"
  /// Whether the left side is not the smaller one.
  case greaterOrEqual = ">="
  /// Three-valued: false if either side is, even beside NULL.
  case and = "AND"
  /// Three-valued: true if either side is, even beside NULL.
  case or = "OR"
  /// Strings put together; NULL if either side is.
  case concatenate = "||"
}
