import TidemillColumns

/// Reads JSON values one by one, for samples. It need not be fast; anything that is no JSON gives `nil`.
struct JSONScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var index = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// A value; objects keep the order of their keys.
  indirect enum Value {
    case null, boolean, integer, double, array
    case string([UInt8])
    case object([(key: String, value: Value)])
  }

  /// The one value that the bytes are.
  mutating func document() -> Value? {
    guard let value = value(depth: 0) else { return nil }
    skipSpace()
    return index == bytes.count ? value : nil
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) -> Value? {
    skipSpace()
    guard index < bytes.count, depth < 256 else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "{"): return object(depth: depth)
    case UInt8(ascii: "["): return array(depth: depth)
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return literal("true") ? .boolean : nil
    case UInt8(ascii: "f"): return literal("false") ? .boolean : nil
    case UInt8(ascii: "n"): return literal("null") ? .null : nil
    default: return number()
    }
  }

  private mutating func literal(_ text: StaticString) -> Bool {
    let end = index + text.utf8CodeUnitCount
    guard end <= bytes.count else { return false }
    let matches = bytes[index..<end].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: end - index))
    index = end
    return matches
  }

  private mutating func number() -> Value? {
    let start = index
    while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
    let text = UnsafeBufferPointer(rebasing: bytes[start..<index])
    guard let first = text.first, first == UInt8(ascii: "-") || first &- 48 < 10, NumberText(text) != nil else { return nil }
    let isPlain = !text.contains { [0x2E, 0x45, 0x65].contains($0) }
    return isPlain && TextParsing.integer(text) != nil ? .integer : .double
  }

  private mutating func string() -> [UInt8]? {
    index += 1
    var text: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return text }
      if byte < 0x20 { return nil }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard index < bytes.count else { return nil }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "t"): text.append(9)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "b"): text.append(8)
      case UInt8(ascii: "f"): text.append(12)
      case UInt8(ascii: "u"):
        guard let point = codePoint() else { return nil }
        text.append(contentsOf: Array(String(point).utf8))
      default: text.append(escape)
      }
    }
    return nil
  }

  private mutating func codePoint() -> Unicode.Scalar? {
    guard let unit = hexWord() else { return nil }
    guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
    guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
      return "\u{FFFD}"
    }
    let back = index
    index += 2
    guard let low = hexWord() else { return nil }
    if low & 0xFC00 == 0xDC00 { return Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)) }
    index = back
    return "\u{FFFD}"
  }

  private mutating func hexWord() -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    let digits = String(decoding: bytes[index..<(index + 4)], as: UTF8.self)
    index += 4
    return digits.hasPrefix("+") || digits.hasPrefix("-") ? nil : UInt32(digits, radix: 16)
  }

  private mutating func array(depth: Int) -> Value? {
    index += 1
    if take("]") { return .array }
    repeat {
      if value(depth: depth + 1) == nil { return nil }
    } while take(",")
    return take("]") ? .array : nil
  }

  private mutating func object(depth: Int) -> Value? {
    index += 1
    var members: [(key: String, value: Value)] = []
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), let key = string(), take(":"),
        let value = value(depth: depth + 1)
      else { return nil }
      members.append((String(decoding: key, as: UTF8.self), value))
    } while take(",")
    return take("}") ? .object(members) : nil
  }
}
