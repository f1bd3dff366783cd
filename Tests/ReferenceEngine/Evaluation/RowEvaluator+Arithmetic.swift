import TidemillColumns
import TidemillPlan

extension RowEvaluator {
  func negated(_ operand: Value, _ type: DataType) -> Value {
    switch operand {
    case .integer(let value): integer(-Int128(value), type)
    case .double(let value): .double(-value)
    case .decimal(let unscaled, let scale): decimal(-DigitNumber(unscaled), scale: scale, type)
    default: .null
    }
  }

  func arithmetic(_ symbol: ArithmeticOperator, _ left: Value, _ right: Value, _ type: DataType) -> Value {
    switch (left, right) {
    case (.integer(let left), .integer(let right)):
      return integers(symbol, Int128(left), Int128(right), type)
    case (.double(let left), .double(let right)): return doubles(symbol, left, right)
    case (.decimal(let left, let leftScale), .decimal(let right, let rightScale)):
      return decimals(symbol, DigitNumber(left), leftScale, DigitNumber(right), rightScale, type)
    default: return .null
    }
  }

  private func integers(_ symbol: ArithmeticOperator, _ left: Int128, _ right: Int128, _ type: DataType) -> Value {
    switch symbol {
    case .add: return integer(left + right, type)
    case .subtract: return integer(left - right, type)
    case .multiply: return integer(left * right, type)
    case .remainder: return right == 0 ? .null : integer(left % right, type)
    case .divide: preconditionFailure("`/` of integers is a division of doubles")
    }
  }

  private func doubles(_ symbol: ArithmeticOperator, _ left: Double, _ right: Double) -> Value {
    switch symbol {
    case .add: .double(left + right)
    case .subtract: .double(left - right)
    case .multiply: .double(left * right)
    case .divide: right == 0 ? .null : .double(left / right)
    case .remainder: right == 0 ? .null : .double(left.truncatingRemainder(dividingBy: right))
    }
  }

  /// Exact, and rounded once, to the scale of the result.
  private func decimals(
    _ symbol: ArithmeticOperator, _ left: DigitNumber, _ leftScale: Int, _ right: DigitNumber, _ rightScale: Int,
    _ type: DataType
  ) -> Value {
    guard case .decimal(_, let resultScale) = type else { preconditionFailure("decimals give decimals, not \(type)") }
    let scale = max(leftScale, rightScale)
    let first = left.shifted(by: scale - leftScale)
    let second = right.shifted(by: scale - rightScale)
    switch symbol {
    case .add: return decimal(first + second, scale: scale, type)
    case .subtract: return decimal(first - second, scale: scale, type)
    case .multiply: return decimal(left * right, scale: leftScale + rightScale, type)
    case .divide:
      if second.isZero { return .null }
      return decimal(first.shifted(by: resultScale).divided(by: second), scale: resultScale, type)
    case .remainder:
      if second.isZero { return .null }
      return decimal(first.quotientAndRemainder(dividingBy: second).remainder, scale: scale, type)
    }
  }

  /// An integer of a type; NULL when out of its range.
  func integer(_ value: Int128, _ type: DataType) -> Value {
    if type == .int { return Int32(exactly: value).map { .integer(Int64($0)) } ?? .null }
    return Int64(exactly: value).map { .integer($0) } ?? .null
  }

  /// A number of `scale` decimals as a decimal of a type, rounded half away from zero; NULL when it has too many digits.
  func decimal(_ unscaled: DigitNumber, scale: Int, _ type: DataType) -> Value {
    guard case .decimal(_, let resultScale) = type else { preconditionFailure("\(type) is no decimal") }
    return decimalValue(unscaled.shifted(by: resultScale - scale), of: type) ?? .null
  }
}
