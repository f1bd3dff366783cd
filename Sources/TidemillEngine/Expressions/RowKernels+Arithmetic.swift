import TidemillColumns
import TidemillPlan

extension RowKernels {
  /// NULL where the result is beyond its type, and where a divisor is zero.
  func arithmetic(_ symbol: ArithmeticOperator, _ left: Operand, _ right: Operand, _ type: DataType) -> Column {
    switch type.layout {
    case .float64: doubleArithmetic(symbol, left, right)
    case .int128: decimalArithmetic(symbol, left, right, type)
    default: integerArithmetic(symbol, left, right, type)
    }
  }

  func negate(_ operand: Operand, _ type: DataType) -> Column {
    switch operand.column.values {
    case .float64: column(type, map(operand.elements(Double.self)) { -$0 }, validity(operand))
    case .int128: column(type, map(operand.elements(Int128.self)) { 0 &- $0 }, validity(operand))
    default: integerArithmetic(.subtract, Operand(constant: .integer(0), type), operand, type)
    }
  }

  private func integerArithmetic(
    _ symbol: ArithmeticOperator, _ left: Operand, _ right: Operand, _ type: DataType
  ) -> Column {
    let one = left.elements(Int64.self)
    let two = right.elements(Int64.self)
    let validity = validity(left, right)
    // Overflow is rare: compute without branches, and let the sign bit of `bad` say at the end whether any row overflowed.
    var bad: Int64 = 0
    let fast: Buffer<Int64>?
    switch symbol {
    case .add where type == .int: fast = map(one, two) { note($0 &+ $1, &bad) }
    case .subtract where type == .int: fast = map(one, two) { note($0 &- $1, &bad) }
    case .multiply where type == .int: fast = map(one, two) { note($0 &* $1, &bad) }
    case .add:
      fast = map(one, two) { left, right in
        let sum = left &+ right
        bad |= (left ^ sum) & (right ^ sum)
        return sum
      }
    case .subtract:
      fast = map(one, two) { left, right in
        let difference = left &- right
        bad |= (left ^ right) & (left ^ difference)
        return difference
      }
    default: fast = nil
    }
    if let fast, bad >= 0 { return column(type, fast, validity) }
    let range = type.integerRange
    func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Int64? {
      result.overflow || !range.contains(result.partialValue) ? nil : result.partialValue
    }
    switch symbol {
    case .add: return compute(type, validity, one, two) { checked($0.addingReportingOverflow($1)) }
    case .subtract: return compute(type, validity, one, two) { checked($0.subtractingReportingOverflow($1)) }
    case .multiply: return compute(type, validity, one, two) { checked($0.multipliedReportingOverflow(by: $1)) }
    case .divide: return compute(type, validity, one, two) { checked($0.dividedReportingOverflow(by: $1)) }
    // The least integer % -1 is 0, which the processor's division cannot say.
    case .remainder: return compute(type, validity, one, two) { $1 == 0 ? nil : $1 == -1 ? 0 : $0 % $1 }
    }
  }

  /// Notes in the sign bit of `bad` that `value` is no INT.
  @inline(__always)
  private func note(_ value: Int64, _ bad: inout Int64) -> Int64 {
    bad |= (value &+ 0x8000_0000) | (0x7FFF_FFFF &- value)
    return value
  }

  private func doubleArithmetic(_ symbol: ArithmeticOperator, _ left: Operand, _ right: Operand) -> Column {
    let one = left.elements(Double.self)
    let two = right.elements(Double.self)
    let validity = validity(left, right)
    switch symbol {
    case .add: return column(.double, map(one, two) { $0 + $1 }, validity)
    case .subtract: return column(.double, map(one, two) { $0 - $1 }, validity)
    case .multiply: return column(.double, map(one, two) { $0 * $1 }, validity)
    case .divide:
      var zeros: UInt8 = 0
      let quotients = map(one, two) { left, right in
        zeros |= right == 0 ? 1 : 0
        return left / right
      }
      if zeros == 0 { return column(.double, quotients, validity) }
      return compute(.double, validity, one, two) { $1 == 0 ? nil : $0 / $1 }
    case .remainder:
      return compute(.double, validity, one, two) { $1 == 0 ? nil : $0.truncatingRemainder(dividingBy: $1) }
    }
  }

  private func decimalArithmetic(
    _ symbol: ArithmeticOperator, _ left: Operand, _ right: Operand, _ type: DataType
  ) -> Column {
    guard case .decimal(let precision, let scale) = type else { preconditionFailure("decimal arithmetic gives a \(type)") }
    let arithmetic = DecimalArithmetic(
      leftScale: left.scale, rightScale: right.scale, precision: precision, scale: scale)
    let one = left.elements(Int128.self)
    let two = right.elements(Int128.self)
    let validity = validity(left, right)
    switch symbol {
    case .add: return compute(type, validity, one, two) { arithmetic.sum($0, $1) }
    case .subtract: return compute(type, validity, one, two) { arithmetic.sum($0, 0 &- $1) }
    case .multiply: return compute(type, validity, one, two) { arithmetic.product($0, $1) }
    case .divide: return compute(type, validity, one, two) { arithmetic.quotient($0, $1) }
    case .remainder: return compute(type, validity, one, two) { arithmetic.remainder($0, $1) }
    }
  }
}

extension DataType {
  /// What an integer column of this type may hold.
  var integerRange: ClosedRange<Int64> {
    self == .int ? Int64(Int32.min)...Int64(Int32.max) : Int64.min...Int64.max
  }
}
