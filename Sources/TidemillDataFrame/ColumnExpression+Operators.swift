import TidemillColumns
import TidemillPlan

extension ColumnExpression {
  private static func binary(
    _ operation: BinaryOperator, _ left: ColumnExpression, _ right: ColumnExpression
  ) -> ColumnExpression {
    ColumnExpression(.binary(operation, left.expression, right.expression))
  }

  public static func + (left: Self, right: Self) -> Self { binary(.add, left, right) }
  public static func - (left: Self, right: Self) -> Self { binary(.subtract, left, right) }
  public static func * (left: Self, right: Self) -> Self { binary(.multiply, left, right) }
  public static func / (left: Self, right: Self) -> Self { binary(.divide, left, right) }
  public static func % (left: Self, right: Self) -> Self { binary(.remainder, left, right) }

  public static func == (left: Self, right: Self) -> Self { binary(.equal, left, right) }
  public static func != (left: Self, right: Self) -> Self { binary(.notEqual, left, right) }
  public static func < (left: Self, right: Self) -> Self { binary(.less, left, right) }
  public static func <= (left: Self, right: Self) -> Self { binary(.lessOrEqual, left, right) }
  public static func > (left: Self, right: Self) -> Self { binary(.greater, left, right) }
  public static func >= (left: Self, right: Self) -> Self { binary(.greaterOrEqual, left, right) }

  /// Both operands become part of the query; nothing is cut short.
  public static func && (left: Self, right: Self) -> Self { binary(.and, left, right) }
  public static func || (left: Self, right: Self) -> Self { binary(.or, left, right) }
  /// SQL's `NOT`, three-valued: of NULL it is NULL.
  public static prefix func ! (operand: Self) -> Self { ColumnExpression(.unary(.not, operand.expression)) }
  /// The number with the other sign.
  public static prefix func - (operand: Self) -> Self { ColumnExpression(.unary(.negate, operand.expression)) }
}

extension ColumnExpression: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = lit(Int(value)) }
}

extension ColumnExpression: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = lit(value) }
}

extension ColumnExpression: ExpressibleByStringLiteral {
  /// Constant text; a column by its name is `col("name")`.
  public init(stringLiteral value: String) { self = lit(value) }
}

extension ColumnExpression: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = lit(value) }
}
