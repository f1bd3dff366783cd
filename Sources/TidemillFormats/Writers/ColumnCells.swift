import TidemillColumns

/// A column as the pointers that a row-wise writer needs: taken once a block, so that no row pays for reference counting.
///
/// Valid while the batch lives.
struct ColumnCells {
  enum Content {
    case boolean(UnsafePointer<UInt8>)
    case integer(UnsafePointer<Int64>)
    case double(UnsafePointer<Double>)
    case decimal(UnsafePointer<Int128>, scale: Int)
    case string(UnsafePointer<StringView>, heap: UnsafePointer<UInt8>)
    case date(UnsafePointer<Int64>)
    case timestamp(UnsafePointer<Int64>)
    /// The last one is which of the windows' texts is this column's.
    case window(UnsafePointer<Int64>, UnsafePointer<Int64>, text: Int)
  }

  let content: Content
  private let validity: UnsafePointer<UInt8>?

  /// The columns of a batch; its windows are numbered from 0.
  static func of(_ batch: Batch) -> [ColumnCells] {
    var windows = 0
    return batch.columns.map { column in
      defer { if column.type == .window { windows += 1 } }
      return ColumnCells(column, window: windows)
    }
  }

  private init(_ column: Column, window: Int) {
    validity = column.validity.map { UnsafePointer($0.base) }
    switch column.values {
    case .bytes(let buffer): content = .boolean(buffer.base)
    case .int64(let buffer):
      switch column.type {
      case .date: content = .date(buffer.base)
      case .timestamp: content = .timestamp(buffer.base)
      default: content = .integer(buffer.base)
      }
    case .float64(let buffer): content = .double(buffer.base)
    case .int128(let buffer):
      guard case .decimal(_, let scale) = column.type else {
        preconditionFailure("128-bit values in a \(column.type) column")
      }
      content = .decimal(buffer.base, scale: scale)
    case .string(let storage): content = .string(storage.views.base, heap: storage.heap.base)
    case .window(let start, let end): content = .window(start.base, end.base, text: window)
    }
  }

  @inline(__always)
  func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return validity[row] == 0
  }
}
