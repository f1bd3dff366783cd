import TidemillColumns

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension RowKernels {
  /// NULL for the least integer, which has no opposite.
  func abs(_ operand: Operand, _ type: DataType) -> Column {
    let validity = validity(operand)
    switch operand.column.values {
    case .float64: return column(type, map(operand.elements(Double.self)) { $0.magnitude }, validity)
    case .int128: return column(type, map(operand.elements(Int128.self)) { $0 < 0 ? 0 &- $0 : $0 }, validity)
    default:
      let range = type.integerRange
      return compute(type, validity, operand.elements(Int64.self)) { value -> Int64? in
        guard let size = Int64(exactly: value.magnitude), range.contains(size) else { return nil }
        return size
      }
    }
  }

  /// `floor` and `ceil`: doubles give BIGINT (or stay DOUBLE if the type says so), decimals a decimal, integers themselves.
  func whole(_ operand: Operand, _ rule: FloatingPointRoundingRule, _ type: DataType) -> Column {
    let validity = validity(operand)
    switch operand.column.values {
    case .float64:
      let input = operand.elements(Double.self)
      if type == .double { return column(type, map(input) { $0.rounded(rule) }, validity) }
      let range = type.integerRange
      return compute(type, validity, input) { NumberText.truncated($0.rounded(rule), range) }
    case .int128:
      let divisor = Int128(PowersOfTen.magnitude(operand.scale))
      let wholes = compute(.decimal(precision: 38, scale: 0), validity, operand.elements(Int128.self)) { value -> Int128? in
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        if rule == .down { return rest < 0 ? quotient - 1 : quotient }
        return rest > 0 ? quotient + 1 : quotient
      }
      return cast(Operand(wholes), to: type)
    default: return cast(operand, to: type)
    }
  }

  /// Half away from zero, to places behind the point or, when negative, before it.
  func round(_ operands: [Operand], _ type: DataType) -> Column {
    let operand = operands[0]
    let digits = (operands.count > 1 ? operands[1] : Operand(constant: .integer(0), .int)).elements(Int64.self)
    let validity = validity(operands)
    func places(_ digits: Int64) -> Int { Int(min(max(digits, -400), 400)) }
    switch operand.column.values {
    case .float64:
      return compute(type, validity, operand.elements(Double.self), digits) { round($0, to: places($1)) }
    case .int128:
      guard case .decimal(let precision, let scale) = type else { preconditionFailure("round of a decimal gives a \(type)") }
      let own = operand.scale
      return compute(type, validity, operand.elements(Int128.self), digits) { value, digits -> Int128? in
        let kept = min(places(digits), own)
        guard let rounded = DecimalText.rescale(value, by: kept - own),
          let result = DecimalText.rescale(rounded, by: scale - kept), DecimalText.fits(result, precision: precision)
        else { return nil }
        return result
      }
    default:
      let range = type.integerRange
      return compute(type, validity, operand.elements(Int64.self), digits) { value, digits -> Int64? in
        if digits >= 0 { return value }
        if digits < -19 { return 0 }
        guard let tens = DecimalText.rescale(Int128(value), by: Int(digits)) else { return nil }
        return Int64(exactly: tens * Int128(PowersOfTen.magnitude(Int(-digits)))).flatMap { range.contains($0) ? $0 : nil }
      }
    }
  }

  /// Rounds the decimal that the double is written as: 2.675 to two places is 2.68, though the double lies below it.
  private func round(_ value: Double, to places: Int) -> Double {
    if !value.isFinite || value == 0 { return value }
    if places == 0 { return value.rounded(.toNearestOrAwayFromZero) }
    if places > 0, places <= 22 {
      let power = Double(PowersOfTen.magnitude(places))
      let scaled = value.magnitude * power
      let rest = scaled - scaled.rounded(.down)
      // Away from the middle by more than the product can be wrong, the digits need not be written out.
      if scaled < 1e12, (rest - 0.5).magnitude > scaled * 0x1p-48 {
        let rounded = scaled.rounded() / power
        return value < 0 && rounded != 0 ? -rounded : rounded
      }
    }
    return DoubleDigits(value).rounded(to: places)
  }

  /// NaN for negative numbers.
  func sqrt(_ operand: Operand) -> Column {
    let numbers = Operand(castToDouble(operand))
    return column(.double, map(numbers.elements(Double.self)) { $0.squareRoot() }, validity(numbers))
  }

  func power(_ base: Operand, _ exponent: Operand) -> Column {
    let one = base.type == .double ? base : Operand(castToDouble(base))
    let two = exponent.type == .double ? exponent : Operand(castToDouble(exponent))
    return column(
      .double,
      map(one.elements(Double.self), two.elements(Double.self)) { base, exponent in
        // Where C says 1, Java and so Spark say that it is no number.
        if exponent.isNaN || exponent.isInfinite && base.magnitude == 1 { return Double.nan }
        return pow(base, exponent)
      }, validity(one, two))
  }
}
