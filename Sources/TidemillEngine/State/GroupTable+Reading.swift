import TidemillColumns

extension GroupTable {
  /// All groups, sorted by shard, and where the groups of each shard end.
  func sortedByShard() -> (groups: Buffer<GroupIndex>, ends: [Int]) {
    var ends = [Int](repeating: 0, count: KeySharding.count)
    let hashes = hashes.base
    for group in 0..<count { ends[KeySharding.shard(hashes[group])] += 1 }
    var total = 0
    for shard in ends.indices {
      (ends[shard], total) = (total, total + ends[shard])
    }
    let sorted = Buffer<GroupIndex>(repeating: 0, count: count)
    for group in 0..<count {
      let shard = KeySharding.shard(hashes[group])
      sorted.base[ends[shard]] = GroupIndex(truncatingIfNeeded: group)
      ends[shard] += 1
    }
    return (sorted, ends)
  }

  /// The keys of `groups` as columns of the given types.
  func keyColumns(_ groups: UnsafePointer<GroupIndex>, count: Int, types: [DataType]) -> [Column] {
    types.enumerated().map { position, type in column(position, of: groups, count: count, type: type) }
  }

  private func column(_ position: Int, of groups: UnsafePointer<GroupIndex>, count: Int, type: DataType) -> Column {
    let source = cells.base + position
    let stride = width
    var validity: Buffer<UInt8>?
    func cell(_ row: Int) -> StringView { source[Int(groups[row]) * stride] }
    for row in 0..<count where cell(row).head == .max && cell(row).tail == KeyBatch.null.tail {
      if validity == nil { validity = Buffer(repeating: 1, count: count) }
      validity!.base[row] = 0
    }
    let values: Column.Values
    switch type.layout {
    case .int64:
      let buffer = Buffer<Int64>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = Int64(bitPattern: cell(row).head) }
      values = .int64(buffer)
    case .bytes:
      let buffer = Buffer<UInt8>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = UInt8(truncatingIfNeeded: cell(row).head) }
      values = .bytes(buffer)
    case .float64:
      let buffer = Buffer<Double>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = Double(bitPattern: cell(row).head) }
      values = .float64(buffer)
    case .int128:
      let buffer = Buffer<Int128>(repeating: 0, count: count)
      for row in 0..<count {
        let pair = cell(row)
        buffer.base[row] = Int128(truncatingIfNeeded: Int64(bitPattern: pair.tail)) << 64 | Int128(pair.head)
      }
      values = .int128(buffer)
    case .string:
      let storage = StringStorage(capacity: count)
      if heap.count == 0, validity == nil {
        let views = storage.views.base
        for row in 0..<count { views[row] = cell(row) }
        storage.views.count = count
        return Column(type: type, count: count, values: .string(storage))
      }
      for row in 0..<count {
        let view = cell(row)
        if view.head == .max {
          storage.views.append(.empty)
        } else if view.isInline {
          storage.views.append(view)
        } else {
          storage.append(heap.base + view.offset, count: view.count)
        }
      }
      values = .string(storage)
    case .window:
      let starts = Buffer<Int64>(repeating: 0, count: count)
      let ends = Buffer<Int64>(repeating: 0, count: count)
      for row in 0..<count {
        starts.base[row] = Int64(bitPattern: cell(row).head)
        ends.base[row] = Int64(bitPattern: cell(row).tail)
      }
      values = .window(start: starts, end: ends)
    }
    return Column(type: type, count: count, values: values, validity: validity)
  }
}
