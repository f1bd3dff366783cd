/// The mark that some programs put before UTF-8 text.
enum ByteOrderMark {
  /// Three if the bytes begin with it, else none.
  static func length(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
  }
}

/// About how many rows some bytes hold, so that columns seldom grow.
enum LineEstimate {
  static func rows(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let sample = bytes.prefix(4 << 10)
    var lines = 1
    for byte in sample where byte == UInt8(ascii: "\n") { lines += 1 }
    return sample.count == bytes.count ? lines : lines * bytes.count / sample.count * 17 / 16 + 16
  }
}

/// Finds line ends eight bytes at a time.
enum LineScan {
  /// Where the next line feed stands, or `end`.
  @inline(__always)
  static func end(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    while index + 8 <= end {
      let word = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
      let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    return index
  }

  /// The lines of some bytes, without their line ends. For samples.
  static func lines(_ bytes: UnsafeBufferPointer<UInt8>) -> [UnsafeBufferPointer<UInt8>] {
    guard let base = bytes.baseAddress else { return [] }
    var result: [UnsafeBufferPointer<UInt8>] = []
    var start = ByteOrderMark.length(bytes)
    while start < bytes.count {
      let feed = end(base, from: start, to: bytes.count)
      let stop = feed > start && base[feed - 1] == UInt8(ascii: "\r") ? feed - 1 : feed
      result.append(UnsafeBufferPointer(start: base + start, count: stop - start))
      start = feed + 1
    }
    return result
  }
}
