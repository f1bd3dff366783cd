import TidemillColumns

/// An operand with its place in the text, for errors that point at it.
struct Operand {
  var typed: TypedExpression
  var range: TextRange?

  var type: DataType { typed.type }
}

/// Which type two expressions meet at.
struct Coercion {
  var zone: SessionZone

  /// Casts both sides of a comparison to one type.
  func comparing(_ left: Operand, _ right: Operand, _ operation: String, at range: TextRange?) throws -> (
    TypedExpression, TypedExpression
  ) {
    if left.type == .window || right.type == .window {
      throw TidemillError(
        .unsupported, "a window cannot be compared with \(operation)", hint: "compare its .start or .end", at: range)
    }
    var (left, right) = (left, right)
    if case .decimal = left.type { right.typed = narrowed(right.typed) }
    if case .decimal = right.type { left.typed = narrowed(left.typed) }
    guard let type = comparedType(left, right) else {
      throw TidemillError(
        .invalidQuery, "\(left.type) cannot be compared with \(right.type)", hint: "CAST one of them", at: range)
    }
    return (try convert(left, to: type), try convert(right, to: type))
  }

  /// The type at which two values are compared: text gives way to the other's type.
  private func comparedType(_ left: Operand, _ right: Operand) -> DataType? {
    if left.type == right.type || right.typed.isNullLiteral { return left.type }
    if left.typed.isNullLiteral { return right.type }
    switch (left.type, right.type) {
    case (.string, let other): return numericType(ofText: left, against: other)
    case (let other, .string): return numericType(ofText: right, against: other)
    default: return common(left.type, right.type)
    }
  }

  /// Text compared with an integer is read as one, but `'1.5'` is better read as a double than as nothing.
  private func numericType(ofText text: Operand, against other: DataType) -> DataType {
    guard other.isInteger, case .string(let constant)? = text.typed.constant, Int64(constant.trimmingSpaces) == nil,
      Double(constant.trimmingSpaces) != nil
    else { return other == .int ? .bigint : other }
    return .double
  }

  /// The type of a choice between expressions (CASE, coalesce, IN); `nil` when they have none in common.
  func common(_ operands: [Operand]) -> DataType? {
    var type: DataType?
    for operand in operands where !operand.typed.isNullLiteral {
      guard let before = type else {
        type = operand.type
        continue
      }
      if before == operand.type { continue }
      if let both = common(before, operand.type) {
        type = both
      } else if before == .string || operand.type == .string {
        let other = before == .string ? operand.type : before
        // Constant text beside dates and times is one of them; anything else beside text becomes text.
        let texts = operands.filter { $0.type == .string && !$0.typed.isNullLiteral }
        let isTime = other == .timestamp || other == .date
        if other == .window { return nil }
        type = isTime && texts.allSatisfy { $0.typed.constant != nil } ? other : .string
      } else {
        return nil
      }
    }
    return type ?? operands.first?.type
  }

  /// int → bigint → decimal → double, and date → timestamp.
  func common(_ left: DataType, _ right: DataType) -> DataType? {
    if left == right { return left }
    switch (left, right) {
    case (.int, .bigint), (.bigint, .int): return .bigint
    case (.date, .timestamp), (.timestamp, .date): return .timestamp
    default: break
    }
    guard left.isNumeric, right.isNumeric else { return nil }
    if let left = DecimalTypes.holding(left), let right = DecimalTypes.holding(right) {
      return DecimalTypes.common(left, right)
    }
    return .double
  }

  /// Casts without being asked to: constant text that is no value of the type is an error, not a NULL.
  func convert(_ operand: Operand, to type: DataType) throws -> TypedExpression {
    let converted = Casts.cast(operand.typed, to: type, zone: zone)
    guard converted.isNullLiteral, !operand.typed.isNullLiteral, case .string(let text)? = operand.typed.constant
    else { return converted }
    let example =
      switch type {
      case .timestamp: "write it as '2024-03-01 12:00:00'"
      case .date: "write it as '2024-03-01'"
      default: "write \(type.sqlName), or CAST the other side to STRING"
      }
    throw TidemillError(.invalidQuery, "'\(text)' is no \(type)", hint: example, at: operand.range)
  }

  /// The operand of decimal arithmetic; doubles stay doubles.
  func decimal(_ expression: TypedExpression) -> TypedExpression {
    let narrow = narrowed(expression)
    guard let (precision, scale) = DecimalTypes.holding(narrow.type) else { return narrow }
    return Casts.cast(narrow, to: .decimal(precision: precision, scale: scale), zone: zone)
  }

  /// A constant integer as the smallest decimal that holds it, so that `price * 2` does not grow by ten digits.
  private func narrowed(_ expression: TypedExpression) -> TypedExpression {
    guard expression.type.isInteger, case .integer(let number)? = expression.constant else { return expression }
    return Casts.cast(expression, to: .decimal(precision: String(number.magnitude).count, scale: 0), zone: zone)
  }
}
