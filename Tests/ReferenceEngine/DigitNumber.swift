/// A whole number of any length as decimal digits: slow, exact, and done as at school.
struct DigitNumber: Hashable, Sendable {
  /// The least significant digit first, without zeros at the end; empty for 0.
  private var digits: [UInt8]
  private var negative: Bool

  private init(digits: [UInt8], negative: Bool) {
    var digits = digits
    while digits.last == 0 { digits.removeLast() }
    self.digits = digits
    self.negative = negative && !digits.isEmpty
  }

  init(_ value: Int128) {
    self.init(digits: String(value.magnitude).utf8.reversed().map { $0 - 48 }, negative: value < 0)
  }

  /// Reads digits only, as text.
  init(digits text: some StringProtocol, negative: Bool) {
    self.init(digits: text.utf8.reversed().map { $0 - 48 }, negative: negative)
  }

  var isZero: Bool { digits.isEmpty }
  var isNegative: Bool { negative }
  var digitCount: Int { digits.count }

  /// The number as text, with a minus sign where it needs one.
  var text: String {
    (negative ? "-" : "") + (isZero ? "0" : String(decoding: digits.reversed().map { $0 + 48 }, as: UTF8.self))
  }

  /// `nil` when the number is out of the integer's range.
  func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? { Integer(text) }

  static prefix func - (number: DigitNumber) -> DigitNumber {
    DigitNumber(digits: number.digits, negative: !number.negative)
  }

  static func + (left: DigitNumber, right: DigitNumber) -> DigitNumber {
    if left.negative == right.negative {
      var sum: [UInt8] = []
      var carry: UInt8 = 0
      for index in 0..<max(left.digits.count, right.digits.count) {
        let total = left.digit(index) + right.digit(index) + carry
        sum.append(total % 10)
        carry = total / 10
      }
      return DigitNumber(digits: sum + [carry], negative: left.negative)
    }
    if left.isSmallerInMagnitude(than: right) { return right + left }
    var difference: [UInt8] = []
    var borrow: UInt8 = 0
    for index in left.digits.indices {
      let take = right.digit(index) + borrow
      borrow = left.digits[index] < take ? 1 : 0
      difference.append(left.digits[index] + borrow * 10 - take)
    }
    return DigitNumber(digits: difference, negative: left.negative)
  }

  static func - (left: DigitNumber, right: DigitNumber) -> DigitNumber { left + -right }

  static func * (left: DigitNumber, right: DigitNumber) -> DigitNumber {
    var product = [Int](repeating: 0, count: left.digits.count + right.digits.count + 1)
    for (leftIndex, leftDigit) in left.digits.enumerated() {
      for (rightIndex, rightDigit) in right.digits.enumerated() {
        product[leftIndex + rightIndex] += Int(leftDigit) * Int(rightDigit)
      }
    }
    for index in product.indices.dropLast() {
      product[index + 1] += product[index] / 10
      product[index] %= 10
    }
    return DigitNumber(digits: product.map { UInt8($0) }, negative: left.negative != right.negative)
  }

  /// Both signs as `/` and `%` of Swift's integers: the quotient is cut towards zero, the rest has the dividend's sign.
  func quotientAndRemainder(dividingBy divisor: DigitNumber) -> (quotient: DigitNumber, remainder: DigitNumber) {
    precondition(!divisor.isZero, "division by zero has no quotient")
    let magnitude = DigitNumber(digits: divisor.digits, negative: false)
    var quotient: [UInt8] = []
    var rest = DigitNumber(digits: [], negative: false)
    for digit in digits.reversed() {
      rest = DigitNumber(digits: [digit] + rest.digits, negative: false)
      var times: UInt8 = 0
      while !rest.isSmallerInMagnitude(than: magnitude) {
        rest = rest - magnitude
        times += 1
      }
      quotient.insert(times, at: 0)
    }
    return (
      DigitNumber(digits: quotient, negative: negative != divisor.negative),
      DigitNumber(digits: rest.digits, negative: negative)
    )
  }

  /// The quotient rounded to the nearest whole number, half away from zero.
  func divided(by divisor: DigitNumber) -> DigitNumber {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    let twice = remainder + remainder
    if twice.isSmallerInMagnitude(than: divisor) { return quotient }
    return quotient + DigitNumber(negative != divisor.negative ? -1 : 1)
  }

  /// The number times 10^places; for negative places rounded half away from zero.
  func shifted(by places: Int) -> DigitNumber {
    if places >= 0 {
      return DigitNumber(digits: [UInt8](repeating: 0, count: places) + digits, negative: negative)
    }
    guard -places <= digits.count else { return DigitNumber(0) }
    let kept = DigitNumber(digits: Array(digits[(-places)...]), negative: negative)
    return digits[-places - 1] >= 5 ? kept + DigitNumber(negative ? -1 : 1) : kept
  }

  /// The number divided by 10^places, cut towards zero.
  func truncated(by places: Int) -> DigitNumber {
    DigitNumber(digits: Array(digits.dropFirst(places)), negative: negative)
  }

  private func digit(_ index: Int) -> UInt8 { index < digits.count ? digits[index] : 0 }

  private func isSmallerInMagnitude(than other: DigitNumber) -> Bool {
    if digits.count != other.digits.count { return digits.count < other.digits.count }
    return digits.reversed().lexicographicallyPrecedes(other.digits.reversed())
  }
}
