import TidemillColumns
import TidemillPlan

/// The order of rows by some of their columns.
package struct RowOrder {
  package let keys: [TopN.Order]

  package init(keys: [TopN.Order]) { self.keys = keys }

  /// Whether row `left` of one batch comes before row `right` of another of the same schema.
  package func precedes(_ one: Batch, _ left: Int, _ two: Batch, _ right: Int) -> Bool {
    for key in keys {
      let order = Self.compare(one.columns[key.ordinal], left, two.columns[key.ordinal], right, nullsFirst: key)
      if order != 0 { return order < 0 }
    }
    return false
  }

  private static func compare(_ one: Column, _ left: Int, _ two: Column, _ right: Int, nullsFirst key: TopN.Order) -> Int {
    switch (one.isNull(left), two.isNull(right)) {
    case (true, true): return 0
    case (true, false): return key.nullsFirst ? -1 : 1
    case (false, true): return key.nullsFirst ? 1 : -1
    case (false, false):
      let order = compare(one, left, two, right)
      return key.ascending ? order : -order
    }
  }

  /// The order of two values that are not NULL: negative, zero or positive. NaN is larger than any number.
  static func compare(_ one: Column, _ left: Int, _ two: Column, _ right: Int) -> Int {
    func order<Element: Comparable>(_ a: Element, _ b: Element) -> Int { a < b ? -1 : (a > b ? 1 : 0) }
    switch (one.values, two.values) {
    case (.bytes(let a), .bytes(let b)): return order(a.base[left], b.base[right])
    case (.int64(let a), .int64(let b)): return order(a.base[left], b.base[right])
    case (.float64(let a), .float64(let b)):
      let (x, y) = (a.base[left], b.base[right])
      return x.isNaN || y.isNaN ? order(x.isNaN ? 1 : 0, y.isNaN ? 1 : 0) : order(x, y)
    case (.int128(let a), .int128(let b)): return order(a.base[left], b.base[right])
    case (.string(let a), .string(let b)): return a.compare(left, to: b, row: right)
    case (.window(let a, let aEnd), .window(let b, let bEnd)):
      let starts = order(a.base[left], b.base[right])
      return starts != 0 ? starts : order(aEnd.base[left], bEnd.base[right])
    default: preconditionFailure("\(one.type) compared with \(two.type)")
    }
  }
}

/// Whether two rows of batches of the same schema hold the same values; NULL equals NULL.
func rowsAreEqual(_ one: Batch, _ left: Int, _ two: Batch, _ right: Int) -> Bool {
  for (a, b) in zip(one.columns, two.columns) {
    switch (a.isNull(left), b.isNull(right)) {
    case (true, true): continue
    case (false, false): if RowOrder.compare(a, left, b, right) != 0 { return false }
    default: return false
    }
  }
  return true
}
