import TidemillColumns
import TidemillPlan

/// A fixed-width value that `MIN` and `MAX` compare.
protocol ExtremeValue: ColumnElement {
  /// The order of SQL.
  static func precedes(_ left: Self, _ right: Self) -> Bool
}

extension ExtremeValue where Self: Comparable {
  static func precedes(_ left: Self, _ right: Self) -> Bool { left < right }
}

/// Booleans: false comes before true.
extension UInt8: ExtremeValue {}

/// Integers, dates and timestamps.
extension Int64: ExtremeValue {}

/// Decimals of one scale.
extension Int128: ExtremeValue {}

/// Doubles: NaN is larger than any number, as Spark has it.
extension Double: ExtremeValue {
  static func precedes(_ left: Double, _ right: Double) -> Bool { left < right || (right.isNaN && !left.isNaN) }
}

/// `MIN` or `MAX` of fixed-width values: for each group the value so far and whether there is one.
///
/// What is called by way of the class is compiled for each element there is: else every comparison would be looked up.
final class ExtremeAccumulator<Element: ExtremeValue>: Accumulator {
  private let largest: Bool
  private let values = Buffer<Element>(capacity: 16)
  private let present = Buffer<UInt8>(capacity: 16)

  init(largest: Bool) { self.largest = largest }

  override func extend(to count: Int) {
    values.resize(to: count, filling: Element.filler)
    present.resize(to: count, filling: 0)
  }

  override func reset(_ group: Int) { present.base[group] = 0 }

  @inline(__always)
  private static func take(
    _ value: Element, into group: Int, _ values: UnsafeMutablePointer<Element>, _ present: UnsafeMutablePointer<UInt8>,
    largest: Bool
  ) {
    let isBetter =
      present[group] == 0
      || (largest ? Element.precedes(values[group], value) : Element.precedes(value, values[group]))
    guard isBetter else { return }
    values[group] = value
    present[group] = 1
  }

  @specialized(where Element == Int64)
  @specialized(where Element == Double)
  @specialized(where Element == Int128)
  @specialized(where Element == UInt8)
  override func update(_ input: AccumulatorInput, column: Column?) {
    precondition(input.weights == nil, "min and max cannot take back rows; the resolver refuses that")
    let source = Element.buffer(of: column!).base
    let (values, present, largest) = (values.base, present.base, largest)
    input.forEach { row, group, _ in Self.take(source[row], into: group, values, present, largest: largest) }
  }

  @specialized(where Element == Int64)
  @specialized(where Element == Double)
  @specialized(where Element == Int128)
  @specialized(where Element == UInt8)
  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: ExtremeAccumulator<Element>.self)
    let (theirs, theirPresent) = (other.values.base, other.present.base)
    let (values, present, largest) = (values.base, present.base, largest)
    for index in 0..<count where theirPresent[Int(from[index])] != 0 {
      Self.take(theirs[Int(from[index])], into: Int(into[index]), values, present, largest: largest)
    }
  }

  @specialized(where Element == Int64)
  @specialized(where Element == Double)
  @specialized(where Element == Int128)
  @specialized(where Element == UInt8)
  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let result = Buffer<Element>(repeating: Element.filler, count: count)
    var validity: Buffer<UInt8>?
    for index in 0..<count {
      let group = Int(groups[index])
      if present.base[group] != 0 {
        result.base[index] = values.base[group]
      } else {
        if validity == nil { validity = Buffer(repeating: 1, count: count) }
        validity!.base[index] = 0
      }
    }
    return Column(type: type, count: count, values: Element.values(result), validity: validity)
  }

  override func write(to writer: inout ByteWriter) {
    writer.write(values)
    writer.write(present)
  }

  override func restore(from reader: inout ByteReader, groups: Int) throws {
    try values.restore(&reader, count: groups)
    try present.restore(&reader, count: groups)
  }

  override var memoryUsed: Int { values.bytes + present.bytes }
}
