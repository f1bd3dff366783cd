/// Exact decimals as text, and their arithmetic on unscaled 128-bit integers.
public enum DecimalText {
  /// 10^exponent for 0...38.
  public static let powersOfTen: [Int128] = {
    var powers: [Int128] = [1]
    for _ in 0..<38 { powers.append(powers.last! * 10) }
    return powers
  }()

  /// `-12.30` for (-1230, 2).
  public static func string(unscaled: Int128, scale: Int) -> String {
    if scale <= 0 { return String(unscaled) }
    var digits = String(unscaled.magnitude)
    if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
    let point = digits.index(digits.endIndex, offsetBy: -scale)
    return (unscaled < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
  }

  /// Reads `-12.3e1` as an unscaled integer of `scale`, rounding half away from zero as Spark does; `nil` when it is no
  /// number or needs more than `precision` digits.
  public static func unscaled(_ text: UnsafeBufferPointer<UInt8>, precision: Int, scale: Int) -> Int128? {
    var index = 0
    var negative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    var value: Int128 = 0
    var digits = 0
    var fraction = 0
    var dropped = 0
    var roundUp = false
    var seenPoint = false
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        if seenPoint { return nil }
        seenPoint = true
      } else if byte &- 48 < 10 {
        digits += 1
        // 38 digits fit; of the rest only the first matters, for rounding.
        if value < powersOfTen[37] {
          value = value * 10 + Int128(byte &- 48)
          if seenPoint { fraction += 1 }
        } else {
          if dropped == 0 { roundUp = byte >= 53 }
          dropped += 1
          if seenPoint { fraction += 1 }
        }
      } else {
        break
      }
      index += 1
    }
    if digits == 0 { return nil }
    var exponent = 0
    if index < text.count {
      guard text[index] | 0x20 == UInt8(ascii: "e"), index + 1 < text.count,
        let parsed = Int(String(decoding: text[(index + 1)...], as: UTF8.self)), parsed.magnitude < 1000
      else { return nil }
      exponent = parsed
    }
    // value × 10^(dropped − fraction + exponent) is the number; bring it to `scale`.
    let shift = dropped - fraction + exponent + scale
    guard let scaled = rescale(value, by: shift, roundUp: dropped > 0 && roundUp), fits(scaled, precision: precision)
    else { return value == 0 ? 0 : nil }
    return negative ? -scaled : scaled
  }

  /// value × 10^shift, rounded half away from zero when digits are dropped; `nil` on overflow.
  public static func rescale(_ value: Int128, by shift: Int, roundUp: Bool = false) -> Int128? {
    if shift == 0 { return roundUp ? value + (value < 0 ? -1 : 1) : value }
    if shift > 0 {
      guard shift <= 38 else { return value == 0 ? 0 : nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: powersOfTen[shift])
      return overflow ? nil : product
    }
    guard -shift <= 38 else { return 0 }
    let divisor = powersOfTen[-shift]
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    if rest.magnitude >= (divisor.magnitude + 1) / 2 { return quotient + (value < 0 ? -1 : 1) }
    return quotient
  }

  /// Whether `value` has at most `precision` digits.
  public static func fits(_ value: Int128, precision: Int) -> Bool {
    value.magnitude < powersOfTen[min(precision, 38)].magnitude
  }
}
