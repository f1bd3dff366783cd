import TidemillColumns

/// What makes two rows the same row for grouping, DISTINCT and comparing results.
///
/// Unlike `Value`'s own equality: all NaNs are one value, -0.0 is 0.0, and strings are equal when their bytes are.
public struct RowKey: Hashable, Sendable {
  enum Part: Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(UInt64)
    case decimal(Int128, Int)
    case string([UInt8])
    case date(Int64)
    case timestamp(EventTime)
    case window(EventTime, EventTime)

    init(_ value: Value) {
      switch normalized(value) {
      case .null: self = .null
      case .boolean(let value): self = .boolean(value)
      case .integer(let value): self = .integer(value)
      case .double(let value): self = .double(value.bitPattern)
      case .decimal(let unscaled, let scale): self = .decimal(unscaled, scale)
      case .string(let value): self = .string(Array(value.utf8))
      case .date(let days): self = .date(days)
      case .timestamp(let time): self = .timestamp(time)
      case .window(let start, let end): self = .window(start, end)
      }
    }
  }

  let parts: [Part]

  public init(_ row: [Value]) { parts = row.map(Part.init) }
}

/// The one value that stands for all that are equal to it: Spark normalises grouping keys the same way.
func normalized(_ value: Value) -> Value {
  guard case .double(let number) = value else { return value }
  if number.isNaN { return .double(.nan) }
  return .double(number == 0 ? 0 : number)
}

/// The order of values of one type, as SQL sorts them: -1, 0 or 1. NaN is equal to itself and above everything; strings compare
/// by their bytes. Neither value may be NULL.
func compare(_ left: Value, _ right: Value) -> Int {
  func order<Operand: Comparable>(_ left: Operand, _ right: Operand) -> Int {
    left < right ? -1 : (right < left ? 1 : 0)
  }
  switch (left, right) {
  case (.boolean(let left), .boolean(let right)): return order(left ? 1 : 0, right ? 1 : 0)
  case (.integer(let left), .integer(let right)): return order(left, right)
  case (.double(let left), .double(let right)):
    if left.isNaN || right.isNaN { return order(left.isNaN ? 1 : 0, right.isNaN ? 1 : 0) }
    return order(left, right)
  case (.decimal(let left, let leftScale), .decimal(let right, let rightScale)):
    let scale = max(leftScale, rightScale)
    let difference =
      DigitNumber(left).shifted(by: scale - leftScale) - DigitNumber(right).shifted(by: scale - rightScale)
    return difference.isZero ? 0 : (difference.isNegative ? -1 : 1)
  case (.string(let left), .string(let right)):
    if left.utf8.lexicographicallyPrecedes(right.utf8) { return -1 }
    return right.utf8.lexicographicallyPrecedes(left.utf8) ? 1 : 0
  case (.date(let left), .date(let right)): return order(left, right)
  case (.timestamp(let left), .timestamp(let right)): return order(left, right)
  case (.window(let leftStart, let leftEnd), .window(let rightStart, let rightEnd)):
    return leftStart == rightStart ? order(leftEnd, rightEnd) : order(leftStart, rightStart)
  default: preconditionFailure("\(left) and \(right) are of different types and have no order")
  }
}

/// The same with a place for NULL, for sorting.
func compare(_ left: Value, _ right: Value, nullsFirst: Bool) -> Int {
  switch (left.isNull, right.isNull) {
  case (true, true): 0
  case (true, false): nullsFirst ? -1 : 1
  case (false, true): nullsFirst ? 1 : -1
  case (false, false): compare(left, right)
  }
}
