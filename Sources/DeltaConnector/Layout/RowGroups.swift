import TidemillColumns

/// Rows by equal values of some columns.
struct RowGroups {
  /// A row of each group, in the order in which the groups first come.
  private(set) var representatives: [Int] = []
  /// Row numbers, group after group, in their order within each; `nil` when that is the order in which they are.
  private var order: Buffer<UInt32>?
  private var starts: [Int] = [0]

  /// - Parameter columns: each of `count` rows; without any, all rows are one group.
  /// - Complexity: O(rows × columns) on average.
  init(_ columns: [Column], count: Int) {
    guard count > 0 else { return }
    guard !columns.isEmpty else {
      representatives = [0]
      starts = [0, count]
      return
    }
    if let runs = Self.runs(columns, count: count) {
      representatives = Array(runs.dropLast())
      starts = runs
      return
    }
    let order = Buffer<UInt32>(capacity: count)
    order.count = count
    let base = order.base
    self.order = order
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

  /// Where groups begin, and where the last one ends, if there are few numbers, each of whose rows come one after another: days of a
  /// result that comes window by window. Without any hash.
  private static func runs(_ columns: [Column], count: Int) -> [Int]? {
    guard columns.count == 1, case .int64(let buffer) = columns[0].values, columns[0].validity == nil else { return nil }
    let values = buffer.base
    var starts = [0]
    var seen: Set<Int64> = [values[0]]
    var row = 1
    while row < count {
      if values[row] != values[row - 1] {
        if seen.count == 1000 || !seen.insert(values[row]).inserted { return nil }
        starts.append(row)
      }
      row += 1
    }
    return starts + [count]
  }

  var count: Int { representatives.count }

  /// How many rows a group has.
  func rowCount(_ group: Int) -> Int { starts[group + 1] - starts[group] }

  /// The rows of a group, in their order.
  func rows(_ group: Int) -> [UInt32] { rows(group, 0..<rowCount(group)) }

  /// Some of the rows of a group, by their numbers in it.
  private func rows(_ group: Int, _ range: Range<Int>) -> [UInt32] {
    let first = starts[group] + range.lowerBound
    guard let order else { return range.indices.map { UInt32(truncatingIfNeeded: starts[group] + $0) } }
    return Array(UnsafeBufferPointer(start: order.base + first, count: range.count))
  }

  /// Some of the rows of a group, by their numbers in it, of the batch that was grouped. Where they lie one after another nothing is
  /// copied, and the batch's memory is shared.
  func rows(_ group: Int, _ range: Range<Int>, of batch: Batch) -> Batch {
    if order == nil { return batch.part(starts[group] + range.lowerBound..<starts[group] + range.upperBound) }
    return batch.taking(rows(group, range))
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

extension Batch {
  /// The rows of a range, in the batch's own memory, which is kept as long as they are.
  func part(_ range: Range<Int>) -> Batch {
    if range.lowerBound == 0, range.count == count { return self }
    return Batch(
      schema: schema, count: range.count, columns: columns.map { $0.part(range) }, weights: weights?.part(range))
  }
}

extension Buffer {
  fileprivate func part(_ range: Range<Int>) -> Buffer {
    Buffer(borrowing: base + range.lowerBound, count: range.count, owner: self)
  }
}

extension Column {
  fileprivate func part(_ range: Range<Int>) -> Column {
    let values: Column.Values =
      switch self.values {
      case .bytes(let buffer): .bytes(buffer.part(range))
      case .int64(let buffer): .int64(buffer.part(range))
      case .int128(let buffer): .int128(buffer.part(range))
      case .float64(let buffer): .float64(buffer.part(range))
      case .string(let storage): .string(StringStorage(views: storage.views.part(range), heap: storage.heap))
      case .window(let start, let end): .window(start: start.part(range), end: end.part(range))
      }
    return Column(type: type, count: range.count, values: values, validity: validity?.part(range))
  }

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
