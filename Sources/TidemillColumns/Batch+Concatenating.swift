extension Batch {
  /// One batch after the other. All must have the columns of `schema`.
  ///
  /// - Complexity: O(rows × columns); nothing is copied when only one batch has rows.
  public static func concatenating(_ batches: [Batch], schema: Schema) -> Batch {
    var batches = batches
    return concatenating(&batches, schema: schema) { count, body in for index in 0..<count { body(index) } }
  }

  /// One batch after the other, of which none is left: each column's parts are let go when the whole column is there, so that
  /// never more than one column exists twice, if the batches' owner has no others of them.
  ///
  /// - Parameter concurrently: calls its second argument with each number below the first, on any threads, and returns once all
  ///   calls have. Each copies a part to its place.
  /// - Complexity: O(rows × columns); nothing is copied when only one batch has rows.
  public static func concatenating(
    _ batches: inout [Batch], schema: Schema, concurrently: (_ count: Int, _ body: (Int) -> Void) -> Void
  ) -> Batch {
    defer { batches = [] }
    batches.removeAll { $0.count == 0 }
    if batches.count == 1 { return batches[0] }
    if batches.isEmpty { return .empty(schema) }
    var starts: [Int] = []
    var total = 0
    for batch in batches {
      starts.append(total)
      total += batch.count
    }
    var weights: Buffer<Int8>?
    if batches.contains(where: { $0.weights != nil }) {
      weights = Buffer(repeating: 1, count: total)
      for (start, batch) in zip(starts, batches) {
        if let own = batch.weights { (weights!.base + start).update(from: own.base, count: batch.count) }
      }
    }
    var parts = schema.fields.indices.map { ordinal in batches.map { $0.columns[ordinal] } }
    batches = []
    var columns: [Column] = []
    for ordinal in parts.indices {
      let target = ConcatenatedColumn(parts[ordinal], type: schema[ordinal].type, count: total)
      concurrently(starts.count) { index in target.copy(parts[ordinal][index], at: starts[index], part: index) }
      parts[ordinal] = []
      columns.append(target.column)
    }
    return Batch(schema: schema, count: total, columns: columns, weights: weights)
  }
}

/// A column that is made of parts, each of which is copied to its place, in any order.
private struct ConcatenatedColumn {
  let column: Column
  /// Where the long strings of each part go in the heap; empty when there are none.
  private let heapStarts: [Int]

  init(_ parts: [Column], type: DataType, count: Int) {
    func room<Element>(_: Element.Type) -> Buffer<Element> {
      let buffer = Buffer<Element>(capacity: count)
      buffer.count = count
      return buffer
    }
    var heapStarts: [Int] = []
    let values: Column.Values
    switch type.layout {
    case .bytes: values = .bytes(room(UInt8.self))
    case .int64: values = .int64(room(Int64.self))
    case .float64: values = .float64(room(Double.self))
    case .int128: values = .int128(room(Int128.self))
    case .window: values = .window(start: room(Int64.self), end: room(Int64.self))
    case .string:
      var bytes = 0
      if parts.contains(where: { $0.strings.heap.count > 0 }) {
        for part in parts {
          heapStarts.append(bytes)
          bytes += part.longStringBytes
        }
      }
      let heap = Buffer<UInt8>(capacity: bytes)
      heap.count = bytes
      values = .string(StringStorage(views: room(StringView.self), heap: heap))
    }
    self.heapStarts = heapStarts
    let validity = parts.contains(where: \.hasNulls) ? Buffer<UInt8>(repeating: 1, count: count) : nil
    column = Column(type: type, count: count, values: values, validity: validity)
  }

  /// Copies part number `part` to where it begins.
  func copy(_ source: Column, at start: Int, part: Int) {
    func move<Element>(_ from: Buffer<Element>, _ to: Buffer<Element>) {
      (to.base + start).update(from: from.base, count: source.count)
    }
    switch (source.values, column.values) {
    case (.bytes(let from), .bytes(let to)): move(from, to)
    case (.int64(let from), .int64(let to)): move(from, to)
    case (.float64(let from), .float64(let to)): move(from, to)
    case (.int128(let from), .int128(let to)): move(from, to)
    case (.window(let start, let end), .window(let allStarts, let allEnds)):
      move(start, allStarts)
      move(end, allEnds)
    case (.string(let from), .string(let to)):
      move(from.views, to.views)
      // Views move as they are; only strings too long for their view move in the heap.
      if !heapStarts.isEmpty { copyLong(source, from, to, at: start, heapStart: heapStarts[part]) }
    default: preconditionFailure("a \(source.type) column among those of \(column.type)")
    }
    if let all = column.validity, let own = source.validity { move(own, all) }
  }

  private func copyLong(_ source: Column, _ from: StringStorage, _ to: StringStorage, at start: Int, heapStart: Int) {
    var offset = heapStart
    let views = to.views.base + start
    for row in 0..<source.count where !views[row].isInline && !source.isNull(row) {
      let length = views[row].count
      (to.heap.base + offset).update(from: from.heap.base + views[row].offset, count: length)
      views[row].tail = UInt64(truncatingIfNeeded: offset)
      offset += length
    }
  }
}

extension Column {
  /// How many bytes the strings of its rows have that are too long for their view.
  fileprivate var longStringBytes: Int {
    let views = strings.views.base
    var bytes = 0
    for row in 0..<count where !views[row].isInline && !isNull(row) { bytes += views[row].count }
    return bytes
  }
}
