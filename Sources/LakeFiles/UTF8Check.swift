#if Lake
  /// Whether bytes that say that they are text are text.
  enum UTF8Check {
    /// Whether all bytes are letters of ASCII; nothing is quicker to find out.
    static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
      guard let base = bytes.baseAddress else { return true }
      var all: UInt64 = 0
      var place = 0
      while place + 8 <= bytes.count {
        all |= base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        place += 8
      }
      while place < bytes.count {
        all |= UInt64(bytes[place])
        place += 1
      }
      return all & 0x8080_8080_8080_8080 == 0
    }

    /// Whether the bytes are UTF-8: no character cut off, longer than need be, above the last, or half of a pair.
    static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
      if isPlain(bytes) { return true }
      var place = 0
      while place < bytes.count {
        let first = bytes[place]
        place += 1
        if first < 0x80 { continue }
        let range: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (length, range) = (1, 0x80...0xBF)
        case 0xE0: (length, range) = (2, 0xA0...0xBF)
        case 0xED: (length, range) = (2, 0x80...0x9F)
        case 0xE1...0xEF: (length, range) = (2, 0x80...0xBF)
        case 0xF0: (length, range) = (3, 0x90...0xBF)
        case 0xF1...0xF3: (length, range) = (3, 0x80...0xBF)
        case 0xF4: (length, range) = (3, 0x80...0x8F)
        default: return false
        }
        guard place + length <= bytes.count, range.contains(bytes[place]) else { return false }
        for next in 1..<length where bytes[place + next] & 0xC0 != 0x80 { return false }
        place += length
      }
      return true
    }
  }
#endif
