/// A decimal number's text, taken apart: (-1)^isNegative × mantissa × 10^exponent.
struct NumberText {
  private let text: UnsafeBufferPointer<UInt8>
  private var isNegative = false
  private var mantissa: UInt64 = 0
  private var exponent = 0
  /// More than 19 digits: the mantissa lacks some that are not zero.
  private var isTruncated = false

  /// `-12.5e3`, also `+1`, `.5` and `5.`; `nil` for anything else.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    var index = 0
    let count = text.count
    if index < count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    var digits = 0
    var seenPoint = false
    while index < count {
      let digit = text[index] &- 48
      if digit <= 9 {
        digits += 1
        take(digit, isBehindPoint: seenPoint)
      } else if text[index] == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else {
        break
      }
      index += 1
    }
    if digits == 0 { return nil }
    guard index < count else { return }
    guard text[index] | 0x20 == UInt8(ascii: "e"), let power = Self.power(text, from: index + 1) else { return nil }
    exponent += power
  }

  private mutating func take(_ digit: UInt8, isBehindPoint: Bool) {
    if mantissa < 1_000_000_000_000_000_000 {
      mantissa = mantissa * 10 + UInt64(digit)
      if isBehindPoint { exponent -= 1 }
    } else {
      if digit != 0 { isTruncated = true }
      if !isBehindPoint { exponent += 1 }
    }
  }

  private static func power(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var index = start
    var sign = 1
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      if text[index] == UInt8(ascii: "-") { sign = -1 }
      index += 1
    }
    if index == text.count { return nil }
    var power = 0
    while index < text.count {
      let digit = text[index] &- 48
      if digit > 9 { return nil }
      if power < 100_000_000 { power = power * 10 + Int(digit) }
      index += 1
    }
    return sign * power
  }

  /// The integer that the number is exactly; `nil` when it is none within 64 bits.
  var exactInteger: Int64? {
    if mantissa == 0 { return 0 }
    if isTruncated { return nil }
    var magnitude = mantissa
    var power = exponent
    while power < 0 {
      guard magnitude % 10 == 0 else { return nil }
      magnitude /= 10
      power += 1
    }
    guard power < 20 else { return nil }
    while power > 0 {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      magnitude = product
      power -= 1
    }
    if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  /// The nearest double; `nil` beyond the largest.
  var double: Double? {
    if !isTruncated, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
      // Both factors are exact doubles, so the one rounding is the right one.
      let value = Double(mantissa)
      let scaled =
        exponent < 0 ? value / Self.powersOfTen[-exponent] : value * Self.powersOfTen[exponent]
      return isNegative ? -scaled : scaled
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)) else { return nil }
    return value.isFinite ? value : nil
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
