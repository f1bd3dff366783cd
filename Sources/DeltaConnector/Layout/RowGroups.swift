import TidemillColumns

/// Rows by equal values of some columns.
struct RowGroups {
  /// A row of each group, in the order in which the groups first come.
  private(set) var representatives: [Int] = []
  /// Row numbers, group after group, in their order within each.
  private let order: Buffer<UInt32>
  private var starts: [Int] = [0]

  /// - Parameter columns: each of `count` rows; without any, all rows are one group.
  /// - Complexity: O(rows × columns) on average.
  init(_ columns: [Column], count: Int) {
    order = Buffer(capacity: count)
    order.count = count
    let base = order.base
    guard count > 0 else { return }
    guard !columns.isEmpty else {
      for row in 0..<count { base[row] = UInt32(truncatingIfNeeded: row) }
      representatives = [0]
      starts = [0, count]
      return
    }
    let hashes = RowHash.of(columns, count: count)
    // Groups are few as a rule, and rows of one come one after another.
    let table = RowTable(columns, hashes: hashes, capacity: count)
    let groups = Buffer<Int32>(capacity: count)
    let groupOf = groups.base
    var sizes: [Int] = []
    for row in 0..<count {
      let first =
        row > 0 && hashes.base[row] == hashes.base[row - 1] && columns.allSatisfy({ $0.isEqual(row, to: $0, row: row - 1) })
        ? -1 : table.add(row)
      if first == row {
        groupOf[row] = Int32(truncatingIfNeeded: sizes.count)
        representatives.append(row)
        sizes.append(1)
      } else {
        groupOf[row] = groupOf[first < 0 ? row - 1 : first]
        sizes[Int(groupOf[row])] += 1
      }
    }
    for size in sizes { starts.append(starts.last! + size) }
    var next = starts
    for row in 0..<count {
      let group = Int(groupOf[row])
      base[next[group]] = UInt32(truncatingIfNeeded: row)
      next[group] += 1
    }
  }

  var count: Int { representatives.count }

  /// The rows of a group, in their order.
  func rows(_ group: Int) -> [UInt32] {
    Array(UnsafeBufferPointer(start: order.base + starts[group], count: starts[group + 1] - starts[group]))
  }
}

extension Batch {
  /// The rows at `indices`, in that order; the batch itself when these are all of its rows.
  func taking(_ indices: [UInt32]) -> Batch {
    if indices.count == count, indices.first.map({ $0 == 0 }) ?? true, zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 })
    {
      return self
    }
    return indices.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return .empty(schema) }
      return Batch(
        schema: schema, count: buffer.count, columns: columns.map { $0.selecting(base, count: buffer.count) },
        weights: weights?.selecting(base, count: buffer.count))
    }
  }
}

extension Column {
  /// The starts of a window column's windows; those of NULL come before all others.
  var windowStarts: Column {
    guard case .window(let start, _) = values else { preconditionFailure("a \(type) column has no windows") }
    guard let validity else { return Column(type: .timestamp, count: count, values: .int64(start)) }
    let starts = Buffer<Int64>(capacity: count)
    for row in 0..<count { starts.base[row] = validity.base[row] == 0 ? .min : start.base[row] }
    starts.count = count
    return Column(type: .timestamp, count: count, values: .int64(starts))
  }
}
