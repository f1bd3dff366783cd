import TidemillColumns
import TidemillPlan

/// `SUM` and `AVG` of `INT` and `BIGINT`: exact. The range is checked when a result is emitted.
///
/// A sum is 64 bits wide. One that leaves them has a carry beside it, and stands for carry × 2^64 + sum.
final class IntegerSumAccumulator: Accumulator {
  private let cells = Buffer<SumCell<Int64>>(capacity: 16)
  /// One carry a group; `nil` while no sum has left 64 bits, which is nearly always.
  private var carries: Buffer<Int64>?
  private var skipped = SkippedRows()
  private let countsRows: Bool

  /// - Parameter countsRows: whether `countRows` will be asked for, too.
  init(countsRows: Bool) { self.countsRows = countsRows }

  override func extend(to count: Int) {
    cells.resize(to: count, filling: SumCell(sum: 0, count: 0))
    carries?.resize(to: count, filling: 0)
    skipped.grow(to: count)
  }

  /// Takes note that a sum has wrapped around: upwards if it is negative now.
  @inline(never)
  private func carry(_ group: Int, _ amount: Int64) {
    if carries == nil { carries = Buffer(repeating: 0, count: cells.count) }
    carries!.base[group] &+= amount
  }

  override func update(_ input: AccumulatorInput, column: Column?) {
    let cells = cells.base
    let values = UnsafePointer(column!.int64)
    if input.weights == nil {
      input.forEach { row, group, _ in
        let (sum, overflow) = cells[group].sum.addingReportingOverflow(values[row])
        cells[group].sum = sum
        cells[group].count &+= 1
        if overflow { carry(group, sum < 0 ? 1 : -1) }
      }
    } else {
      input.forEach { row, group, weight in
        let (sum, overflow) =
          weight < 0
          ? cells[group].sum.subtractingReportingOverflow(values[row])
          : cells[group].sum.addingReportingOverflow(values[row])
        cells[group].sum = sum
        cells[group].count &+= weight
        if overflow { carry(group, sum < 0 ? 1 : -1) }
      }
    }
    if countsRows { skipped.update(input, groupCount: groupCount) }
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: IntegerSumAccumulator.self)
    let (theirs, mine) = (other.cells.base, cells.base)
    for index in 0..<count {
      let (cell, group) = (theirs[Int(from[index])], Int(into[index]))
      let (sum, overflow) = mine[group].sum.addingReportingOverflow(cell.sum)
      mine[group].sum = sum
      mine[group].count &+= cell.count
      if overflow { carry(group, sum < 0 ? 1 : -1) }
    }
    if let carries = other.carries {
      for index in 0..<count where carries.base[Int(from[index])] != 0 {
        carry(Int(into[index]), carries.base[Int(from[index])])
      }
    }
    skipped.merge(other.skipped, from: from, into: into, count: count, groupCount: groupCount)
  }

  override var canSubtract: Bool { true }

  override func subtract(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: IntegerSumAccumulator.self)
    let (theirs, mine) = (other.cells.base, cells.base)
    for index in 0..<count {
      let (cell, group) = (theirs[Int(from[index])], Int(into[index]))
      let (sum, overflow) = mine[group].sum.subtractingReportingOverflow(cell.sum)
      mine[group].sum = sum
      mine[group].count &-= cell.count
      if overflow { carry(group, sum < 0 ? 1 : -1) }
    }
    if let carries = other.carries {
      for index in 0..<count where carries.base[Int(from[index])] != 0 {
        carry(Int(into[index]), 0 &- carries.base[Int(from[index])])
      }
    }
    skipped.merge(other.skipped, from: from, into: into, count: count, groupCount: groupCount, sign: -1)
  }

  override func reset(_ group: Int) {
    cells.base[group] = SumCell(sum: 0, count: 0)
    carries?.base[group] = 0
    skipped.reset(group)
  }

  /// The whole sum of a cell.
  private func wide(_ cell: SumCell<Int64>, _ group: Int) -> Int128 {
    Int128(cell.sum) &+ Int128(carries?.base[group] ?? 0) << 64
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    switch function {
    case .count, .countRows:
      let counts = cells.counts(of: groups, count: count, plus: function == .countRows ? skipped : nil)
      return Column(type: type, count: count, values: .int64(counts))
    case .avg:
      let isNarrow = carries == nil
      let (values, validity) = cells.results(of: groups, count: count, filler: 0.0) { cell, group in
        // Both conversions round once, to the nearest; that from 64 bits is a single instruction.
        (isNarrow ? Double(cell.sum) : Double(wide(cell, group))) / Double(cell.count)
      }
      return Column(type: type, count: count, values: .float64(values), validity: validity)
    default:
      let (values, validity) = try cells.results(of: groups, count: count, filler: Int64(0)) { cell, group in
        if let carries, carries.base[group] != 0 {
          if function == .trySum { return nil }
          throw GroupOutOfRange(group: group, type: type)
        }
        return cell.sum
      }
      return Column(type: type, count: count, values: .int64(values), validity: validity)
    }
  }

  override func write(to writer: inout ByteWriter) {
    writer.write(cells)
    writer.write(bool: carries != nil)
    if let carries { writer.write(carries) }
    skipped.write(to: &writer)
  }

  override func restore(from reader: inout ByteReader, groups: Int) throws {
    try cells.restore(&reader, count: groups)
    if try reader.readBool() {
      carries = Buffer(capacity: groups)
      try carries!.restore(&reader, count: groups)
    }
    try skipped.restore(from: &reader, groups: groups)
  }

  override var memoryUsed: Int { cells.bytes + (carries?.bytes ?? 0) + skipped.bytes }
}
