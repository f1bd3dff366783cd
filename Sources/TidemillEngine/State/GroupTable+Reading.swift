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

  /// All groups in the order of their keys' hashes, which does not tell in which order they came.
  ///
  /// - Complexity: O(groups) expected.
  func sortedByHash() -> Buffer<GroupIndex> {
    let sorted = Buffer<GroupIndex>(repeating: 0, count: count)
    guard count > 1 else { return sorted }
    let hashes = UnsafePointer(hashes.base)
    // What all hashes begin with says nothing: those of a shard share six bits.
    var differing: UInt64 = 0
    for group in 1..<count { differing |= hashes[group] ^ hashes[0] }
    let shared = UInt64(min(differing.leadingZeroBitCount, 63))
    let bits = UInt64(max(1, Int.bitWidth - (count - 1).leadingZeroBitCount))
    func bucket(_ group: Int) -> Int { Int(truncatingIfNeeded: (hashes[group] << shared) >> (64 &- bits)) }
    let places = Buffer<UInt32>(repeating: 0, count: (1 << Int(bits)) + 1)
    for group in 0..<count { places.base[bucket(group) &+ 1] &+= 1 }
    for index in 1..<places.count { places.base[index] &+= places.base[index &- 1] }
    let target = sorted.base
    for group in 0..<count {
      let place = bucket(group)
      target[Int(places.base[place])] = GroupIndex(truncatingIfNeeded: group)
      places.base[place] &+= 1
    }
    // There are about as many buckets as groups: each has to move by one or two places at most.
    for index in 1..<count {
      let group = target[index]
      var hole = index
      while hole > 0, hashes[Int(target[hole &- 1])] > hashes[Int(group)] {
        target[hole] = target[hole &- 1]
        hole &-= 1
      }
      target[hole] = group
    }
    return sorted
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
