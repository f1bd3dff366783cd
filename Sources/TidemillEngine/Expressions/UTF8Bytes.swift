/// What string functions ask of UTF-8. Bytes that are not UTF-8 give some answer, never a trap.
extension UnsafeBufferPointer<UInt8> {
  var isASCII: Bool {
    var all: UInt8 = 0
    for byte in self { all |= byte }
    return all < 0x80
  }

  /// The number of Unicode scalars: of bytes that begin one.
  var scalarCount: Int {
    var count = 0
    for byte in self { count += byte & 0xC0 != 0x80 ? 1 : 0 }
    return count
  }

  /// Where the scalar behind the one at `offset` begins.
  func scalarEnd(_ offset: Int) -> Int {
    var next = offset + 1
    while next < count, self[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }

  /// The offset `scalars` scalars behind `offset`; the end if there are not as many.
  func advanced(_ offset: Int, by scalars: Int) -> Int {
    var offset = offset
    var rest = scalars
    while rest > 0, offset < count {
      offset = scalarEnd(offset)
      rest -= 1
    }
    return offset
  }

  /// The offset `scalars` scalars before the end; `nil` if there are not as many.
  func offset(beforeEnd scalars: Int) -> Int? {
    var offset = count
    var rest = scalars
    while rest > 0 {
      repeat {
        if offset == 0 { return nil }
        offset -= 1
      } while self[offset] & 0xC0 == 0x80
      rest -= 1
    }
    return offset
  }

  func hasStart(_ other: UnsafeBufferPointer<UInt8>) -> Bool { has(other, at: 0) }

  func hasEnd(_ other: UnsafeBufferPointer<UInt8>) -> Bool { has(other, at: count - other.count) }

  @inline(__always)
  func has(_ other: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
    if offset < 0 || offset + other.count > count { return false }
    for index in 0..<other.count where self[offset + index] != other[index] { return false }
    return true
  }

  /// Where `other` first occurs at `start` or behind it.
  func firstOffset(of other: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let first = other.first else { return start <= count ? start : nil }
    var offset = start
    let last = count - other.count
    while offset <= last {
      if self[offset] == first, has(other, at: offset) { return offset }
      offset += 1
    }
    return nil
  }
}
