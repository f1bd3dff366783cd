import TidemillColumns

/// Writes sales as lines straight into memory. What it writes depends on its options alone.
package struct SalesGenerator {
  package let options: SalesOptions
  private let choice: ProductChoice
  private let productWidth: Int
  private let lateBelow: UInt32
  private let malformedBelow: UInt32
  private var random: SplitMix
  private var times = TimeWriter()
  package private(set) var written = 0

  private static let disorder: UInt64 = 5 * 60 * 1000
  private static let lateness: Int64 = 2 * 3600 * 1000
  private static let regions: [StaticString] = ["eu-west", "eu-east", "us-west", "us-east", "ap-south"]

  package init(_ options: SalesOptions) {
    self.options = options
    choice = ProductChoice(count: options.products, isUniform: options.isUniform)
    productWidth = options.products > 99_999 ? 7 : 5
    lateBelow = Self.threshold(options.lateShare)
    malformedBelow = Self.threshold(options.malformedShare)
    random = SplitMix(state: options.seed)
  }

  private static func threshold(_ share: Double) -> UInt32 { UInt32(min(share * 4_294_967_296, 4_294_967_295)) }

  /// Writes the next `count` rows, or as many as are left, at `target`, which has room for the shape's `longestLine` each.
  ///
  /// - Returns: how many bytes were written.
  package mutating func write(_ count: Int, to target: UnsafeMutablePointer<UInt8>) -> Int {
    let end = min(written + count, options.rows)
    var line = LineWriter(base: target)
    while written < end {
      let sale = draw()
      let lineStart = line.count
      switch options.shape {
      case .json: writeJSON(sale, to: &line)
      case .csv: writeCSV(sale, to: &line)
      case .varied: writeVaried(sale, random.next(), to: &line)
      }
      assert(line.count - lineStart <= options.shape.longestLine)
      written += 1
    }
    return line.count
  }

  private mutating func draw() -> Sale {
    let start = options.start.microseconds / 1000
    let span = Double(options.span.microseconds / 1000)
    let first = random.next()
    let second = random.next()
    let third = random.next()
    let base = start + Int64(span * (Double(written) / Double(options.rows)))
    let jitter = Int64(((second >> 32) &* Self.disorder) >> 32)
    let isLate = UInt32(truncatingIfNeeded: third) < lateBelow
    let extra = (third >> 32) &* 0x9E37_79B9
    return Sale(
      product: choice.product(first), amount: 1 + Int(((second & 0xFFFF_FFFF) &* 1000) >> 32),
      time: isLate ? base - jitter - Self.lateness : max(start, base - jitter),
      region: Int(((third >> 32) &* 5) >> 32), isMalformed: UInt32(truncatingIfNeeded: extra >> 16) < malformedBelow)
  }

  private mutating func writeJSON(_ sale: Sale, to line: inout LineWriter) {
    line.write("{\"product_id\":\"p-")
    line.write(sale.product, width: productWidth)
    line.write("\",\"sales_amount\":")
    line.write(sale.amount)
    line.write(",\"event_time\":\"")
    times.write(sale.time, to: &line)
    if sale.isMalformed {
      // Ends within a string.
      line.write(UInt8(ascii: "\n"))
    } else {
      line.write("\",\"region\":\"")
      line.write(Self.regions[sale.region])
      line.write("\"}\n")
    }
  }

  private mutating func writeCSV(_ sale: Sale, to line: inout LineWriter) {
    line.write("p-")
    line.write(sale.product, width: productWidth)
    line.write(UInt8(ascii: ","))
    line.write(sale.amount)
    line.write(UInt8(ascii: ","))
    times.write(sale.time, to: &line)
    // A malformed line lacks its last field.
    if !sale.isMalformed {
      line.write(UInt8(ascii: ","))
      line.write(Self.regions[sale.region])
    }
    line.write(UInt8(ascii: "\n"))
  }

  private mutating func writeVaried(_ sale: Sale, _ word: UInt64, to line: inout LineWriter) {
    let variety = Variety(word)
    let start = line.count
    line.write(UInt8(ascii: "{"))
    for field in variety.order {
      let before = line.count
      if before > start + 1 { line.write(UInt8(ascii: ",")) }
      let isWritten =
        switch field {
        case .product: variety.writeProduct(sale.product, width: productWidth, to: &line)
        case .amount: variety.writeAmount(sale.amount, to: &line)
        case .time: writeTime(sale.time, to: &line)
        case .region: variety.writeRegion(Self.regions[sale.region], to: &line)
        case .store: variety.writeStore(to: &line)
        case .note: variety.writeNote(to: &line)
        case .tags: variety.writeTags(to: &line)
        case .discount: variety.writeDiscount(to: &line)
        }
      if !isWritten { line.count = before }
    }
    line.write(UInt8(ascii: "}"))
    // Half an object is none.
    if sale.isMalformed { line.count = start + (line.count - start) / 2 }
    line.write(UInt8(ascii: "\n"))
  }

  private mutating func writeTime(_ milliseconds: Int64, to line: inout LineWriter) -> Bool {
    line.write("\"event_time\":\"")
    times.write(milliseconds, to: &line)
    line.write(UInt8(ascii: "\""))
    return true
  }
}

/// One row before it is text.
private struct Sale {
  var product: Int
  var amount: Int
  /// Milliseconds since 1970.
  var time: Int64
  var region: Int
  var isMalformed: Bool
}
