import TidemillColumns

/// The order in which the rows of an epoch are sent, the same whenever the epoch runs: the engine promises the rows of an epoch,
/// not their order, and a part that is sent again must hold the same rows.
struct RowSequence {
  private let batch: Batch
  private let ordinals: [Int]

  /// Retractions first, so that what replaces a row comes behind it; then by the key, or without one by all columns.
  ///
  /// - Complexity: O(rows × log rows) comparisons, and a word of memory a row.
  static func order(_ batch: Batch, key: [Int]?) -> [Int] {
    let sequence = RowSequence(batch: batch, ordinals: key ?? Array(0..<batch.columns.count))
    return (0..<batch.count).sorted { sequence.precedes($0, $1) }
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    let weights = batch.weight(left) - batch.weight(right)
    if weights != 0 { return weights < 0 }
    for ordinal in ordinals {
      let order = compare(batch.columns[ordinal], left, right)
      if order != 0 { return order < 0 }
    }
    return false
  }

  private func compare(_ column: Column, _ left: Int, _ right: Int) -> Int {
    if column.hasNulls {
      let nulls = (column.isNull(left), column.isNull(right))
      if nulls.0 || nulls.1 { return nulls.0 && nulls.1 ? 0 : nulls.0 ? -1 : 1 }
    }
    switch column.values {
    case .bytes(let buffer): return compare(buffer, left, right)
    case .int64(let buffer): return compare(buffer, left, right)
    case .float64(let buffer):
      let (one, other) = (buffer.base[left], buffer.base[right])
      // The order of IEEE 754 has a place for NaN, and for both zeros.
      return one == other || one.isNaN && other.isNaN ? 0 : one.isTotallyOrdered(belowOrEqualTo: other) ? -1 : 1
    case .int128(let buffer): return compare(buffer, left, right)
    case .string(let storage): return storage.compare(left, to: storage, row: right)
    case .window(let start, let end):
      let starts = compare(start, left, right)
      return starts != 0 ? starts : compare(end, left, right)
    }
  }

  private func compare<Element: Comparable>(_ buffer: Buffer<Element>, _ left: Int, _ right: Int) -> Int {
    let (one, other) = (buffer.base[left], buffer.base[right])
    return one < other ? -1 : one > other ? 1 : 0
  }
}
