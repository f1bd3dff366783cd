import TidemillColumns

extension ExpressionResolver {
  func binary(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, at range: TextRange?
  ) throws -> TypedExpression {
    switch operation {
    case .and: try logical(left, right, "AND", TypedExpression.Kind.and)
    case .or: try logical(left, right, "OR", TypedExpression.Kind.or)
    case .concatenate:
      TypedExpression(.string, .function(.concat, [try text(left, of: "||"), try text(right, of: "||")]))
    case .add, .subtract, .multiply, .divide, .remainder: try arithmetic(operation, left, right, at: range)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      try comparison(ComparisonOperator(rawValue: operation.rawValue)!, left, right, at: range)
    }
  }

  private func logical(
    _ left: Expression, _ right: Expression, _ name: String,
    _ make: (TypedExpression, TypedExpression) -> TypedExpression.Kind
  ) throws -> TypedExpression {
    TypedExpression(.boolean, make(try condition(left, of: name), try condition(right, of: name)))
  }

  private func comparison(
    _ operation: ComparisonOperator, _ left: Expression, _ right: Expression, at range: TextRange?
  ) throws -> TypedExpression {
    if let span = right.span {
      return TypedExpression(
        .boolean, .comparison(operation, try difference(left, right), .literal(.integer(span.microseconds), .bigint)))
    }
    if let span = left.span {
      return TypedExpression(
        .boolean, .comparison(operation, .literal(.integer(span.microseconds), .bigint), try difference(right, left)))
    }
    let (first, second) = try coercion.comparing(
      try operand(left), try operand(right), operation.rawValue, at: range ?? left.place)
    return TypedExpression(.boolean, .comparison(operation, first, second))
  }

  /// What an interval is compared with: the difference of two timestamps, in microseconds.
  private func difference(_ expression: Expression, _ interval: Expression) throws -> TypedExpression {
    let typed = try resolve(expression)
    if case .function(.timestampDifference, _) = typed.kind { return typed }
    throw TidemillError(
      .invalidQuery, "an interval can only be compared with the difference of two timestamps",
      hint: "write `later - earlier > INTERVAL '5 minutes'`", at: interval.place)
  }

  func negation(_ operand: Expression) throws -> TypedExpression {
    let typed = try resolve(operand)
    guard typed.type.isNumeric else {
      throw TidemillError(.invalidQuery, "- needs a number, and this is \(typed.type)", at: operand.place)
    }
    switch typed.constant {
    case .integer(let number)?:
      // The parser reads 2147483648 as a BIGINT, and its negation is an INT again.
      let negated = Int64(0).subtractingReportingOverflow(number)
      if negated.overflow { return .literal(.null, typed.type) }
      return .literal(.integer(negated.partialValue), negated.partialValue == Int64(Int32.min) ? .int : typed.type)
    case .double(let number)?: return .literal(.double(-number), .double)
    case .decimal(let unscaled, let scale)?: return .literal(.decimal(unscaled: -unscaled, scale: scale), typed.type)
    default: return TypedExpression(typed.type, .negate(typed))
    }
  }

  private func arithmetic(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, at range: TextRange?
  ) throws -> TypedExpression {
    let symbol = operation.rawValue
    if let span = right.span, operation == .add || operation == .subtract {
      let signed = operation == .add ? span.microseconds : 0 &- span.microseconds
      return try shifted(try operand(left), by: .literal(.integer(signed), .bigint))
    }
    if let span = left.span, operation == .add {
      return try shifted(try operand(right), by: .literal(.integer(span.microseconds), .bigint))
    }
    let first = try numberIfNull(left)
    let second = try numberIfNull(right)
    switch (first.type, operation, second.type) {
    case (.timestamp, .subtract, .timestamp):
      return TypedExpression(.bigint, .function(.timestampDifference, [first.typed, second.typed]))
    case (.date, .add, let other) where other.isInteger: return try daysLater(first, second.typed, 1)
    case (.date, .subtract, let other) where other.isInteger: return try daysLater(first, second.typed, -1)
    case (let other, .add, .date) where other.isInteger: return try daysLater(second, first.typed, 1)
    default: break
    }
    for side in [first, second] where !side.type.isNumeric && side.type != .string {
      throw TidemillError(
        .invalidQuery, "\(symbol) cannot take \(first.type) and \(second.type)",
        hint: side.type == .timestamp ? "add an interval: ts + INTERVAL '10 minutes'" : nil, at: range ?? side.range)
    }
    return try numeric(ArithmeticOperator(rawValue: symbol)!, first, second)
  }

