/// Numbers as most files have them: a minus or none, digits, perhaps a point among them.
///
/// They give what `TextParsing` and `DecimalText` give, or `nil` where those must be asked.
enum PlainNumber {
  /// At most eight digits, at once.
  ///
  /// - Parameter text: behind it at least eight more bytes must be readable.
  @inline(__always)
  static func integer(_ text: UnsafePointer<UInt8>, count: Int) -> Int64? {
    let isNegative = text[0] == UInt8(ascii: "-")
    let digits = isNegative ? count - 1 : count
    guard digits >= 1, digits <= 8 else { return nil }
    let start = UnsafeRawPointer(isNegative ? text + 1 : text)
    let shift = UInt64(64 - digits << 3)
    // The digits end at the highest byte; zeros fill the lower ones.
    let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)) << shift ^ 0x3030_3030_3030_3030 << shift
    guard (word | (word &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 == 0 else { return nil }
    // Neighbours become one number each time: pairs, fours, all eight.
    let pairs = (word &* 2561) >> 8 & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 6_553_601) >> 16 & 0x0000_FFFF_0000_FFFF
    let value = Int64(truncatingIfNeeded: (fours &* 42_949_672_960_001) >> 32)
    return isNegative ? 0 &- value : value
  }

  /// A number with at most 15 digits, of which `places` stand behind the point.
  struct Fixed {
    var digits: UInt64
    var places: Int
    var isNegative: Bool
  }

  @inline(__always)
  static func fixed(_ text: UnsafePointer<UInt8>, count: Int) -> Fixed? {
    let isNegative = text[0] == UInt8(ascii: "-")
    var index = isNegative ? 1 : 0
    guard count - index >= 1, count - index <= 16 else { return nil }
    var digits: UInt64 = 0
    var point = -1
    while index < count {
      let digit = text[index] &- 48
      if digit <= 9 {
        digits = digits &* 10 &+ UInt64(digit)
      } else if text[index] == UInt8(ascii: "."), point < 0 {
        point = index
      } else {
        return nil
      }
      index += 1
    }
    let length = count - (isNegative ? 1 : 0) - (point < 0 ? 0 : 1)
    guard length >= 1, length <= 15 else { return nil }
    return Fixed(digits: digits, places: point < 0 ? 0 : count - 1 - point, isNegative: isNegative)
  }

  /// Both the digits and the power of ten are exact doubles, so the one rounding is the right one.
  @inline(__always)
  static func double(_ text: UnsafePointer<UInt8>, count: Int) -> Double? {
    guard let number = fixed(text, count: count) else { return nil }
    var power = 1.0
    for _ in 0..<number.places { power *= 10 }
    let value = Double(number.digits) / power
    return number.isNegative ? -value : value
  }

  /// A decimal of `scale` places, without its point; `nil` also if it is not below `limit`.
  @inline(__always)
  static func unscaled(_ text: UnsafePointer<UInt8>, count: Int, scale: Int, limit: UInt64) -> Int64? {
    guard let number = fixed(text, count: count), number.places <= scale, scale - number.places <= 3 else { return nil }
    var value = number.digits
    for _ in number.places..<scale { value &*= 10 }
    guard value < limit else { return nil }
    let signed = Int64(truncatingIfNeeded: value)
    return number.isNegative ? 0 &- signed : signed
  }
}
