/// Numbers as text, eight digits at a time.
enum Digits {
  static let zeros: UInt64 = 0x3030_3030_3030_3030
  static let eight: UInt64 = 100_000_000

  /// The eight digits of a number below 10^8, one a byte, the first one lowest: not yet text.
  @inline(__always)
  static func ofEight(_ value: UInt64) -> UInt64 {
    // First two numbers of four digits, then four of two, then eight of one, each divided in all places at once.
    let high = value / 10_000
    let fours = high | (value &- high &* 10_000) << 32
    let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (twos &- tens &* 10) << 8
  }

  /// 10^0 to 10^19.
  static func power(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power &*= 10 }
    return power
  }
}

extension ByteSink {
  /// At most 20 bytes.
  @inline(__always)
  mutating func write(integer value: Int64) {
    if value < 0 { write(UInt8(ascii: "-")) }
    write(digits: value.magnitude)
  }

  @inline(__always)
  mutating func write(digits value: UInt64) {
    if value < Digits.eight {
      let digits = Digits.ofEight(value)
      let leading = min(digits.trailingZeroBitCount >> 3, 7)
      write(word: (digits | Digits.zeros) >> UInt64(leading << 3), length: 8 - leading)
    } else {
      writeLong(digits: value)
    }
  }

  @inline(never)
  private mutating func writeLong(digits value: UInt64) {
    let high = value / Digits.eight
    if high < Digits.eight {
      write(digits: high)
    } else {
      write(digits: high / Digits.eight)
      write(word: Digits.ofEight(high % Digits.eight) | Digits.zeros, length: 8)
    }
    write(word: Digits.ofEight(value % Digits.eight) | Digits.zeros, length: 8)
  }

  /// The last `width` digits, with zeros in front; the value must not have more.
  @inline(__always)
  mutating func write(digits value: UInt64, width: Int) {
    var width = width
    var rest = value
    while width > 8 {
      let power = Digits.power(width - 8)
      write(digits: rest / power, width: 8)
      rest %= power
      width -= 8
    }
    write(word: (Digits.ofEight(rest) | Digits.zeros) >> UInt64((8 - width) << 3), length: width)
  }

  /// At most 42 bytes: `-12.30` for (-1230, 2).
  @inline(__always)
  mutating func write(unscaled: Int128, scale: Int) {
    let short = Int64(truncatingIfNeeded: unscaled)
    guard Int128(truncatingIfNeeded: short) == unscaled, scale <= 18 else {
      return writeWide(unscaled: unscaled, scale: scale)
    }
    if short < 0 { write(UInt8(ascii: "-")) }
    if scale == 0 { return write(digits: short.magnitude) }
    let power = Digits.power(scale)
    let whole = short.magnitude / power
    write(digits: whole)
    write(UInt8(ascii: "."))
    write(digits: short.magnitude &- whole &* power, width: scale)
  }

  @inline(never)
  private mutating func writeWide(unscaled: Int128, scale: Int) {
    if unscaled < 0 { write(UInt8(ascii: "-")) }
    var rest = unscaled.magnitude
    var reversed: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &reversed) { digits in
      var length = 0
      repeat {
        digits[length] = 48 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        length += 1
      } while rest > 0
      while length <= scale, length < 40 {
        digits[length] = 48
        length += 1
      }
      while length > 0 {
        length -= 1
        write(digits[length])
        if length == scale, scale > 0 { write(UInt8(ascii: ".")) }
      }
    }
  }

  /// At most 32 bytes: the fewest digits that read back as the same double. The value must be finite.
  @inline(__always)
  mutating func write(double value: Double) {
    let magnitude = value.magnitude
    // With at most 15 digits, a decimal that gives the same double is the shortest one: it has no other of that length.
    if magnitude < 1e15 {
      let whole = UInt64(magnitude)
      if Double(whole) == magnitude {
        if value.sign == .minus { write(UInt8(ascii: "-")) }
        write(digits: whole)
        return write(".0")
      }
    }
    writeFraction(value)
  }

  @inline(never)
  private mutating func writeFraction(_ value: Double) {
    let magnitude = value.magnitude
    if magnitude < 1e9 {
      let millionths = UInt64(magnitude * 1e6 + 0.5)
      if Double(millionths) / 1e6 == magnitude { return writeFixed(millionths, places: 6, isNegative: value.sign == .minus) }
    } else if magnitude < 1e15 {
      var power = 10.0
      for places in 1...5 {
        let scaled = magnitude * power
        if scaled >= 1e15 { break }
        let digits = UInt64(scaled + 0.5)
        if Double(digits) / power == magnitude {
          return writeFixed(digits, places: places, isNegative: value.sign == .minus)
        }
        power *= 10
      }
    }
    var text = value.description
    text.withUTF8 { write($0.baseAddress!, $0.count) }
  }

  /// A number with decimals, without zeros at their end.
  @inline(__always)
  private mutating func writeFixed(_ digits: UInt64, places: Int, isNegative: Bool) {
    if isNegative { write(UInt8(ascii: "-")) }
    let power = Digits.power(places)
    let whole = digits / power
    write(digits: whole)
    write(UInt8(ascii: "."))
    let decimals = (Digits.ofEight(digits &- whole &* power) | Digits.zeros) >> UInt64((8 - places) << 3)
    // Zeros at the end are the highest bytes; the first decimal stays.
    let unused = UInt64.max << UInt64(places << 3)
    let trailing = ((decimals ^ Digits.zeros) & ~unused).leadingZeroBitCount >> 3
    write(word: decimals, length: max(8 - trailing, 1))
  }
}
