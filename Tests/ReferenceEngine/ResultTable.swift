import TidemillColumns

/// The result that one gets by applying changes in order, as an upserting or a retracting reader would.
public struct ResultTable: Sendable {
  /// Ordinals that identify a row; without them rows count as often as they were inserted.
  public let key: [Int]?
  private var keyed: [RowKey: [Value]] = [:]
  private var counted: [RowKey: (row: [Value], count: Int)] = [:]

  public init(key: [Int]?) { self.key = key }

  /// With a key, an insert replaces what was there and a retraction removes only a row equal to it, so that the order of the
  /// two within an epoch does not matter.
  public mutating func apply(_ change: ReferenceChange) {
    if let key {
      let identity = RowKey(key.map { change.row[$0] })
      if change.weight > 0 {
        keyed[identity] = change.row
      } else if let row = keyed[identity], RowKey(row) == RowKey(change.row) {
        keyed[identity] = nil
      }
    } else {
      let identity = RowKey(change.row)
      counted[identity, default: (change.row, 0)].count += change.weight
      if counted[identity]!.count == 0 { counted[identity] = nil }
    }
  }

  public mutating func apply(_ changes: [ReferenceChange]) {
    for change in changes { apply(change) }
  }

  /// Complete mode: what came is all there is.
  public mutating func replace(with changes: [ReferenceChange]) {
    keyed = [:]
    counted = [:]
    apply(changes)
  }

  public var rows: [[Value]] {
    if key != nil { return Array(keyed.values) }
    return counted.values.flatMap { Array(repeating: $0.row, count: max($0.count, 0)) }
  }
}

/// Rows as lines of text in a fixed order, so that two results can be compared and a difference can be read.
public func sortedLines(_ rows: [[Value]]) -> [String] {
  rows.map { row in row.map { normalized($0).description }.joined(separator: " | ") }.sorted()
}

/// The changes that make one bag of rows another: retractions first, then inserts in the order of `new`.
func difference(from old: [[Value]], to new: [[Value]]) -> [ReferenceChange] {
  /// The rows of `rows` that have no partner in `others`.
  func unmatched(_ rows: [[Value]], _ others: [[Value]]) -> [[Value]] {
    var partners: [RowKey: Int] = [:]
    for row in others { partners[RowKey(row), default: 0] += 1 }
    return rows.filter { row in
      let key = RowKey(row)
      guard let count = partners[key], count > 0 else { return true }
      partners[key] = count - 1
      return false
    }
  }
  return unmatched(old, new).map { ReferenceChange(-1, $0) } + unmatched(new, old).map { ReferenceChange(1, $0) }
}
