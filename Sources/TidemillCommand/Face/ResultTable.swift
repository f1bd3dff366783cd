import Tidemill

/// A query's result as its changes make it, row by row.
///
/// With a limit only the first rows in the order are kept: those behind them are not remembered, only known to exist.
struct ResultTable: Sendable {
  let shape: ResultShape
  let order: ResultOrder
  private let limit: Int?
  private var rows: [[Value]: (row: [Value], count: Int)] = [:]
  /// The last row kept when the table was last cut; what comes behind it is passed over.
  private var bound: [Value]?

  init(_ shape: ResultShape, order: ResultOrder, limit: Int? = nil) {
    self.shape = shape
    self.order = order
    self.limit = limit
  }

  var count: Int { rows.count }
  /// Whether there may be more rows than are kept.
  var isCut: Bool { bound != nil }

  /// Takes an epoch's changes; in complete mode the batch is the new table.
  mutating func apply(_ batch: Batch) {
    if shape.mode == .complete {
      rows.removeAll(keepingCapacity: true)
      bound = nil
    }
    for row in 0..<batch.count {
      if let bound, isOlder(batch, row, than: bound) { continue }
      let values = batch.row(row)
      if let bound, order.precedes(bound, values) { continue }
      apply(values, weight: batch.weight(row))
      if let limit, rows.count > limit + limit / 4 { cut(to: limit) }
    }
  }

  /// The cheap test for rows of windows that are not shown any more.
  private func isOlder(_ batch: Batch, _ row: Int, than bound: [Value]) -> Bool {
    guard order.newestFirst, let first = order.ordinals.first, case .window(_, let end) = bound[first],
      case .window(_, let ends) = batch.columns[first].values
    else { return false }
    return ends.base[row] < end.microseconds
  }

  private mutating func apply(_ values: [Value], weight: Int) {
    if let key = shape.key {
      let key = key.map { values[$0] }
      rows[key] = weight > 0 ? (values, 1) : nil
    } else {
      let count = (rows[values]?.count ?? 0) + weight
      rows[values] = count == 0 ? nil : (values, count)
    }
  }

  private mutating func cut(to limit: Int) {
    let kept = sortedRows.prefix(limit)
    rows = [:]
    for values in kept { apply(values, weight: 1) }
    bound = kept.last
  }

  /// All rows that are kept, in order.
  var sortedRows: [[Value]] {
    rows.values.flatMap { row, count in repeatElement(row, count: max(0, count)) }.sorted(by: order.precedes)
  }
}
