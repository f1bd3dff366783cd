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
    let sample = bytes.prefix(16 << 10)
    var lines = 1
    for byte in sample where byte == UInt8(ascii: "\n") { lines += 1 }
    return sample.count == bytes.count ? lines : lines * bytes.count / sample.count * 17 / 16 + 16
  }
}
