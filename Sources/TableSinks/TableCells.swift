import TidemillColumns

/// One column of a table in a batch's memory: the pointers that a row-wise writer needs, taken once a batch.
///
/// Valid while the batch lives.
package struct TableCells {
  package enum Content {
    case boolean(UnsafePointer<UInt8>)
    case integer(UnsafePointer<Int64>)
    case double(UnsafePointer<Double>)
    case decimal(UnsafePointer<Int128>, scale: Int)
    case string(UnsafePointer<StringView>, heap: UnsafePointer<UInt8>)
    /// Days since 1970.
    case date(UnsafePointer<Int64>)
    /// Microseconds since 1970.
    case timestamp(UnsafePointer<Int64>)
  }

  package let content: Content
  /// Whether it is an `INT`, which 32 bits hold.
  package let isNarrow: Bool
  private let validity: UnsafePointer<UInt8>?

  package init(_ column: TableColumn, of batch: Batch) {
    let source = batch.columns[column.source]
    isNarrow = source.type == .int
    validity = source.validity.map { UnsafePointer($0.base) }
    switch source.values {
    case .bytes(let buffer): content = .boolean(buffer.base)
    case .int64(let buffer):
      switch source.type {
      case .date: content = .date(buffer.base)
      case .timestamp: content = .timestamp(buffer.base)
      default: content = .integer(buffer.base)
      }
    case .float64(let buffer): content = .double(buffer.base)
    case .int128(let buffer):
      guard case .decimal(_, let scale) = source.type else { preconditionFailure("128-bit values in a \(source.type) column") }
      content = .decimal(buffer.base, scale: scale)
    case .string(let storage): content = .string(storage.views.base, heap: storage.heap.base)
    case .window(let start, let end): content = .timestamp(column.part == .windowEnd ? end.base : start.base)
    }
  }

  package func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return validity[row] == 0
  }
}
