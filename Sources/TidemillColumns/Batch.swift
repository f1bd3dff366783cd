/// Rows that travel together: equally long columns under one schema.
///
/// A batch may carry weights: +1 inserts the row, -1 retracts an equal one. Without weights every row is an insert. Append,
/// update and complete output, top-N and chained aggregation all speak this one language of changes.
public struct Batch: Sendable {
  /// The names and types of the columns.
  public let schema: Schema
  /// How many rows there are.
  public let count: Int
  /// One column for each field of the schema, each of `count` rows.
  public let columns: [Column]
  /// One weight a row, +1 or -1; `nil` when all are +1.
  public let weights: Buffer<Int8>?

  /// A batch over columns, which are shared, not copied. They must be as many as the schema's fields, each of `count` rows.
  public init(schema: Schema, count: Int, columns: [Column], weights: Buffer<Int8>? = nil) {
    precondition(columns.count == schema.count, "\(columns.count) columns for a schema of \(schema.count)")
    for column in columns { precondition(column.count == count, "a column of \(column.count) rows in a batch of \(count)") }
    self.schema = schema
    self.count = count
    self.columns = columns
    self.weights = weights
  }

  /// No rows under a schema.
  public static func empty(_ schema: Schema) -> Batch {
    Batch(schema: schema, count: 0, columns: schema.fields.map { ColumnBuilder($0.type).finish() })
  }

  /// A batch of single values; for edges and tests.
  public init(schema: Schema, rows: [[Value]], weights: [Int8]? = nil) {
    let builders = schema.fields.map { ColumnBuilder($0.type, capacity: rows.count) }
    for row in rows {
      for (builder, value) in zip(builders, row) { builder.append(value) }
    }
    self.init(
      schema: schema, count: rows.count, columns: builders.map { $0.finish() }, weights: weights.map { Buffer($0) })
  }

  /// +1 for a row that is now there, -1 for one that is taken back.
  public func weight(_ row: Int) -> Int { weights.map { Int($0.base[row]) } ?? 1 }

  /// The values of one row; for edges and tests, since it makes a `Value` of each.
  public func row(_ row: Int) -> [Value] { columns.map { $0.value(row) } }

  /// The values of all rows; for edges and tests.
  ///
  /// - Complexity: O(rows × columns).
  public var rows: [[Value]] { (0..<count).map { row($0) } }

  /// The rows at `indices`, in that order, as a batch of their own.
  ///
  /// - Complexity: O(indices × columns).
  public func selecting(_ indices: [Int]) -> Batch {
    var weights: Buffer<Int8>?
    if let own = self.weights {
      let chosen = Buffer<Int8>(capacity: indices.count)
      for index in indices { chosen.append(own.base[index]) }
      weights = chosen
    }
    return Batch(
      schema: schema, count: indices.count, columns: columns.map { $0.selecting(indices) }, weights: weights)
  }

  /// The same columns under other names.
  public func renamed(_ schema: Schema) -> Batch {
    Batch(schema: schema, count: count, columns: columns, weights: weights)
  }

}

extension Buffer {
  /// The elements at `count` indices, in that order. The indices are not checked.
  @inlinable
  public func selecting(_ indices: UnsafePointer<UInt32>, count: Int) -> Buffer<Element> {
    let result = Buffer<Element>(capacity: count)
    let (source, target) = (base, result.base)
    for position in 0..<count { target[position] = source[Int(indices[position])] }
    result.count = count
    return result
  }
}

extension Column {
  /// The rows at `count` indices, in that order. The indices are not checked.
  public func selecting(_ indices: UnsafePointer<UInt32>, count: Int) -> Column {
    let chosen: Values =
      switch values {
      case .bytes(let buffer): .bytes(buffer.selecting(indices, count: count))
      case .int64(let buffer): .int64(buffer.selecting(indices, count: count))
      case .float64(let buffer): .float64(buffer.selecting(indices, count: count))
      case .int128(let buffer): .int128(buffer.selecting(indices, count: count))
      case .string(let storage):
        .string(StringStorage(views: storage.views.selecting(indices, count: count), heap: storage.heap))
      case .window(let start, let end):
        .window(start: start.selecting(indices, count: count), end: end.selecting(indices, count: count))
      }
    return Column(type: type, count: count, values: chosen, validity: validity?.selecting(indices, count: count))
  }

  /// The rows at `indices`, in that order.
  public func selecting(_ indices: [Int]) -> Column {
    func gather<Element>(_ source: Buffer<Element>) -> Buffer<Element> {
      let result = Buffer<Element>(capacity: indices.count)
      let from = source.base
      let to = result.base
      for (position, index) in indices.enumerated() { to[position] = from[index] }
      result.count = indices.count
      return result
    }
    let chosen: Values =
      switch values {
      case .bytes(let buffer): .bytes(gather(buffer))
      case .int64(let buffer): .int64(gather(buffer))
      case .float64(let buffer): .float64(gather(buffer))
      case .int128(let buffer): .int128(gather(buffer))
      case .string(let storage):
        // The heap is shared: views keep their offsets.
        .string(StringStorage(views: gather(storage.views), heap: storage.heap))
      case .window(let start, let end): .window(start: gather(start), end: gather(end))
      }
    return Column(type: type, count: indices.count, values: chosen, validity: validity.map(gather))
  }
}
