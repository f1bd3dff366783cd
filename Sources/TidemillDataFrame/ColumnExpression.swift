import TidemillColumns
import TidemillPlan

/// An expression of columns, as PySpark's `Column`: `(col("price") * col("quantity")).alias("amount")`.
///
/// Swift literals beside it are constants: `col("status") == "active"`.
public struct ColumnExpression: Sendable {
  /// What the column computes, its names not yet looked up.
  public var expression: Expression
  /// The name after `alias`.
  public var name: String?

  /// A column of an expression built by hand; functions and operators make the usual ones.
  public init(_ expression: Expression, name: String? = nil) {
    self.expression = expression
    self.name = name
  }

  init(_ node: Expression.Node) { self.init(Expression(node)) }

  /// The same under a name.
  public func alias(_ name: String) -> ColumnExpression { ColumnExpression(expression, name: name) }

  /// The value as another type; NULL where it has no value there.
  public func cast(_ type: DataType) -> ColumnExpression { ColumnExpression(.cast(expression, type)) }

  /// Whether the value is NULL.
  public func isNull() -> ColumnExpression { ColumnExpression(.isNull(expression)) }

  /// Whether the value is not NULL.
  public func isNotNull() -> ColumnExpression { !isNull() }

  /// Whether the value is one of those given.
  public func isIn(_ values: ColumnExpression...) -> ColumnExpression {
    ColumnExpression(.inList(expression, values.map(\.expression)))
  }

  /// SQL's LIKE: `%` for any text, `_` for any character.
  public func like(_ pattern: String) -> ColumnExpression {
    ColumnExpression(.like(expression, pattern: Expression(.literal(.string(pattern), .string))))
  }

  /// Both ends belong to it.
  public func between(_ lower: ColumnExpression, _ upper: ColumnExpression) -> ColumnExpression {
    self >= lower && self <= upper
  }

  /// Whether the text begins with `prefix`.
  public func startsWith(_ prefix: ColumnExpression) -> ColumnExpression {
    ColumnExpression(.call("startswith", [expression, prefix.expression]))
  }

  /// Whether the text ends with `suffix`.
  public func endsWith(_ suffix: ColumnExpression) -> ColumnExpression {
    ColumnExpression(.call("endswith", [expression, suffix.expression]))
  }

  /// Whether `part` is somewhere in the text.
  public func contains(_ part: ColumnExpression) -> ColumnExpression {
    ColumnExpression(.call("contains", [expression, part.expression]))
  }

  /// A part of a struct: `col("user").getField("id")`, `col("w").getField("start")`.
  public func getField(_ name: String) -> ColumnExpression {
    if case .column(let parts) = expression.node { return ColumnExpression(.column(parts + [name])) }
    if name == "start" || name == "end" { return ColumnExpression(.call("window_\(name)", [expression])) }
    return ColumnExpression(.call("get_field", [expression, Expression(.literal(.string(name), .string))]))
  }

  /// Ascending with nulls first.
  public func asc() -> ColumnOrder { ColumnOrder(SortKey(expression)) }

  /// Descending with nulls last.
  public func desc() -> ColumnOrder { ColumnOrder(SortKey(expression, ascending: false)) }

  /// An aggregate of only those rows for which the condition is true, SQL's `FILTER (WHERE …)`.
  public func filter(_ condition: ColumnExpression) -> ColumnExpression {
    let node: Expression.Node =
      switch expression.node {
      case .countRows: .countRows(filter: condition.expression)
      case .call(let function, let arguments):
        .aggregate(function, arguments, distinct: false, filter: condition.expression)
      case .aggregate(let function, let arguments, let distinct, _):
        .aggregate(function, arguments, distinct: distinct, filter: condition.expression)
      default: .call("filter", [expression, condition.expression])
      }
    return ColumnExpression(Expression(node), name: name)
  }

  var selectItem: SelectItem { SelectItem(expression, as: name) }
}

/// A column with a direction to order by.
public struct ColumnOrder: Sendable {
  /// What rows are compared by.
  public var key: SortKey

  /// An order built by hand; `asc()` and `desc()` make the usual ones.
  public init(_ key: SortKey) { self.key = key }

  /// NULL before all values.
  public func nullsFirst() -> ColumnOrder {
    ColumnOrder(SortKey(key.expression, ascending: key.ascending, nullsFirst: true))
  }

  /// NULL behind all values.
  public func nullsLast() -> ColumnOrder {
    ColumnOrder(SortKey(key.expression, ascending: key.ascending, nullsFirst: false))
  }
}

/// What names a column: a string is a column's name, as in PySpark.
public protocol ColumnConvertible: Sendable {
  /// What it means as a column.
  var asColumn: ColumnExpression { get }
}

extension ColumnExpression: ColumnConvertible {
  public var asColumn: ColumnExpression { self }
}

extension String: ColumnConvertible {
  public var asColumn: ColumnExpression { col(self) }
}

/// What orders rows: a column, ascending, or one with a direction.
public protocol OrderConvertible: Sendable {
  /// What it means as an order; ascending unless it says otherwise.
  var asOrder: ColumnOrder { get }
}

extension ColumnOrder: OrderConvertible {
  public var asOrder: ColumnOrder { self }
}

extension ColumnExpression: OrderConvertible {
  public var asOrder: ColumnOrder { asc() }
}

extension String: OrderConvertible {
  public var asOrder: ColumnOrder { col(self).asc() }
}
