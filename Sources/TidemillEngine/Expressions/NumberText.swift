import TidemillColumns

/// Numbers and booleans as the text that casts read and write, and the conversions between kinds of number.
enum NumberText {
  /// Without the blanks and control characters around it.
  static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte <= 32 || byte == 127 }
    var start = 0
    var end = text.count
    while start < end, isBlank(text[start]) { start += 1 }
    while start < end, isBlank(text[end - 1]) { end -= 1 }
    return UnsafeBufferPointer(rebasing: text[start..<end])
  }

  /// `true`, `t`, `yes`, `y`, `1` and their opposites, in any case.
  static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    if text.count > 5 { return nil }
    // Strings of at most 15 bytes lie in themselves: nothing is allocated.
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "true", "t", "yes", "y", "1": return true
    case "false", "f", "no", "n", "0": return false
    default: return nil
    }
  }

  /// A sign and digits, nothing else.
  static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard let first = text.first else { return nil }
    let isSigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
    let digits = text.dropFirst(isSigned ? 1 : 0)
    if digits.isEmpty { return nil }
    // Counts down: the least integer has no positive counterpart.
    var value: Int64 = 0
    for byte in digits {
      guard byte &- 48 < 10 else { return nil }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, overflow2) = shifted.subtractingReportingOverflow(Int64(byte &- 48))
      if overflow || overflow2 { return nil }
      value = next
    }
    if first == UInt8(ascii: "-") { return value }
    return value == .min ? nil : -value
  }

  /// A decimal number with or without exponent, `NaN`, `inf` or `infinity` in any case.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    var negative = false
    if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      negative = first == UInt8(ascii: "-")
      index = 1
    }
    if index < text.count, text[index] > 57 { return special(text, from: index, negative: negative) }
    var mantissa: UInt64 = 0
    var digits = 0
    var fraction = 0
    var seenPoint = false
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else if byte &- 48 < 10 {
        digits += 1
        if digits < 19 { mantissa = mantissa * 10 + UInt64(byte &- 48) }
        if seenPoint { fraction += 1 }
      } else {
        break
      }
      index += 1
    }
    if digits == 0 { return nil }
    var exponent: Int64 = 0
    if index < text.count {
      guard text[index] | 32 == UInt8(ascii: "e"),
        let value = integer(UnsafeBufferPointer(rebasing: text[(index + 1)...]))
      else { return nil }
      exponent = min(max(value, -100_000), 100_000)
    }
    exponent -= Int64(fraction)
    // Both are exact as doubles then, and one operation rounds once.
    if digits < 19, mantissa <= 1 << 53, exponent.magnitude <= 22 {
      let power = Double(PowersOfTen.magnitude(Int(exponent.magnitude)))
      let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return negative ? -value : value
    }
    return Double(String(decoding: text, as: UTF8.self))
  }

  private static func special(_ text: UnsafeBufferPointer<UInt8>, from index: Int, negative: Bool) -> Double? {
    let word = String(decoding: text[index...], as: UTF8.self).lowercased()
    switch word {
    case "inf", "infinity": return negative ? -.infinity : .infinity
    case "nan": return index == 0 ? .nan : nil
    default: return nil
    }
  }

  /// The whole part, if it lies in the range.
  static func truncated(_ value: Double, _ range: ClosedRange<Int64>) -> Int64? {
    guard let whole = Int64(exactly: value.rounded(.towardZero)), range.contains(whole) else { return nil }
    return whole
  }

  /// The double nearest to the decimal.
  static func double(unscaled: Int128, scale: Int) -> Double? {
    if unscaled.magnitude <= 1 << 53, scale <= 22 {
      return Double(Int64(unscaled)) / Double(PowersOfTen.magnitude(scale))
    }
    return Double(DecimalText.string(unscaled: unscaled, scale: scale))
  }

  /// The decimal that the double is written as, rounded half up to `scale`.
  static func unscaled(_ value: Double, precision: Int, scale: Int) -> Int128? {
    // Up to 15 digits a double stands for one decimal, and division finds out whether this is it.
    if scale <= 15 {
      let power = Double(PowersOfTen.magnitude(scale))
      let scaled = (value * power).rounded()
      if scaled.magnitude < 1e15, scaled / power == value {
        let unscaled = Int128(Int64(scaled))
        return DecimalText.fits(unscaled, precision: precision) ? unscaled : nil
      }
    }
    if !value.isFinite { return nil }
    var text = value.description
    return text.withUTF8 { DecimalText.unscaled($0, precision: precision, scale: scale) }
  }
}
