import TidemillColumns
import TidemillPlan

/// `SUM` and `AVG` of doubles. The order of rows may show in the last bits.
final class DoubleSumAccumulator: Accumulator {
  private let cells = Buffer<SumCell<Double>>(capacity: 16)
  private var skipped = SkippedRows()
  private let countsRows: Bool

  /// - Parameter countsRows: whether `countRows` will be asked for, too.
  init(countsRows: Bool) { self.countsRows = countsRows }

  override func extend(to count: Int) {
    cells.resize(to: count, filling: SumCell(sum: 0, count: 0))
    skipped.grow(to: count)
  }

  override func update(_ input: AccumulatorInput, column: Column?) {
    let cells = cells.base
    let values = column!.float64
    input.forEach { row, group, weight in
      cells[group].sum += values[row] * Double(weight)
      cells[group].count &+= weight
    }
    if countsRows { skipped.update(input, groupCount: groupCount) }
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: DoubleSumAccumulator.self)
    let (theirs, mine) = (other.cells.base, cells.base)
    for index in 0..<count {
      mine[Int(into[index])].sum += theirs[Int(from[index])].sum
      mine[Int(into[index])].count &+= theirs[Int(from[index])].count
    }
    skipped.merge(other.skipped, from: from, into: into, count: count, groupCount: groupCount)
  }

  override func reset(_ group: Int) {
    cells.base[group] = SumCell(sum: 0, count: 0)
    skipped.reset(group)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    if function == .count || function == .countRows {
      let counts = cells.counts(of: groups, count: count, plus: function == .countRows ? skipped : nil)
      return Column(type: type, count: count, values: .int64(counts))
    }
    let (values, validity) = cells.results(of: groups, count: count, filler: 0.0) { cell, _ in
      function == .avg ? cell.sum / Double(cell.count) : cell.sum
    }
    return Column(type: type, count: count, values: .float64(values), validity: validity)
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
}
