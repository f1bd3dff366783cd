extension Batch {
  /// Whether another batch has the same rows in the same order; names and weights do not matter.
  ///
  /// - Complexity: O(rows × columns).
  public func hasRows(of other: Batch) -> Bool {
    count == other.count && columns.count == other.columns.count
      && zip(columns, other.columns).allSatisfy { $0.hasValues(of: $1) }
  }
}

extension Column {
  /// Whether each row has the same value as that of the other column, bit by bit, NULLs being equal.
  fileprivate func hasValues(of other: Column) -> Bool {
    guard type == other.type, count == other.count else { return false }
    if validity != nil || other.validity != nil {
      for row in 0..<count where isNull(row) != other.isNull(row) { return false }
    }
    func same<Element>(_ mine: Buffer<Element>, _ theirs: Buffer<Element>, _ equal: (Element, Element) -> Bool) -> Bool {
      let (one, two) = (mine.base, theirs.base)
      for row in 0..<count where !equal(one[row], two[row]) && !isNull(row) { return false }
      return true
    }
    switch (values, other.values) {
    case (.bytes(let mine), .bytes(let theirs)): return same(mine, theirs, ==)
    case (.int64(let mine), .int64(let theirs)): return same(mine, theirs, ==)
    case (.float64(let mine), .float64(let theirs)): return same(mine, theirs) { $0.bitPattern == $1.bitPattern }
    case (.int128(let mine), .int128(let theirs)): return same(mine, theirs, ==)
    case (.string(let mine), .string(let theirs)):
      for row in 0..<count where !isNull(row) && !mine.isEqual(row, to: theirs, row: row) { return false }
      return true
    case (.window(let start, let end), .window(let otherStart, let otherEnd)):
      return same(start, otherStart, ==) && same(end, otherEnd, ==)
    default: return false
    }
  }
}
