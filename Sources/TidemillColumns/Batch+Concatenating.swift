extension Batch {
  /// One batch after the other. All must have the columns of `schema`.
  ///
  /// - Complexity: O(rows × columns); nothing is copied when only one batch has rows.
  public static func concatenating(_ batches: [Batch], schema: Schema) -> Batch {
    let filled = batches.filter { $0.count > 0 }
    if filled.count == 1 { return filled[0] }
    if filled.isEmpty { return .empty(schema) }
    let total = filled.reduce(0) { $0 + $1.count }
    let columns = schema.fields.indices.map { ordinal in
      Column.concatenating(filled.map { $0.columns[ordinal] }, type: schema[ordinal].type, count: total)
    }
    var weights: Buffer<Int8>?
    if filled.contains(where: { $0.weights != nil }) {
      let all = Buffer<Int8>(repeating: 1, count: total)
      var start = 0
      for batch in filled {
        if let own = batch.weights { (all.base + start).update(from: own.base, count: batch.count) }
        start += batch.count
      }
      weights = all
    }
    return Batch(schema: schema, count: total, columns: columns, weights: weights)
  }
}

extension Column {
  fileprivate static func concatenating(_ columns: [Column], type: DataType, count: Int) -> Column {
    var validity: Buffer<UInt8>?
    if columns.contains(where: \.hasNulls) {
      let all = Buffer<UInt8>(repeating: 1, count: count)
      var start = 0
      for column in columns {
        if let own = column.validity { (all.base + start).update(from: own.base, count: column.count) }
        start += column.count
      }
      validity = all
    }
    func joined<Element>(_ buffer: (Column) -> Buffer<Element>?) -> Buffer<Element> {
      let all = Buffer<Element>(capacity: count)
      for column in columns {
        guard let own = buffer(column) else { preconditionFailure("a \(column.type) column among those of \(type)") }
        all.append(contentsOf: own.base, count: column.count)
      }
      return all
    }
    let values: Values =
      switch type.layout {
      case .bytes: .bytes(joined { if case .bytes(let buffer) = $0.values { buffer } else { nil } })
      case .int64: .int64(joined { if case .int64(let buffer) = $0.values { buffer } else { nil } })
      case .float64: .float64(joined { if case .float64(let buffer) = $0.values { buffer } else { nil } })
      case .int128: .int128(joined { if case .int128(let buffer) = $0.values { buffer } else { nil } })
      case .string: .string(joinedStrings(columns, count: count))
      case .window:
        .window(
          start: joined { if case .window(let start, _) = $0.values { start } else { nil } },
          end: joined { if case .window(_, let end) = $0.values { end } else { nil } })
      }
    return Column(type: type, count: count, values: values, validity: validity)
  }

  /// Views move as they are; only strings too long for their view move in the heap.
  private static func joinedStrings(_ columns: [Column], count: Int) -> StringStorage {
    let result = StringStorage(capacity: count)
    for column in columns {
      let strings = column.strings
      let start = result.views.count
      result.views.append(contentsOf: strings.views.base, count: column.count)
      let views = result.views.base + start
      for row in 0..<column.count where !views[row].isInline && !column.isNull(row) {
        let offset = result.heap.count
        result.heap.append(contentsOf: strings.heap.base + views[row].offset, count: views[row].count)
        views[row].tail = UInt64(truncatingIfNeeded: offset)
      }
    }
    return result
  }
}
