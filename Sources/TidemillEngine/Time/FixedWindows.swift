import TidemillPlan

/// The arithmetic of tumbling and sliding windows, in microseconds.
///
/// Event time is cut into slices of gcd(size, slide); every window is a run of whole slices. A row is kept once, in its slice,
/// however many windows it belongs to.
struct FixedWindows {
  let size: Int64
  let slide: Int64
  let start: Int64
  let slice: Int64
  /// 2^(64 + shift) / slice, rounded up: a multiplication by it divides.
  private let reciprocal: UInt64
  private let shift: UInt64

  init(size: Int64, slide: Int64, start: Int64) {
    precondition(slide > 0 && slide <= size, "the resolver lets no slide of \(slide) with a size of \(size) through")
    self.size = size
    self.slide = slide
    self.start = start
    slice = Self.greatestCommonDivisor(size, slide)
    // The largest shift that leaves the reciprocal 64 bits. Its error is below 2^-shift / slice ≤ 2^-63 for each unit of what is
    // divided, so that the quotient of any span below 2^63 is exact.
    let bits = UInt64(63 - slice.leadingZeroBitCount)
    shift = slice & (slice - 1) == 0 ? bits &- 1 : bits
    if slice == 1 {
      reciprocal = 0
    } else {
      let (quotient, remainder) = UInt64(slice).dividingFullWidth((1 << shift, 0))
      reciprocal = quotient + (remainder == 0 ? 0 : 1)
    }
  }

  /// How many whole slices a span that is not negative has.
  @inline(__always)
  func slicesBetween(_ span: Int64) -> Int64 {
    if reciprocal == 0 { return span }
    return Int64(bitPattern: UInt64(bitPattern: span).multipliedFullWidth(by: reciprocal).high >> shift)
  }

  private static func greatestCommonDivisor(_ one: Int64, _ two: Int64) -> Int64 {
    two == 0 ? one : greatestCommonDivisor(two, one % two)
  }

  var isTumbling: Bool { size == slide }

  /// The start of the slice that holds `time`.
  func sliceStart(of time: Int64) -> Int64 { time &- floorRemainder(time &- start, slice) }

  /// The end of the first window that holds the slice.
  func firstEnd(ofSlice sliceStart: Int64) -> Int64 {
    // The smallest start + k × slide that is not before sliceStart + slice - size.
    let earliest = sliceStart &+ slice &- size
    let remainder = floorRemainder(earliest &- start, slide)
    return (remainder == 0 ? earliest : earliest &- remainder &+ slide) &+ size
  }

  /// The end of the last window that holds the slice.
  func lastEnd(ofSlice sliceStart: Int64) -> Int64 { sliceStart &- floorRemainder(sliceStart &- start, slide) &+ size }

  /// The first window end after `time`, counting on from `end`, which is one.
  func nextEnd(after time: Int64, from end: Int64) -> Int64 {
    if end > time { return end }
    return end &+ ((time &- end) / slide &+ 1) &* slide
  }

  private func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
