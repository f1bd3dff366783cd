extension Batch {
  /// The same rows with heaps that hold their own strings only: `selecting` shares those of the batch it was taken from.
  ///
  /// - Complexity: O(rows × string columns).
  public func withOwnStrings() -> Batch {
    Batch(schema: schema, count: count, columns: columns.map { $0.withOwnStrings() }, weights: weights)
  }

  /// About how many bytes of memory there are beside those of `other`, whose strings may be shared.
  public func bytes(beside other: Batch) -> Int {
    let known = Set(other.columns.compactMap { $0.heap.map(ObjectIdentifier.init) })
    return columns.reduce(count * schema.valueBytes) { sum, column in
      guard let heap = column.heap, !known.contains(ObjectIdentifier(heap)) else { return sum }
      return sum + heap.bytes
    }
  }

  /// Bytes of memory, as if nothing were shared.
  public var memoryUsed: Int { columns.reduce(weights?.bytes ?? 0) { $0 + $1.memoryUsed } }
}

extension Column {
  /// What holds its longer strings.
  fileprivate var heap: Buffer<UInt8>? { if case .string(let storage) = values { storage.heap } else { nil } }

  fileprivate func withOwnStrings() -> Column {
    guard case .string(let storage) = values else { return self }
    let own = StringStorage(capacity: count)
    for row in 0..<count {
      if isNull(row) { own.views.append(.empty) } else { own.append(row: row, of: storage) }
    }
    return Column(type: type, count: count, values: .string(own), validity: validity)
  }

  /// Bytes of memory, as if nothing were shared.
  public var memoryUsed: Int {
    let size =
      switch values {
      case .bytes(let buffer): buffer.bytes
      case .int64(let buffer): buffer.bytes
      case .float64(let buffer): buffer.bytes
      case .int128(let buffer): buffer.bytes
      case .string(let storage): storage.views.bytes + storage.heap.bytes
      case .window(let start, let end): start.bytes + end.bytes
      }
    return size + (validity?.bytes ?? 0)
  }
}
