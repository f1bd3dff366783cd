import SimdjsonBridge
import TidemillColumns

/// One to seven digits, read eight bytes at once.
struct JSONDigits {
  private let digits: UInt64
  private let next: UInt64
  let count: Int

  @inline(__always)
  init(_ at: UnsafePointer<UInt8>) {
    let word = UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
    digits = word ^ 0x3030_3030_3030_3030
    // The high bit of each byte that is no digit.
    let others =
      (((digits & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
    count = others.trailingZeroBitCount &>> 3
    next = (word &>> UInt64(truncatingIfNeeded: (count & 7) &<< 3)) & 0xFF
  }

  /// Whether this is a whole number of usual form: no sign, no leading zero, no fraction, no space behind it.
  @inline(__always)
  var isPlain: Bool {
    count &- 1 < 7 && count > 0 && endsValue && (_fastPath(!startsWithZero) || count == 1)
  }

  /// Whether a value may end here: at a comma or a brace, or at one of a few bytes that cannot go on with a number, and that will be
  /// found wrong.
  @inline(__always)
  var endsValue: Bool { next | 0x51 == UInt64(UInt8(ascii: "}")) }

  /// Whether this is what stands before a decimal point, and that is there.
  @inline(__always)
  var isPlainWhole: Bool {
    next == UInt64(UInt8(ascii: ".")) && areFew && (!startsWithZero || count == 1)
  }

  /// Whether there are one to seven digits, whatever precedes or follows.
  @inline(__always)
  var areFew: Bool { count &- 1 < 7 && count > 0 }

  /// The byte behind them.
  @inline(__always)
  var following: UInt8 { UInt8(truncatingIfNeeded: next) }

  /// What they say; only if there are one to seven.
  @inline(__always)
  var value: Int64 {
    var value = digits &<< UInt64(truncatingIfNeeded: 64 &- count &* 8)
    value = value &* 10 &+ (value &>> 8)
    let low = (value & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let high = ((value &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return Int64(truncatingIfNeeded: (low &+ high) &>> 32)
  }

  @inline(__always)
  var startsWithZero: Bool { digits & 0xFF == 0 }
}

/// Numbers as the columns take them. Each function stores the row's value and returns where its text ends; `nil` means that the
/// value is of the wrong type, no JSON, or too unusual.
enum JSONNumbers {
  /// An integer of any form, or `null`.
  @inline(never)
  static func integer(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>, isInt: Bool
  ) -> UnsafePointer<UInt8>? {
    guard JSONTextScan.startsNumber(at[0]) else { return slot.pointee.readNull(at, row) }
    if at[0] == UInt8(ascii: "-") {
      let digits = JSONDigits(at + 1)
      if digits.isPlain {
        slot.pointee.values.storeBytes(of: 0 &- digits.value, toByteOffset: row &* 8, as: Int64.self)
        return at + (digits.count &+ 1)
      }
    }
    var value: Int64 = 0
    var length = 0
    if let simple = simpleInteger(at) {
      value = simple.value
      length = simple.length
    } else {
      let outcome = copied(at, limit) { tidemill_json_integer($0, &value, &length) }
      guard outcome == Int32(tidemill_json_number_fits), length < longestCopied else { return nil }
    }
    if isInt, Int64(Int32(truncatingIfNeeded: value)) != value { return nil }
    slot.pointee.values.storeBytes(of: value, toByteOffset: row &* 8, as: Int64.self)
    return at + length
  }

  private static let longestCopied = 47

  /// Calls `body` with a number's text where nobody changes it, and where it ends: longer ones are cut off. Nothing if the text
  /// does not begin before `limit`.
  @inline(__always)
  private static func copied(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ body: (UnsafePointer<UInt8>) -> Int32
  ) -> Int32? {
    guard at < limit else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { copy in
      copy.initialize(repeating: 0)
      let count = min(longestCopied, limit - at)
      copy.baseAddress!.update(from: at, count: count)
      copy[count] = UInt8(ascii: "\n")
      return body(copy.baseAddress!)
    }
  }

  /// Up to 18 digits, perhaps with a sign, and then none of what makes a number another form.
  @inline(__always)
  private static func simpleInteger(_ at: UnsafePointer<UInt8>) -> (value: Int64, length: Int)? {
    let isNegative = at[0] == UInt8(ascii: "-")
    let first = isNegative ? 1 : 0
    var index = first
    var value: Int64 = 0
    while index < first &+ 18, at[index] &- 48 < 10 {
      value = value &* 10 &+ Int64(at[index] &- 48)
      index &+= 1
    }
    guard index > first, at[first] != 48 || index == first &+ 1, !continues(at[index]) else { return nil }
    return (isNegative ? 0 &- value : value, index)
  }

  /// Whether the byte behind digits makes them part of something else.
  @inline(__always)
  private static func continues(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
  }

  /// `12.34` as 1234 and 2, when there are few digits; the fraction may be missing.
  private struct Fixed {
    var magnitude: Int64
    var fraction: Int
    var isNegative: Bool
    var end: UnsafePointer<UInt8>

    @inline(__always)
    init?(_ start: UnsafePointer<UInt8>) {
      isNegative = start[0] == UInt8(ascii: "-")
      var at = isNegative ? start + 1 : start
      let whole = JSONDigits(at)
      guard whole.areFew, !whole.startsWithZero || whole.count == 1 else { return nil }
      magnitude = whole.value
      fraction = 0
      at += whole.count
      if at[0] == UInt8(ascii: ".") {
        let digits = JSONDigits(at + 1)
        guard digits.areFew else { return nil }
        fraction = digits.count
        magnitude = magnitude &* JSONNumbers.power(fraction) &+ digits.value
        at += fraction &+ 1
      }
      guard !JSONNumbers.continues(at[0]) else { return nil }
      end = at
    }
  }

  /// 10^exponent for 0...18.
  @inline(__always)
  fileprivate static func power(_ exponent: Int) -> Int64 { tidemill_power_of_ten(exponent) }

  /// Any number within the doubles, `null`, or the name of what is no number.
  @inline(never)
  static func double(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    let target = slot.pointee.values + row &* 8
    if let fixed = Fixed(at) {
      // At most 14 digits, so both factors are exact, and the one rounding is the right one.
      let size = Double(fixed.magnitude) / Double(power(fixed.fraction))
      target.storeBytes(of: fixed.isNegative ? -size : size, as: Double.self)
      return fixed.end
    }
    guard JSONTextScan.startsNumber(at[0]) else {
      return at[0] == UInt8(ascii: "\"") ? special(at, limit, target) : slot.pointee.readNull(at, row)
    }
    var value = 0.0
    var length = 0
    let outcome = copied(at, limit) { tidemill_json_double_value($0, &value, &length) }
    guard outcome == Int32(tidemill_json_number_fits), length < longestCopied else { return nil }
    target.storeBytes(of: value, as: Double.self)
    return at + length
  }

  private static func special(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ target: UnsafeMutableRawPointer
  ) -> UnsafePointer<UInt8>? {
    guard let text = JSONTextScan.text(at + 1, limit), !text.hasEscapes else { return nil }
    let content = UnsafeBufferPointer(start: at + 1, count: text.end - (at + 1))
    guard let value = TextParsing.specialDouble(content) else { return nil }
    target.storeBytes(of: value, as: Double.self)
    return text.end + 1
  }

  /// A number, or a string with one, or `null`.
  @inline(never)
  static func decimal(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    guard case .decimal(let precision, let scale) = slot.pointee.type else { return nil }
    let target = slot.pointee.values + row &* 16
    if precision <= 18, let fixed = Fixed(at), fixed.fraction <= scale, scale &- fixed.fraction <= 4 {
      // At most 14 digits and four zeros: within 64 bits.
      let magnitude = fixed.magnitude &* power(scale &- fixed.fraction)
      guard magnitude < power(precision) else { return nil }
      target.storeBytes(of: Int128(fixed.isNegative ? 0 &- magnitude : magnitude), as: Int128.self)
      return fixed.end
    }
    var content = at
    var count: Int
    var end: UnsafePointer<UInt8>
    if at[0] == UInt8(ascii: "\"") {
      guard let text = JSONTextScan.text(at + 1, limit), !text.hasEscapes else { return nil }
      content = at + 1
      count = text.end - content
      end = text.end + 1
    } else if JSONTextScan.startsNumber(at[0]) {
      guard let next = JSONTextScan.number(at, limit) else { return nil }
      count = next - at
      end = next
    } else {
      return slot.pointee.readNull(at, row)
    }
    let text = UnsafeBufferPointer(start: content, count: count)
    guard let value = DecimalText.unscaled(text, precision: precision, scale: scale) else { return nil }
    target.storeBytes(of: value, as: Int128.self)
    return end
  }
}
