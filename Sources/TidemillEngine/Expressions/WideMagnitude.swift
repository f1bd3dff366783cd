/// An unsigned integer of 256 bits: what decimal arithmetic needs in between, where two 38-digit numbers meet.
struct WideMagnitude: Comparable {
  var high: UInt128
  var low: UInt128

  init(_ low: UInt128) {
    high = 0
    self.low = low
  }

  init(high: UInt128, low: UInt128) {
    self.high = high
    self.low = low
  }

  init(_ left: UInt128, times right: UInt128) {
    let product = left.multipliedFullWidth(by: right)
    high = product.high
    low = product.low
  }

  /// The number itself if 128 bits hold it.
  var narrow: UInt128? { high == 0 ? low : nil }

  static func < (left: WideMagnitude, right: WideMagnitude) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// The sum; wraps at 256 bits, which 38-digit numbers scaled by 10^38 do not reach.
  static func &+ (left: WideMagnitude, right: WideMagnitude) -> WideMagnitude {
    let (low, carry) = left.low.addingReportingOverflow(right.low)
    return WideMagnitude(high: left.high &+ right.high &+ (carry ? 1 : 0), low: low)
  }

  /// The difference; the left must not be less.
  static func &- (left: WideMagnitude, right: WideMagnitude) -> WideMagnitude {
    let (low, borrow) = left.low.subtractingReportingOverflow(right.low)
    return WideMagnitude(high: left.high &- right.high &- (borrow ? 1 : 0), low: low)
  }

  /// `nil` when 256 bits do not hold the product.
  func multiplied(by factor: UInt128) -> WideMagnitude? {
    let lower = WideMagnitude(low, times: factor)
    let (upper, overflow) = high.multipliedReportingOverflow(by: factor)
    let (sum, carry) = lower.high.addingReportingOverflow(upper)
    return overflow || carry ? nil : WideMagnitude(high: sum, low: lower.low)
  }

  /// - Precondition: `divisor` is not zero.
  func divided(by divisor: UInt128) -> (quotient: WideMagnitude, remainder: UInt128) {
    if high == 0 {
      let (quotient, remainder) = low.quotientAndRemainder(dividingBy: divisor)
      return (WideMagnitude(quotient), remainder)
    }
    let (upper, rest) = high.quotientAndRemainder(dividingBy: divisor)
    let (lower, remainder) = divisor.dividingFullWidth((rest, low))
    return (WideMagnitude(high: upper, low: lower), remainder)
  }

  /// × 10^exponent; `nil` when 256 bits do not hold it.
  func scaled(up exponent: Int) -> WideMagnitude? {
    var result = self
    var rest = exponent
    while rest > 0 {
      let step = min(rest, 38)
      guard let next = result.multiplied(by: PowersOfTen.magnitude(step)) else { return nil }
      result = next
      rest -= step
    }
    return result
  }

  /// ÷ 10^exponent, what is behind the point cut off.
  func cut(by exponent: Int) -> WideMagnitude {
    var result = self
    var rest = exponent
    while rest > 0 {
      let step = min(rest, 38)
      result = result.divided(by: PowersOfTen.magnitude(step)).quotient
      rest -= step
    }
    return result
  }

  /// ÷ 10^exponent, rounded half up.
  func rounded(by exponent: Int) -> WideMagnitude {
    if exponent <= 0 { return self }
    // Half up looks at the first dropped digit only.
    let (quotient, digit) = cut(by: exponent - 1).divided(by: 10)
    return digit >= 5 ? quotient &+ WideMagnitude(1) : quotient
  }
}

/// 10^0 ... 10^38 as magnitudes.
enum PowersOfTen {
  private static let magnitudes: [UInt128] = (0...38).map { exponent in
    var power: UInt128 = 1
    for _ in 0..<exponent { power *= 10 }
    return power
  }

  static func magnitude(_ exponent: Int) -> UInt128 { magnitudes[exponent] }
}
