/// One column of a batch: a type, values and, where some are null, which of them are.
///
/// Copies share their memory. A column is never changed once made.
public struct Column: Sendable {
  /// Values in memory. A closed set, so that code switches once per batch and then runs a plain loop.
  public enum Values: Sendable {
    /// Booleans, one byte each: 0 or 1.
    case bytes(Buffer<UInt8>)
    /// Integers; days of dates and microseconds of timestamps, both since 1970.
    case int64(Buffer<Int64>)
    /// Doubles.
    case float64(Buffer<Double>)
    /// Decimals without their point: value times 10^scale.
    case int128(Buffer<Int128>)
    /// Strings, as views into a heap.
    case string(StringStorage)
    /// Windows as two columns of microseconds since 1970, `end` exclusive.
    case window(start: Buffer<Int64>, end: Buffer<Int64>)
  }

  /// What the values are.
  public let type: DataType
  /// How many rows there are.
  public let count: Int
  /// The values, NULL rows among them with any value.
  public let values: Values
  /// One byte a row, 1 = there is a value, 0 = null; `nil` when no row is null. The value under a null is unspecified.
  public let validity: Buffer<UInt8>?

  /// A column over buffers, which must not be changed afterwards; `values` must be of the type's layout, with `count` rows.
  public init(type: DataType, count: Int, values: Values, validity: Buffer<UInt8>? = nil) {
    self.type = type
    self.count = count
    self.values = values
    self.validity = validity
  }

  /// Whether a row has no value.
  public func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return validity.base[row] == 0
  }

  /// Whether a row may be NULL; `false` is certain.
  public var hasNulls: Bool { validity != nil }

  /// Row `row` as a value on its own. For edges and tests, not for loops over many rows.
  public func value(_ row: Int) -> Value {
    precondition(row >= 0 && row < count, "row \(row) is outside 0..<\(count)")
    if isNull(row) { return .null }
    switch values {
    case .bytes(let buffer): return .boolean(buffer.base[row] != 0)
    case .int64(let buffer):
      switch type {
      case .date: return .date(buffer.base[row])
      case .timestamp: return .timestamp(EventTime(microseconds: buffer.base[row]))
      default: return .integer(buffer.base[row])
      }
    case .float64(let buffer): return .double(buffer.base[row])
    case .int128(let buffer):
      guard case .decimal(_, let scale) = type else { preconditionFailure("128-bit values in a \(type) column") }
      return .decimal(unscaled: buffer.base[row], scale: scale)
    case .string(let storage): return .string(storage.string(row))
    case .window(let start, let end):
      return .window(
        start: EventTime(microseconds: start.base[row]), end: EventTime(microseconds: end.base[row]))
    }
  }
}

extension Column {
  /// The 64-bit integers of an `INT`, `BIGINT`, `DATE` or `TIMESTAMP` column.
  public var int64: UnsafeMutablePointer<Int64> {
    guard case .int64(let buffer) = values else { preconditionFailure("\(type) column has no 64-bit integers") }
    return buffer.base
  }

  /// The values of a double column.
  public var float64: UnsafeMutablePointer<Double> {
    guard case .float64(let buffer) = values else { preconditionFailure("\(type) column has no doubles") }
    return buffer.base
  }

  /// The unscaled values of a decimal column.
  public var int128: UnsafeMutablePointer<Int128> {
    guard case .int128(let buffer) = values else { preconditionFailure("\(type) column has no 128-bit integers") }
    return buffer.base
  }

  /// One byte a row: 1 = true, 0 = false.
  public var booleans: UnsafeMutablePointer<UInt8> {
    guard case .bytes(let buffer) = values else { preconditionFailure("\(type) column has no booleans") }
    return buffer.base
  }

  /// The values of a string column.
  public var strings: StringStorage {
    guard case .string(let storage) = values else { preconditionFailure("\(type) column has no strings") }
    return storage
  }
}
