import TidemillColumns

/// Bytes being written, without a bounds check for each: whoever writes asks for room first.
struct ByteSink {
  private let buffer: Buffer<UInt8>
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    buffer = Buffer(capacity: capacity)
    base = buffer.base
    self.capacity = buffer.capacity
  }

  /// Makes sure that `more` bytes can be written.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    buffer.count = count
    buffer.reserve(count + more)
    base = buffer.base
    capacity = buffer.capacity
  }

  @inline(__always)
  mutating func write(_ byte: UInt8) {
    base[count] = byte
    count += 1
  }

  @inline(__always)
  mutating func write(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
    UnsafeMutableRawPointer(base + count).copyMemory(from: bytes, byteCount: length)
    count += length
  }

  @inline(__always)
  mutating func write(_ text: StaticString) { write(text.utf8Start, text.utf8CodeUnitCount) }

  /// Asks for room itself.
  mutating func write(_ bytes: [UInt8]) {
    reserve(bytes.count)
    bytes.withUnsafeBufferPointer { if let first = $0.baseAddress { write(first, $0.count) } }
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
  }
}

extension ByteSink {
  /// At most 20 bytes.
  @inline(__always)
  mutating func write(integer value: Int64) {
    if value < 0 { write(UInt8(ascii: "-")) }
    write(digits: value.magnitude)
  }

  @inline(__always)
  mutating func write(digits value: UInt64) {
    var length = 1
    var bound: UInt64 = 10
    while length < 20, value >= bound {
      length += 1
      let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
      if overflow { break }
      bound = next
    }
    write(digits: value, width: length)
  }

  /// The last `width` digits, with zeros in front.
  @inline(__always)
  mutating func write(digits value: UInt64, width: Int) {
    var rest = value
    var index = count + width
    while index > count {
      index -= 1
      base[index] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += width
  }

  /// At most 42 bytes: `-12.30` for (-1230, 2).
  mutating func write(unscaled: Int128, scale: Int) {
    if unscaled < 0 { write(UInt8(ascii: "-")) }
    var rest = unscaled.magnitude
    var reversed: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &reversed) { digits in
      var length = 0
      repeat {
        digits[length] = 48 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        length += 1
      } while rest > 0
      while length <= scale, length < 40 {
        digits[length] = 48
        length += 1
      }
      while length > 0 {
        length -= 1
        write(digits[length])
        if length == scale, scale > 0 { write(UInt8(ascii: ".")) }
      }
    }
  }

  /// At most 32 bytes: the fewest digits that read back as the same double. The value must be finite.
  mutating func write(double value: Double) {
    if value.magnitude < 1e15 {
      var power = 1.0
      for places in 0...6 {
        let scaled = value.magnitude * power
        if scaled >= 1e15 { break }
        let whole = UInt64(scaled + 0.5)
        // With at most 15 digits, a decimal that gives the same double is the shortest one.
        if Double(whole) / power == value.magnitude {
          return write(fixed: whole, places: places, isNegative: value.sign == .minus)
        }
        power *= 10
      }
    }
    var text = value.description
    text.withUTF8 { write($0.baseAddress!, $0.count) }
  }

  private mutating func write(fixed: UInt64, places: Int, isNegative: Bool) {
    if isNegative { write(UInt8(ascii: "-")) }
    var divisor: UInt64 = 1
    for _ in 0..<places { divisor *= 10 }
    write(digits: fixed / divisor)
    write(UInt8(ascii: "."))
    write(digits: fixed % divisor, width: max(places, 1))
  }
}
