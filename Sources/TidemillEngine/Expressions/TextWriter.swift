import TidemillColumns

/// Writes the strings of a column one after the other, straight into the column's heap.
///
/// Text grows at the end of the heap until `finish` makes a view of it: a short one then lies in its view, and the next text
/// takes its place.
struct TextWriter {
  let heap = Buffer<UInt8>(capacity: 1024)
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Where the current text begins and ends.
  private var start = 0
  private var end = 0

  private let bound: TextBound
  /// Whether texts became longer than they may: what is written from then on counts no more.
  private(set) var isOver = false

  init(_ bound: TextBound) {
    self.bound = bound
    base = heap.base
    capacity = heap.capacity
  }

  /// Room for `count` more bytes.
  @inline(__always)
  mutating func reserve(_ count: Int) {
    if end + count > capacity { grow(count) }
  }

  @inline(never)
  private mutating func grow(_ count: Int) {
    if end + count > bound.limit {
      bound.exceed()
      isOver = true
      end = start
      if end + count <= capacity { return }
    }
    heap.count = end
    heap.reserve(end + count)
    base = heap.base
    capacity = heap.capacity
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    base[end] = byte
    end += 1
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) { append(bytes) { $0 } }

  /// Appends what `change` makes of each byte.
  @inline(__always)
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ change: (UInt8) -> UInt8) {
    guard let from = bytes.baseAddress else { return }
    reserve(bytes.count)
    let to = base + end
    for index in 0..<bytes.count { to[index] = change(from[index]) }
    end += bytes.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(integer value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude, width: 1)
  }

  /// Appends at least `width` digits, at most 20.
  mutating func append(digits value: UInt64, width: Int) {
    var count = 1
    var bound: UInt64 = 10
    while count < 20, value >= bound {
      count += 1
      bound = count < 20 ? bound &* 10 : .max
    }
    count = max(count, width)
    reserve(count)
    var rest = value
    var index = end + count
    while index > end {
      index -= 1
      base[index] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    end += count
  }

  /// Drops the zeros at the end.
  mutating func removeTrailingZeros() {
    while end > start, base[end - 1] == 48 { end -= 1 }
  }

  /// The view of what was appended since the last one.
  @inline(__always)
  mutating func finish() -> StringView {
    let count = end - start
    let view = StringView(bytes: base + start, count: count, offset: start)
    if view.isInline { end = start } else { start = end }
    return view
  }

  /// The heap of all views. The writer must not be used again.
  func finishedHeap() -> Buffer<UInt8> {
    heap.count = start
    return heap
  }
}

/// Dates and times as Spark's casts write them.
extension TextWriter {
  /// `2024-03-01`; years outside 0...9999 get a sign and as many digits as they need.
  mutating func append(date days: Int64) {
    let date = Calendar.date(days: days)
    if date.year < 0 {
      append(UInt8(ascii: "-"))
    } else if date.year > 9999 {
      append(UInt8(ascii: "+"))
    }
    append(digits: date.year.magnitude, width: 4)
    append(UInt8(ascii: "-"))
    append(digits: date.month.magnitude, width: 2)
    append(UInt8(ascii: "-"))
    append(digits: date.day.magnitude, width: 2)
  }

  /// A wall-clock reading in microseconds: `2024-03-01 12:00:00.5`, without trailing zeros.
  mutating func append(local microseconds: Int64) {
    let (days, ofDay) = Calendar.split(microseconds: microseconds)
    append(date: days)
    append(UInt8(ascii: " "))
    append(digits: UInt64(ofDay / 3_600_000_000), width: 2)
    append(UInt8(ascii: ":"))
    append(digits: UInt64(ofDay / 60_000_000 % 60), width: 2)
    append(UInt8(ascii: ":"))
    append(digits: UInt64(ofDay / 1_000_000 % 60), width: 2)
    let fraction = ofDay % 1_000_000
    if fraction == 0 { return }
    append(UInt8(ascii: "."))
    append(digits: UInt64(fraction), width: 6)
    removeTrailingZeros()
  }
}
