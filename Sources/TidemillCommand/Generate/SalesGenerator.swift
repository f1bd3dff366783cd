import Tidemill

/// What the generated sales are like.
struct SalesOptions {
  var rows: Int
  var products: Int
  var isUniform: Bool
  var start: EventTime
  var span: TimeSpan
  var lateShare: Double
  var malformedShare: Double
  var seed: UInt64
}

/// Writes sales as JSON lines straight into memory. What it writes depends on its options alone.
struct SalesGenerator {
  let options: SalesOptions
  private let choice: ProductChoice
  private let productWidth: Int
  private let lateBelow: UInt32
  private let malformedBelow: UInt32
  private var random: SplitMix
  private(set) var written = 0
  private var day = Int64.min
  private var date: [UInt8] = []

  /// No line is longer.
  static let longestLine = 160
  private static let disorder: UInt64 = 5 * 60 * 1000
  private static let lateness: Int64 = 2 * 3600 * 1000
  private static let regions: [StaticString] = ["eu-west", "eu-east", "us-west", "us-east", "ap-south"]

  init(_ options: SalesOptions) {
    self.options = options
    choice = ProductChoice(count: options.products, isUniform: options.isUniform)
    productWidth = options.products > 99_999 ? 7 : 5
    lateBelow = Self.threshold(options.lateShare)
    malformedBelow = Self.threshold(options.malformedShare)
    random = SplitMix(state: options.seed)
  }

  private static func threshold(_ share: Double) -> UInt32 { UInt32(min(share * 4_294_967_296, 4_294_967_295)) }

  /// Writes the next `count` rows, or as many as are left, at `target`, which has room for `longestLine` bytes each.
  ///
  /// - Returns: how many bytes were written.
  mutating func write(_ count: Int, to target: UnsafeMutablePointer<UInt8>) -> Int {
    let end = min(written + count, options.rows)
    let start = options.start.microseconds / 1000
    let span = Double(options.span.microseconds / 1000)
    var line = LineWriter(base: target)
    while written < end {
      let first = random.next()
      let second = random.next()
      let third = random.next()
      let lineStart = line.count
      line.write("{\"product_id\":\"p-")
      line.write(choice.product(first), width: productWidth)
      line.write("\",\"sales_amount\":")
      line.write(1 + Int(((second & 0xFFFF_FFFF) &* 1000) >> 32))
      line.write(",\"event_time\":\"")
      let base = start + Int64(span * (Double(written) / Double(options.rows)))
      let jitter = Int64(((second >> 32) &* Self.disorder) >> 32)
      if UInt32(truncatingIfNeeded: third) < lateBelow {
        writeTime(base - jitter - Self.lateness, to: &line)
      } else {
        writeTime(max(start, base - jitter), to: &line)
      }
      let extra = (third >> 32) &* 0x9E37_79B9
      if UInt32(truncatingIfNeeded: extra >> 16) < malformedBelow {
        // Ends within a string.
        line.write(UInt8(ascii: "\n"))
      } else {
        line.write("\",\"region\":\"")
        line.write(Self.regions[Int(((third >> 32) &* 5) >> 32)])
        line.write("\"}\n")
      }
      assert(line.count - lineStart <= Self.longestLine)
      written += 1
    }
    return line.count
  }

  /// `2024-03-01T12:34:56.789Z`.
  private mutating func writeTime(_ milliseconds: Int64, to line: inout LineWriter) {
    var days = milliseconds / 86_400_000
    var rest = milliseconds % 86_400_000
    if rest < 0 {
      days -= 1
      rest += 86_400_000
    }
    if days != day {
      day = days
      date.removeAll(keepingCapacity: true)
      TimestampText.appendDate(days: days, to: &date)
    }
    line.write(date)
    line.write(UInt8(ascii: "T"))
    line.write(Int(rest / 3_600_000), width: 2)
    line.write(UInt8(ascii: ":"))
    line.write(Int(rest / 60_000 % 60), width: 2)
    line.write(UInt8(ascii: ":"))
    line.write(Int(rest / 1000 % 60), width: 2)
    line.write(UInt8(ascii: "."))
    line.write(Int(rest % 1000), width: 3)
    line.write(UInt8(ascii: "Z"))
  }
}

/// A small generator whose numbers depend on its seed alone.
private struct SplitMix {
  var state: UInt64

  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Writes text into memory that is large enough.
private struct LineWriter {
  let base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0

  init(base: UnsafeMutablePointer<UInt8>) { self.base = base }

  @inline(__always)
  mutating func write(_ byte: UInt8) {
    base[count] = byte
    count += 1
  }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { (base + count).update(from: $0.baseAddress!, count: $0.count) }
    count += bytes.count
  }

  @inline(__always)
  mutating func write(_ number: Int) { write(number, width: number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : 4) }

  @inline(__always)
  mutating func write(_ number: Int, width: Int) {
    var rest = UInt32(truncatingIfNeeded: number)
    var place = count + width
    while place > count {
      place -= 1
      base[place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += width
  }
}
