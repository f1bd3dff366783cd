import Tidemill

/// The order in which results are shown: by window, then by the other columns of the key, each ascending; NULL comes first.
struct ResultOrder: Sendable {
  /// The columns to compare, the most significant first.
  let ordinals: [Int]
  /// Whether the newest windows come first, as on a screen that shows only the first rows.
  let newestFirst: Bool

  init(_ shape: ResultShape, newestFirst: Bool = false) {
    let key = shape.key ?? Array(0..<shape.schema.count)
    func isTime(_ ordinal: Int) -> Bool { shape.schema[ordinal].type == .window }
    ordinals = key.filter(isTime) + key.filter { !isTime($0) }
    self.newestFirst = newestFirst
  }

  /// Whether one row comes before the other.
  func precedes(_ left: [Value], _ right: [Value]) -> Bool {
    for ordinal in ordinals {
      let order = Self.compare(left[ordinal], right[ordinal])
      if order == 0 { continue }
      if newestFirst, case .window = left[ordinal] { return order > 0 }
      return order < 0
    }
    return false
  }

  /// The rows of a batch in this order.
  func sorted(_ batch: Batch) -> Batch {
    let columns = ordinals.map { batch.columns[$0] }
    var indices = Array(0..<batch.count)
    indices.sort { left, right in
      for column in columns {
        let order = Self.compare(column, left, right)
        if order != 0 { return order < 0 }
      }
      return left < right
    }
    return batch.selecting(indices)
  }

  static func compare(_ left: Value, _ right: Value) -> Int {
    switch (left, right) {
    case (.null, .null): 0
    case (.null, _): -1
    case (_, .null): 1
    case (.boolean(let left), .boolean(let right)): (left ? 1 : 0) - (right ? 1 : 0)
    case (.integer(let left), .integer(let right)), (.date(let left), .date(let right)): order(left, right)
    case (.double(let left), .double(let right)): order(left, right)
    case (.decimal(let left, _), .decimal(let right, _)): order(left, right)
    case (.string(let left), .string(let right)): order(left, right)
    case (.timestamp(let left), .timestamp(let right)): order(left, right)
    case (.window(let start, let end), .window(let otherStart, let otherEnd)):
      end == otherEnd ? order(start, otherStart) : order(end, otherEnd)
    default: preconditionFailure("values of one column have one type")
    }
  }

  private static func order<Element: Comparable>(_ left: Element, _ right: Element) -> Int {
    left < right ? -1 : (right < left ? 1 : 0)
  }

  private static func compare(_ column: Column, _ left: Int, _ right: Int) -> Int {
    if column.hasNulls {
      let order = (column.isNull(left) ? 0 : 1) - (column.isNull(right) ? 0 : 1)
      if order != 0 || column.isNull(left) { return order }
    }
    switch column.values {
    case .bytes(let buffer): return order(buffer.base[left], buffer.base[right])
    case .int64(let buffer): return order(buffer.base[left], buffer.base[right])
    case .float64(let buffer): return order(buffer.base[left], buffer.base[right])
    case .int128(let buffer): return order(buffer.base[left], buffer.base[right])
    case .string(let storage): return storage.compare(left, to: storage, row: right)
    case .window(let start, let end):
      let byEnd = order(end.base[left], end.base[right])
      return byEnd != 0 ? byEnd : order(start.base[left], start.base[right])
    }
  }
}