  private func numberIfNull(_ expression: Expression) throws -> Operand {
    let operand = try operand(expression)
    return operand.typed.isNullLiteral ? Operand(typed: .literal(.null, .int), range: operand.range) : operand
  }

  /// Arithmetic of numbers, with text read as doubles.
  private func numeric(_ operation: ArithmeticOperator, _ left: Operand, _ right: Operand) throws -> TypedExpression {
    let first = left.type == .string ? try coercion.convert(left, to: .double) : left.typed
    let second = right.type == .string ? try coercion.convert(right, to: .double) : right.typed
    let isDecimal = { (type: DataType) in if case .decimal = type { true } else { false } }
    if first.type == .double || second.type == .double
      || (operation == .divide && !isDecimal(first.type) && !isDecimal(second.type))
    {
      let operands = (Casts.cast(first, to: .double, zone: zone), Casts.cast(second, to: .double, zone: zone))
      return TypedExpression(.double, .arithmetic(operation, operands.0, operands.1))
    }
    if isDecimal(first.type) || isDecimal(second.type) {
      let (first, second) = (coercion.decimal(first), coercion.decimal(second))
      let type = DecimalTypes.result(
        operation, DecimalTypes.holding(first.type)!, DecimalTypes.holding(second.type)!)
      return TypedExpression(type, .arithmetic(operation, first, second))
    }
    let type: DataType = first.type == .bigint || second.type == .bigint ? .bigint : .int
    if case .integer(let a)? = first.constant, case .integer(let b)? = second.constant {
      return .literal(folded(operation, a, b, type), type)
    }
    return TypedExpression(
      type, .arithmetic(operation, Casts.cast(first, to: type, zone: zone), Casts.cast(second, to: type, zone: zone)))
  }

  /// Integer arithmetic of constants; NULL beyond the type, as at run time.
  private func folded(_ operation: ArithmeticOperator, _ a: Int64, _ b: Int64, _ type: DataType) -> Value {
    let (result, overflow) =
      switch operation {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      case .divide: a.dividedReportingOverflow(by: b)
      case .remainder: b == -1 ? (0, false) : a.remainderReportingOverflow(dividingBy: b)
      }
    if overflow || (type == .int && Int32(exactly: result) == nil) { return .null }
    return .integer(result)
  }

  /// A time some microseconds later. A date moved by whole days stays a date.
  private func shifted(_ time: Operand, by span: TypedExpression) throws -> TypedExpression {
    switch time.type {
    case .timestamp, .string:
      let start = try coercion.convert(time, to: .timestamp)
      return TypedExpression(.timestamp, .function(.timestampAdd, [start, span]))
    case .date:
      let moved = TypedExpression(
        .timestamp, .function(.timestampAdd, [Casts.cast(time.typed, to: .timestamp, zone: zone), span]))
      guard case .integer(let length)? = span.constant, !length.isMultiple(of: Calendar.microsecondsPerDay) else {
        return TypedExpression(.date, .function(.toDate, [moved]))
      }
      return moved
    default:
      throw TidemillError(
        .invalidQuery, "an interval cannot be added to \(time.type)", hint: "it needs a date or timestamp",
        at: time.range)
    }
  }

  private func daysLater(_ date: Operand, _ days: TypedExpression, _ sign: Int64) throws -> TypedExpression {
    let length = TypedExpression.literal(.integer(sign * Calendar.microsecondsPerDay), .bigint)
    let count = Casts.cast(days, to: .bigint, zone: zone)
    if case .integer(let number)? = count.constant {
      return try shifted(date, by: .literal(folded(.multiply, number, sign * Calendar.microsecondsPerDay, .bigint), .bigint))
    }
    return try shifted(date, by: TypedExpression(.bigint, .arithmetic(.multiply, count, length)))
  }
}

extension Expression {
  /// The length of a constant interval, also of a negated one.
  var span: TimeSpan? {
    switch node {
    case .interval(let span): span
    case .unary(.negate, let operand): operand.span.map { TimeSpan(microseconds: 0 &- $0.microseconds) }
    default: nil
    }
  }
}
