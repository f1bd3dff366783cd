import TidemillColumns

/// Which rows of a batch belong together with which rows of a table: one pair after the other, in the order of the batch.
final class JoinMatches {
  /// The rows of the batch.
  let left: Buffer<UInt32>
  /// The rows of the table; `JoinTable.absent` where there is none.
  let right: Buffer<UInt32>

  init(capacity: Int) {
    // One more: whether a pair counts is known after it is written.
    left = Buffer(capacity: capacity + 1)
    right = Buffer(capacity: capacity + 1)
  }

  var count: Int { left.count }

  func setCount(_ count: Int) {
    left.count = count
    right.count = count
  }

  /// Whether each of `count` rows of the batch is there once.
  func isIdentity(over count: Int) -> Bool { self.count == count && !isMultiplied }

  /// Whether a row of the batch is there more than once.
  var isMultiplied: Bool {
    let rows = left.base
    for position in 1..<max(count, 1) where rows[position] == rows[position &- 1] { return true }
    return false
  }

  /// Keeps the pairs that are chosen, each by a byte that is not 0.
  ///
  /// - Parameter keepsAll: whether a row of the batch of which no pair is left stays, without a row of the table.
  func keep(_ chosen: Buffer<UInt8>, keepsAll: Bool) {
    let (left, right, chosen) = (left.base, right.base, chosen.base)
    var kept = 0
    var position = 0
    while position < count {
      let row = left[position]
      let first = kept
      repeat {
        if chosen[position] != 0, right[position] != JoinTable.absent {
          left[kept] = row
          right[kept] = right[position]
          kept &+= 1
        }
        position &+= 1
      } while position < count && left[position] == row
      if keepsAll, kept == first {
        left[kept] = row
        right[kept] = JoinTable.absent
        kept &+= 1
      }
    }
    setCount(kept)
  }
}

extension Column {
  /// The values of a table for pairs, NULL where a pair has no row of the table.
  func looked(up matches: JoinMatches) -> Column {
    let count = matches.count
    let rows = matches.right.base
    var isComplete = true
    for position in 0..<count where rows[position] == JoinTable.absent {
      isComplete = false
      break
    }
    if isComplete { return selecting(rows, count: count) }
    if self.count == 0 { return ColumnBuilder.nulls(type, count: count) }
    // Any row does for those that have none.
    let some = Buffer<UInt32>(capacity: count)
    let validity = Buffer<UInt8>(capacity: count)
    let (target, valid) = (some.base, validity.base)
    let own = self.validity?.base
    for position in 0..<count {
      let row = rows[position]
      let isThere = row != JoinTable.absent
      target[position] = isThere ? row : 0
      valid[position] = isThere ? own?[Int(row)] ?? 1 : 0
    }
    (some.count, validity.count) = (count, count)
    let chosen = selecting(some.base, count: count)
    return Column(type: type, count: count, values: chosen.values, validity: validity)
  }
}

extension ColumnBuilder {
  /// A column of NULLs.
  static func nulls(_ type: DataType, count: Int) -> Column {
    let builder = ColumnBuilder(type, capacity: count)
    for _ in 0..<count { builder.append(.null) }
    return builder.finish()
  }
}
