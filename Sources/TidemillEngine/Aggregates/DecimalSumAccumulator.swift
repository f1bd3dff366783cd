import TidemillColumns
import TidemillPlan

/// A sum of 128-bit integers that cannot overflow: `carry` × 2^128 + `low`.
struct WideSum: BitwiseCopyable, AdditiveArithmetic {
  var low: Int128
  var carry: Int64

  static let zero = WideSum(low: 0, carry: 0)

  /// The sum, if 128 bits hold it.
  var exact: Int128? { carry == 0 ? low : nil }

  static func + (left: WideSum, right: WideSum) -> WideSum {
    let (low, overflow) = left.low.addingReportingOverflow(right.low)
    // Both were of one sign, and the wrapped sum is of the other.
    return WideSum(low: low, carry: left.carry &+ right.carry &+ (overflow ? (low < 0 ? 1 : -1) : 0))
  }

  static func - (left: WideSum, right: WideSum) -> WideSum {
    let (low, overflow) = left.low.subtractingReportingOverflow(right.low)
    return WideSum(low: low, carry: left.carry &- right.carry &+ (overflow ? (low < 0 ? 1 : -1) : 0))
  }
}

/// `SUM` and `AVG` of decimals: exact; NULL or an error when the sum needs more digits than its type has.
final class DecimalSumAccumulator: Accumulator {
  private let cells = Buffer<SumCell<WideSum>>(capacity: 16)
  private var skipped = SkippedRows()
  private let countsRows: Bool
  private let scale: Int

  /// - Parameter countsRows: whether `countRows` will be asked for, too.
  init(_ type: DataType, countsRows: Bool) {
    self.countsRows = countsRows
    guard case .decimal(_, let scale) = type else { preconditionFailure("a decimal sum of \(type)") }
    self.scale = scale
  }

  override func update(_ input: AccumulatorInput, column: Column?) {
    let cells = cells.base
    let values = column!.int128
    input.forEach { row, group, weight in
      let value = WideSum(low: values[row], carry: 0)
      if weight < 0 { cells[group].sum -= value } else { cells[group].sum += value }
      cells[group].count &+= weight
    }
    if countsRows { skipped.update(input, groupCount: groupCount) }
  }

  override func extend(to count: Int) {
    cells.resize(to: count, filling: SumCell(sum: .zero, count: 0))
    skipped.grow(to: count)
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: DecimalSumAccumulator.self)
    let (theirs, mine) = (other.cells.base, cells.base)
    for index in 0..<count {
      mine[Int(into[index])].sum += theirs[Int(from[index])].sum
      mine[Int(into[index])].count &+= theirs[Int(from[index])].count
    }
    skipped.merge(other.skipped, from: from, into: into, count: count, groupCount: groupCount)
  }

  override var canSubtract: Bool { true }

  override func subtract(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: DecimalSumAccumulator.self)
    let (theirs, mine) = (other.cells.base, cells.base)
    for index in 0..<count {
      mine[Int(into[index])].sum -= theirs[Int(from[index])].sum
      mine[Int(into[index])].count &-= theirs[Int(from[index])].count
    }
    skipped.merge(other.skipped, from: from, into: into, count: count, groupCount: groupCount, sign: -1)
  }

  override func reset(_ group: Int) {
    cells.base[group] = SumCell(sum: .zero, count: 0)
    skipped.reset(group)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    if function == .count || function == .countRows {
      let counts = cells.counts(of: groups, count: count, plus: function == .countRows ? skipped : nil)
      return Column(type: type, count: count, values: .int64(counts))
    }
    guard case .decimal(let precision, let resultScale) = type else { preconditionFailure("a decimal sum as \(type)") }
    let (values, validity) = try cells.results(of: groups, count: count, filler: Int128(0)) { cell, group in
      if function == .avg { return average(cell, scale: resultScale, precision: precision) }
      if let sum = cell.sum.exact, DecimalText.fits(sum, precision: precision) { return sum }
      if function == .trySum { return nil }
      throw GroupOutOfRange(group: group, type: type)
    }
    return Column(type: type, count: count, values: .int128(values), validity: validity)
  }

  override func write(to writer: inout ByteWriter) {
    writer.write(cells)
    skipped.write(to: &writer)
  }

  override func restore(from reader: inout ByteReader, groups: Int) throws {
    try cells.restore(&reader, count: groups)
    try skipped.restore(from: &reader, groups: groups)
  }

  override var memoryUsed: Int { cells.bytes + skipped.bytes }

  /// sum / count at `scale`, rounded half away from zero; NULL when the sum has more than 128 bits.
  private func average(_ cell: SumCell<WideSum>, scale resultScale: Int, precision: Int) -> Int128? {
    guard cell.count > 0, let sum = cell.sum.exact else { return nil }
    // Long division: the quotient first, then one digit at a time, so that nothing overflows on the way.
    let divisor = Int128(cell.count)
    let negative = sum < 0
    var (quotient, rest) = sum.magnitude.quotientAndRemainder(dividingBy: divisor.magnitude)
    for _ in 0..<max(0, resultScale - scale) {
      let (shifted, overflow) = quotient.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      rest *= 10
      quotient = shifted + rest / divisor.magnitude
      rest %= divisor.magnitude
    }
    if rest * 2 >= divisor.magnitude { quotient += 1 }
    guard let value = Int128(exactly: quotient), DecimalText.fits(value, precision: precision) else { return nil }
    return negative ? -value : value
  }
}
