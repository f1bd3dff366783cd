import TidemillColumns

extension ByteSink {
  /// A JSON string with its quotes. Asks for room itself.
  @inline(__always)
  mutating func writeJSON(_ bytes: UnsafeBufferPointer<UInt8>) {
    // An escape is six bytes at most.
    reserve(bytes.count * 6 + 2)
    write(UInt8(ascii: "\""))
    if let first = bytes.baseAddress {
      if Self.isPlain(first, bytes.count) { write(first, bytes.count) } else { writeEscaped(bytes) }
    }
    write(UInt8(ascii: "\""))
  }

  /// Whether there is nothing to escape.
  @inline(__always)
  private static func isPlain(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while index + 8 <= count {
      let word = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let control = (word &- ones &* 0x20) & ~word
      let found = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | control
      if found & highs != 0 { return false }
      index += 8
    }
    while index < count {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
      index += 1
    }
    return true
  }

  @inline(never)
  private mutating func writeEscaped(_ bytes: UnsafeBufferPointer<UInt8>) {
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
  }
}
