/// Fills one column row by row, then gives it away.
public final class ColumnBuilder {
  /// What the values will be.
  public let type: DataType
  private let values: Column.Values
  private var validity: Buffer<UInt8>?
  /// How many rows were added.
  public private(set) var count = 0

  /// A column without rows, with room for `capacity` of them before memory grows.
  public init(_ type: DataType, capacity: Int = 16) {
    self.type = type
    values =
      switch type.layout {
      case .bytes: .bytes(Buffer(capacity: capacity))
      case .int64: .int64(Buffer(capacity: capacity))
      case .float64: .float64(Buffer(capacity: capacity))
      case .int128: .int128(Buffer(capacity: capacity))
      case .string: .string(StringStorage(capacity: capacity))
      case .window: .window(start: Buffer(capacity: capacity), end: Buffer(capacity: capacity))
      }
  }

  private func markValid() {
    validity?.append(1)
    count += 1
  }

  /// Adds a row without a value.
  public func appendNull() {
    switch values {
    case .bytes(let buffer): buffer.append(0)
    case .int64(let buffer): buffer.append(0)
    case .float64(let buffer): buffer.append(0)
    case .int128(let buffer): buffer.append(0)
    case .string(let storage): storage.views.append(.empty)
    case .window(let start, let end):
      start.append(0)
      end.append(0)
    }
    if validity == nil { validity = Buffer(repeating: 1, count: count) }
    validity!.append(0)
    count += 1
  }

  /// Adds a row to a boolean column.
  public func append(boolean: Bool) {
    guard case .bytes(let buffer) = values else { preconditionFailure("a boolean for a \(type) column") }
    buffer.append(boolean ? 1 : 0)
    markValid()
  }

  /// Appends to an `INT`, `BIGINT`, `DATE` or `TIMESTAMP` column.
  public func append(int64: Int64) {
    guard case .int64(let buffer) = values else { preconditionFailure("an integer for a \(type) column") }
    buffer.append(int64)
    markValid()
  }

  /// Adds a row to a double column.
  public func append(double: Double) {
    guard case .float64(let buffer) = values else { preconditionFailure("a double for a \(type) column") }
    buffer.append(double)
    markValid()
  }

  /// Appends a decimal already at the column's scale.
  public func append(unscaled: Int128) {
    guard case .int128(let buffer) = values else { preconditionFailure("a decimal for a \(type) column") }
    buffer.append(unscaled)
    markValid()
  }

  /// Adds a row to a string column.
  public func append(string: String) {
    guard case .string(let storage) = values else { preconditionFailure("a string for a \(type) column") }
    storage.append(string)
    markValid()
  }

  /// Adds a row to a string column, from bytes that are UTF-8.
  public func append(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard case .string(let storage) = values else { preconditionFailure("a string for a \(type) column") }
    if let first = bytes.baseAddress { storage.append(first, count: bytes.count) } else { storage.views.append(.empty) }
    markValid()
  }

  /// Adds a row to a window column, in microseconds since 1970.
  public func append(windowFrom start: Int64, to end: Int64) {
    guard case .window(let starts, let ends) = values else { preconditionFailure("a window for a \(type) column") }
    starts.append(start)
    ends.append(end)
    markValid()
  }

  /// Appends a value of the column's own type, or null.
  public func append(_ value: Value) {
    switch value {
    case .null: appendNull()
    case .boolean(let value): append(boolean: value)
    case .integer(let value): append(int64: value)
    case .double(let value): append(double: value)
    case .decimal(let unscaled, let scale):
      guard case .decimal(_, let own) = type, own == scale else {
        preconditionFailure("a decimal of scale \(scale) for a \(type) column")
      }
      append(unscaled: unscaled)
    case .string(let value): append(string: value)
    case .date(let days): append(int64: days)
    case .timestamp(let time): append(int64: time.microseconds)
    case .window(let start, let end): append(windowFrom: start.microseconds, to: end.microseconds)
    }
  }

  /// Appends row `row` of a column of the same layout.
  public func append(row: Int, of column: Column) {
    if column.isNull(row) { return appendNull() }
    switch (values, column.values) {
    case (.bytes(let mine), .bytes(let theirs)): mine.append(theirs.base[row])
    case (.int64(let mine), .int64(let theirs)): mine.append(theirs.base[row])
    case (.float64(let mine), .float64(let theirs)): mine.append(theirs.base[row])
    case (.int128(let mine), .int128(let theirs)): mine.append(theirs.base[row])
    case (.string(let mine), .string(let theirs)): mine.append(row: row, of: theirs)
    case (.window(let start, let end), .window(let otherStart, let otherEnd)):
      start.append(otherStart.base[row])
      end.append(otherEnd.base[row])
    default: preconditionFailure("a \(column.type) row for a \(type) column")
    }
    markValid()
  }

  /// The filled column. The builder must not be used again.
  public func finish() -> Column { Column(type: type, count: count, values: values, validity: validity) }
}
