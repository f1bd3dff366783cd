import TidemillColumns
import TidemillPlan

/// A sum and how many values are in it; together, so that a row touches one cache line.
struct SumCell<Sum: BitwiseCopyable>: BitwiseCopyable {
  var sum: Sum
  var count: Int64
}

/// What the three kinds of sums share: cells, merging, resetting, snapshots.
class SumAccumulator<Sum: BitwiseCopyable & AdditiveArithmetic>: Accumulator {
  final let cells = Buffer<SumCell<Sum>>(capacity: 16)

  override final func extend(to count: Int) { cells.resize(to: count, filling: SumCell(sum: .zero, count: 0)) }

  override final func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let theirs = unsafeDowncast(other, to: SumAccumulator<Sum>.self).cells.base
    let mine = cells.base
    for index in 0..<count {
      mine[Int(into[index])].sum += theirs[Int(from[index])].sum
      mine[Int(into[index])].count &+= theirs[Int(from[index])].count
    }
  }

  override final func reset(_ group: Int) { cells.base[group] = SumCell(sum: .zero, count: 0) }

  override final func write(to writer: inout ByteWriter) { writer.write(cells) }

  override final func restore(from reader: inout ByteReader, groups: Int) throws {
    try cells.restore(&reader, count: groups)
  }

  override final var memoryUsed: Int { cells.bytes }

  /// One result a group, NULL where no value counted or `compute` gives `nil`.
  final func results<Element: BitwiseCopyable>(
    of groups: UnsafePointer<GroupIndex>, count: Int, filler: Element,
    _ compute: (_ cell: SumCell<Sum>, _ group: Int) throws -> Element?
  ) rethrows -> (values: Buffer<Element>, validity: Buffer<UInt8>?) {
    let values = Buffer<Element>(repeating: filler, count: count)
    var validity: Buffer<UInt8>?
    for index in 0..<count {
      let group = Int(groups[index])
      let cell = cells.base[group]
      if cell.count != 0, let result = try compute(cell, group) {
        values.base[index] = result
      } else {
        if validity == nil { validity = Buffer(repeating: 1, count: count) }
        validity!.base[index] = 0
      }
    }
    return (values, validity)
  }
}

/// `SUM` and `AVG` of `INT` and `BIGINT`: exact, in 128 bits. The range is checked when a result is emitted.
final class IntegerSumAccumulator: SumAccumulator<Int128> {
  override func update(_ input: AccumulatorInput, column: Column?) {
    let cells = cells.base
    let values = column!.int64
    if input.weights == nil {
      input.forEach { row, group, _ in
        cells[group].sum &+= Int128(values[row])
        cells[group].count &+= 1
      }
    } else {
      input.forEach { row, group, weight in
        cells[group].sum &+= Int128(values[row]) &* Int128(weight)
        cells[group].count &+= weight
      }
    }
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    if function == .avg {
      let (values, validity) = results(of: groups, count: count, filler: 0.0) { cell, _ in
        Double(cell.sum) / Double(cell.count)
      }
      return Column(type: type, count: count, values: .float64(values), validity: validity)
    }
    let (values, validity) = try results(of: groups, count: count, filler: Int64(0)) { cell, group in
      if let sum = Int64(exactly: cell.sum) { return sum }
      if function == .trySum { return nil }
      throw GroupOutOfRange(group: group, type: type)
    }
    return Column(type: type, count: count, values: .int64(values), validity: validity)
  }
}

/// `SUM` and `AVG` of doubles. The order of rows may show in the last bits.
final class DoubleSumAccumulator: SumAccumulator<Double> {
  override func update(_ input: AccumulatorInput, column: Column?) {
    let cells = cells.base
    let values = column!.float64
    input.forEach { row, group, weight in
      cells[group].sum += values[row] * Double(weight)
      cells[group].count &+= weight
    }
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let (values, validity) = results(of: groups, count: count, filler: 0.0) { cell, _ in
      function == .avg ? cell.sum / Double(cell.count) : cell.sum
    }
    return Column(type: type, count: count, values: .float64(values), validity: validity)
  }
}

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
final class DecimalSumAccumulator: SumAccumulator<WideSum> {
  private let scale: Int

  init(_ type: DataType) {
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
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    guard case .decimal(let precision, let resultScale) = type else { preconditionFailure("a decimal sum as \(type)") }
    let (values, validity) = try results(of: groups, count: count, filler: Int128(0)) { cell, group in
      if function == .avg { return average(cell, scale: resultScale, precision: precision) }
      if let sum = cell.sum.exact, DecimalText.fits(sum, precision: precision) { return sum }
      if function == .trySum { return nil }
      throw GroupOutOfRange(group: group, type: type)
    }
    return Column(type: type, count: count, values: .int128(values), validity: validity)
  }

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
