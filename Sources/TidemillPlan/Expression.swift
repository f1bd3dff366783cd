import TidemillColumns

/// An expression as it was written: names not yet looked up, types not yet known.
///
/// Two expressions are equal when they were written alike, wherever they stand in the text.
public struct Expression: Sendable {
  /// What it says.
  public var node: Node
  /// Where it stands in the query text; `nil` when it was built in Swift.
  public var range: TextRange?

  public init(_ node: Node, at range: TextRange? = nil) {
    self.node = node
    self.range = range
  }

  /// The kinds of expressions.
  public indirect enum Node: Hashable, Sendable {
    /// A column by its name parts: `["product_id"]`, `["sales", "product_id"]`, `["user", "id"]`.
    case column([String])
    case literal(Value, DataType)
    /// A fixed span of time: `INTERVAL '10 minutes'`.
    case interval(TimeSpan)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// A function or aggregate by its name in lower case.
    case call(String, [Expression])
    /// An aggregate with what only aggregates have: `COUNT(DISTINCT x) FILTER (WHERE …)`.
    case aggregate(String, [Expression], distinct: Bool, filter: Expression?)
    /// `COUNT(*)`, with its filter.
    case countRows(filter: Expression?)
    /// `CAST(x AS type)`; `TRY_CAST` means the same here, since a cast that fails gives NULL.
    case cast(Expression, DataType)
    case caseWhen([WhenClause], otherwise: Expression?)
    case isNull(Expression)
    case inList(Expression, [Expression])
    case like(Expression, pattern: Expression)
    /// `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`.
    case rowNumber(partitionBy: [Expression], orderBy: [SortKey])
    /// `*` in a select list or in `COUNT(*)`.
    case star
  }
}

extension Expression: Hashable {
  public static func == (left: Expression, right: Expression) -> Bool { left.node == right.node }
  public func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

/// One `WHEN condition THEN result` of a CASE.
public struct WhenClause: Hashable, Sendable {
  public var condition: Expression
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

  public init(_ expression: Expression, ascending: Bool = true, nullsFirst: Bool? = nil) {
    self.expression = expression
    self.ascending = ascending
    self.nullsFirst = nullsFirst ?? ascending
  }
}

/// Operators of one operand; raw values are as SQL writes them.
public enum UnaryOperator: String, Hashable, Sendable {
  case not = "NOT"
  case negate = "-"
}

/// Operators of two operands; raw values are as SQL writes them.
public enum BinaryOperator: String, Hashable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case and = "AND"
  case or = "OR"
  case concatenate = "||"
}
