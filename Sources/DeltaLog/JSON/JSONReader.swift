/// Text that is no JSON.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where, in bytes from the start of the text.
  package var offset: Int
  package var reason: String

  package var description: String { "\(reason) at byte \(offset)" }
}

/// Reads one JSON value from UTF-8. Whatever the bytes are, it throws or succeeds; it never traps.
package struct JSONReader {
  /// How deep arrays and objects may lie in one another.
  private static let deepest = 200

  private let bytes: UnsafeBufferPointer<UInt8>
  private var offset = 0
  private var depth = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// - Throws: `JSONError` when the bytes are anything but one value and white space.
  package static func value(of bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    if reader.offset < bytes.count { throw reader.error("something behind the value") }
    return value
  }

  package static func value(of bytes: [UInt8]) throws -> JSONValue { try bytes.withUnsafeBufferPointer { try value(of: $0) } }

  package static func value(of text: String) throws -> JSONValue {
    var text = text
    return try text.withUTF8 { try value(of: $0) }
  }

  private func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

  private mutating func skipSpace() {
    while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  /// Digits, signs, the point and the letter e.
  private static func isOfNumber(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == 0x65
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    guard offset < bytes.count else { throw error("the text ends where a value is missing") }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(_ body: (inout JSONReader) throws -> JSONValue) throws -> JSONValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("values lie too deep in one another") }
    offset += 1
    return try body(&self)
  }

  private mutating func object() throws -> JSONValue {
    var fields: [JSONField] = []
    if take("}") { return .object(fields) }
    repeat {
      skipSpace()
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw error("a field has no name") }
      let name = try string()
      guard take(":") else { throw error("a colon is missing") }
      fields.append(JSONField(name, try value()))
    } while take(",")
    guard take("}") else { throw error("an object does not end") }
    return .object(fields)
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    if take("]") { return .array(elements) }
    repeat { elements.append(try value()) } while take(",")
    guard take("]") else { throw error("an array does not end") }
    return .array(elements)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < bytes.count, bytes[offset] == word.utf8Start[index] else { throw error("an unknown word") }
      offset += 1
    }
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = offset
    while offset < bytes.count, Self.isOfNumber(bytes[offset]) { offset += 1 }
    let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard offset > start, Double(digits) != nil else {
      offset = start
      throw error("this is no value")
    }
    return .number(digits)
  }

  private mutating func string() throws -> String {
    offset += 1
    var start = offset
    // Nearly all are without escapes.
    while offset < bytes.count, bytes[offset] >= 0x20, bytes[offset] != UInt8(ascii: "\\"), bytes[offset] != UInt8(ascii: "\"")
    {
      offset += 1
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") {
      offset += 1
      return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<(offset - 1)]), as: UTF8.self)
    }
    var text: [UInt8] = []
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[start..<offset])
        offset += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[start..<offset])
        offset += 1
        text.append(contentsOf: String(Character(try escaped())).utf8)
        start = offset
      case 0..<0x20: throw error("a control character in a string")
      default: offset += 1
      }
    }
    throw error("a string does not end")
  }

  private mutating func escaped() throws -> Unicode.Scalar {
    guard offset < bytes.count else { throw error("a string does not end") }
    offset += 1
    switch bytes[offset - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicode()
    default: throw error("an unknown escape")
    }
  }

  private mutating func unicode() throws -> Unicode.Scalar {
    let unit = try hexadecimal()
    guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
    guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u") else {
      return "\u{FFFD}"
    }
    offset += 2
    let low = try hexadecimal()
    guard low & 0xFC00 == 0xDC00 else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)) ?? "\u{FFFD}"
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard offset + 4 <= bytes.count,
      let unit = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw error("an escape is not four hexadecimal digits") }
    offset += 4
    return unit
  }
}
