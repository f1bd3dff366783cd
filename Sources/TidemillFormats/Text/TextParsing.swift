import TidemillColumns

/// What text means as a value of each type. Every text format reads values by these rules and no others.
///
/// Nothing here allocates on the usual paths, and no bytes trap.
enum TextParsing {
  /// An integer: `12`, `-3`, `+4`, and exactly integral forms such as `1.0` and `1e3`.
  @inline(__always)
  static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let count = text.count
    guard count > 0, count <= 18, let base = text.baseAddress else { return integerOfAnyForm(text) }
    let isSigned = base[0] == UInt8(ascii: "-") || base[0] == UInt8(ascii: "+")
    var index = isSigned ? 1 : 0
    if index == count { return nil }
    var value: Int64 = 0
    while index < count {
      let digit = base[index] &- 48
      if digit > 9 { return integerOfAnyForm(text) }
      value = value &* 10 &+ Int64(digit)
      index += 1
    }
    return base[0] == UInt8(ascii: "-") ? -value : value
  }

  private static func integerOfAnyForm(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard let number = NumberText(text) else { return nil }
    return number.exactInteger
  }

  /// A number, `NaN`, `Infinity` or `-Infinity`; `nil` also when it is beyond the largest double.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard let number = NumberText(text) else { return specialDouble(text) }
    return number.double
  }

  static func specialDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    func equals(_ name: StaticString) -> Bool {
      text.count == name.utf8CodeUnitCount && text.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: text.count))
    }
    if equals("NaN") { return .nan }
    if equals("Infinity") { return .infinity }
    return equals("-Infinity") ? -.infinity : nil
  }

  /// `true` or `false`, in any case.
  static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    func equals(_ name: StaticString) -> Bool {
      guard text.count == name.utf8CodeUnitCount else { return false }
      for index in 0..<text.count where text[index] | 0x20 != name.utf8Start[index] { return false }
      return true
    }
    return equals("true") ? true : equals("false") ? false : nil
  }

  /// The same text without spaces and tabs around it.
  @inline(__always)
  static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard let base = text.baseAddress else { return text }
    var start = 0
    var end = text.count
    while start < end, base[start] == 32 || base[start] == 9 { start += 1 }
    while end > start, base[end - 1] == 32 || base[end - 1] == 9 { end -= 1 }
    return UnsafeBufferPointer(start: base + start, count: end - start)
  }

  /// An epoch second as a timestamp, as Spark reads JSON integers; `nil` beyond the year 9999, where milliseconds would land.
  static func timestamp(seconds: Int64) -> Int64? {
    seconds.magnitude <= 253_402_300_799 ? seconds * 1_000_000 : nil
  }
}
