import TidemillColumns

/// Arithmetic on unscaled decimals of two scales, with a result of a third: exact in between, rounded once, half up, to the
/// result's scale; `nil` when that needs more digits than the result's precision.
struct DecimalArithmetic {
  private let leftScale: Int
  private let rightScale: Int
  private let scale: Int
  private let limit: UInt128
  /// What brings the operands to one scale.
  private let common: Int
  private let leftFactor: Int128
  private let rightFactor: Int128
  private let isAligned: Bool

  init(leftScale: Int, rightScale: Int, precision: Int, scale: Int) {
    self.leftScale = leftScale
    self.rightScale = rightScale
    self.scale = scale
    limit = PowersOfTen.magnitude(min(precision, 38))
    common = max(leftScale, rightScale)
    leftFactor = Int128(PowersOfTen.magnitude(common - leftScale))
    rightFactor = Int128(PowersOfTen.magnitude(common - rightScale))
    isAligned = leftScale == rightScale && scale == leftScale
  }

  /// The sum; of a difference the caller negates the right.
  func sum(_ left: Int128, _ right: Int128) -> Int128? {
    if isAligned {
      let (sum, overflow) = left.addingReportingOverflow(right)
      return overflow || sum.magnitude >= limit ? nil : sum
    }
    let one = WideMagnitude(left.magnitude, times: leftFactor.magnitude)
    let two = WideMagnitude(right.magnitude, times: rightFactor.magnitude)
    if (left < 0) == (right < 0) { return finished(one &+ two, scale: common, negative: left < 0) }
    return one < two
      ? finished(two &- one, scale: common, negative: right < 0)
      : finished(one &- two, scale: common, negative: left < 0)
  }

  func product(_ left: Int128, _ right: Int128) -> Int128? {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    if !overflow, leftScale + rightScale == scale { return product.magnitude >= limit ? nil : product }
    return finished(
      WideMagnitude(left.magnitude, times: right.magnitude), scale: leftScale + rightScale,
      negative: (left < 0) != (right < 0))
  }

  func quotient(_ left: Int128, _ right: Int128) -> Int128? {
    if right == 0 { return nil }
    // Twice the quotient, cut off, tells which way to round.
    let doubled = WideMagnitude(left.magnitude, times: 2)
    let exponent = scale - leftScale + rightScale
    let twice: WideMagnitude
    if exponent >= 0 {
      // More than 256 bits divided by at most 127 are more than 38 digits.
      guard let numerator = doubled.scaled(up: exponent) else { return nil }
      twice = numerator.divided(by: right.magnitude).quotient
    } else {
      twice = doubled.divided(by: right.magnitude).quotient.cut(by: -exponent)
    }
    let rounded = (twice &+ WideMagnitude(1)).divided(by: 2).quotient
    return finished(rounded, scale: scale, negative: (left < 0) != (right < 0))
  }

  /// The sign follows the dividend.
  func remainder(_ left: Int128, _ right: Int128) -> Int128? {
    if right == 0 { return nil }
    let one = WideMagnitude(left.magnitude, times: leftFactor.magnitude)
    let two = WideMagnitude(right.magnitude, times: rightFactor.magnitude)
    // Only one of the two was scaled; a divisor beyond 128 bits is therefore greater than the dividend.
    let rest = two.narrow.map { one.divided(by: $0).remainder } ?? left.magnitude
    return finished(WideMagnitude(rest), scale: common, negative: left < 0)
  }

  private func finished(_ magnitude: WideMagnitude, scale from: Int, negative: Bool) -> Int128? {
    guard let scaled = from >= scale ? magnitude.rounded(by: from - scale) : magnitude.scaled(up: scale - from),
      let narrow = scaled.narrow, narrow < limit
    else { return nil }
    return negative ? -Int128(narrow) : Int128(narrow)
  }
}
