import TidemillColumns

extension ByteSink {
  /// A JSON string with its quotes. Asks for room itself.
  @inline(__always)
  mutating func writeJSON(_ view: UnsafePointer<StringView>, heap: UnsafePointer<UInt8>) {
    let count = view.pointee.count
    guard view.pointee.isInline else {
      return writeJSON(UnsafeBufferPointer(start: heap + view.pointee.offset, count: count))
    }
    reserve(count * 6 + 2)
    // The text is all in the view; what it leaves of it is filled with spaces, which need no escape.
    let first = view.pointee.head >> 32 | view.pointee.tail << 32
    let second = view.pointee.tail >> 32
    let spaces: UInt64 = 0x2020_2020_2020_2020
    let filled = first | (count < 8 ? spaces << UInt64(count << 3) : 0)
    let filledSecond = second | (count > 8 ? spaces << UInt64((count - 8) << 3) : spaces)
    if JSONText.mustEscape(filled) | JSONText.mustEscape(filledSecond) == 0 {
      write(UInt8(ascii: "\""))
      write(word: first, length: 8)
      write(word: second, length: count - 8)
      write(UInt8(ascii: "\""))
    } else {
      StringStorage.withBytes(of: view, heap: heap) { writeEscaped($0) }
    }
  }

  /// A JSON string with its quotes. Asks for room itself.
  @inline(never)
  mutating func writeJSON(_ bytes: UnsafeBufferPointer<UInt8>) {
    // An escape is six bytes at most.
    reserve(bytes.count * 6 + 2)
    if let first = bytes.baseAddress, JSONText.isPlain(first, bytes.count) {
      write(UInt8(ascii: "\""))
      write(first, bytes.count)
      write(UInt8(ascii: "\""))
    } else {
      writeEscaped(bytes)
    }
  }

  @inline(never)
  private mutating func writeEscaped(_ bytes: UnsafeBufferPointer<UInt8>) {
    write(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case 0x22, 0x5C:
        write(0x5C)
        write(byte)
      case 0x08: write("\\b")
      case 0x09: write("\\t")
      case 0x0A: write("\\n")
      case 0x0C: write("\\f")
      case 0x0D: write("\\r")
      case 0..<0x20:
        write("\\u00")
        write(byte < 16 ? 48 : 49)
        write(byte & 15 < 10 ? 48 + (byte & 15) : 87 + (byte & 15))
      default: write(byte)
      }
    }
    write(UInt8(ascii: "\""))
  }
}

/// What JSON does not let stand in a string as it is.
enum JSONText {
  /// Not zero if one of eight bytes is a quote, a backslash or a control character.
  @inline(__always)
  static func mustEscape(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let control = (word &- ones &* 0x20) & ~word
    return ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | control) & (ones << 7)
  }

  /// Whether there is nothing to escape.
  @inline(__always)
  static func isPlain(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    while index + 8 <= count {
      if mustEscape(UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self)) != 0 { return false }
      index += 8
    }
    while index < count {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
      index += 1
    }
    return true
  }
}
