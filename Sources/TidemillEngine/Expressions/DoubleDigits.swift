import TidemillColumns

/// The shortest decimal digits that stand for a double: 0.d₁d₂d₃… × 10^exponent.
struct DoubleDigits {
  private(set) var digits: [UInt8] = []
  private(set) var exponent = 0
  let isNegative: Bool

  /// - Precondition: `value` is finite.
  init(_ value: Double) {
    isNegative = value.sign == .minus
    var description = value.magnitude.description
    description.withUTF8 { text in
      var index = 0
      var seenPoint = false
      while index < text.count, text[index] | 32 != UInt8(ascii: "e") {
        if text[index] == UInt8(ascii: ".") {
          seenPoint = true
        } else if digits.isEmpty, text[index] == 48 {
          // A leading zero moves the point when it stands behind it.
          if seenPoint { exponent -= 1 }
        } else {
          digits.append(text[index] - 48)
          if !seenPoint { exponent += 1 }
        }
        index += 1
      }
      if index < text.count {
        exponent += Int(NumberText.integer(UnsafeBufferPointer(rebasing: text[(index + 1)...])) ?? 0)
      }
    }
    while digits.last == 0 { digits.removeLast() }
  }

  /// The double of these digits rounded half away from zero to `places` behind the point.
  func rounded(to places: Int) -> Double {
    let kept = exponent + places
    if kept < 0 { return 0 }
    var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    if kept >= digits.count {
      text.append(contentsOf: digits.map { $0 + 48 })
      return Double(String(decoding: text, as: UTF8.self) + "e\(exponent - digits.count)") ?? 0
    }
    var rounded: UInt64 = 0
    for digit in digits[..<kept] { rounded = rounded * 10 + UInt64(digit) }
    if digits[kept] >= 5 { rounded += 1 }
    return Double((isNegative ? "-" : "") + "\(rounded)e\(-places)") ?? 0
  }
}

extension NumberText {
  /// Appends the double as Java and so Spark writes it: `1.0`, `1.0E10`, `1.5E-5`, `NaN`, `Infinity`.
  static func append(_ value: Double, to text: inout TextWriter) {
    if value.isNaN { return text.append("NaN" as StaticString) }
    if value.sign == .minus { text.append(UInt8(ascii: "-")) }
    if value.isInfinite { return text.append("Infinity" as StaticString) }
    let size = value.magnitude
    if size < 1e7, size == size.rounded(.towardZero) {
      text.append(integer: Int64(size))
      return text.append(".0" as StaticString)
    }
    let shortest = DoubleDigits(size)
    let digits = shortest.digits
    let exponent = shortest.exponent
    if size >= 1e-3, size < 1e7 {
      // Not whole, so that there are digits behind the point.
      if exponent <= 0 {
        text.append("0." as StaticString)
        for _ in 0..<(-exponent) { text.append(48) }
      }
      for (index, digit) in digits.enumerated() {
        if index == exponent, index > 0 { text.append(UInt8(ascii: ".")) }
        text.append(48 + digit)
      }
      return
    }
    text.append(48 + digits[0])
    text.append(UInt8(ascii: "."))
    if digits.count == 1 { text.append(48) }
    for digit in digits.dropFirst() { text.append(48 + digit) }
    text.append(UInt8(ascii: "E"))
    text.append(integer: Int64(exponent - 1))
  }
}
