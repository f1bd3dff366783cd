import TidemillColumns
import TidemillPlan

/// What `MIN` and `MAX` of fixed-width values share: the value so far and whether there is one.
class ExtremeAccumulator<Element: BitwiseCopyable>: Accumulator {
  final let largest: Bool
  final let values = Buffer<Element>(capacity: 16)
  final let present = Buffer<UInt8>(capacity: 16)
  private let filler: Element

  init(largest: Bool, filler: Element) {
    self.largest = largest
    self.filler = filler
  }

  override final func extend(to count: Int) {
    values.resize(to: count, filling: filler)
    present.resize(to: count, filling: 0)
  }

  override final func reset(_ group: Int) { present.base[group] = 0 }

  /// Takes in rows of `source`; `precedes` is the order of values.
  @inline(__always)
  final func take(
    _ input: AccumulatorInput, _ source: UnsafePointer<Element>, precedes: (Element, Element) -> Bool
  ) {
    precondition(input.weights == nil, "min and max cannot take back rows; the resolver refuses that")
    let values = values.base
    let present = present.base
    let largest = largest
    input.forEach { row, group, _ in
      let value = source[row]
      if present[group] == 0 || (largest ? precedes(values[group], value) : precedes(value, values[group])) {
        values[group] = value
        present[group] = 1
      }
    }
  }

  @inline(__always)
  final func take(
    _ other: ExtremeAccumulator<Element>, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int,
    precedes: (Element, Element) -> Bool
  ) {
    let theirs = other.values.base
    for index in 0..<count where other.present.base[Int(from[index])] != 0 {
      let value = theirs[Int(from[index])]
      let group = Int(into[index])
      if present.base[group] == 0
        || (largest ? precedes(values.base[group], value) : precedes(value, values.base[group]))
      {
        values.base[group] = value
        present.base[group] = 1
      }
    }
  }

  final func emitted(_ groups: UnsafePointer<GroupIndex>, count: Int) -> (Buffer<Element>, Buffer<UInt8>?) {
    let result = Buffer<Element>(repeating: filler, count: count)
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
    return (result, validity)
  }

  override final func write(to writer: inout ByteWriter) {
    writer.write(values)
    writer.write(present)
  }

  override final func restore(from reader: inout ByteReader, groups: Int) throws {
    try values.restore(&reader, count: groups)
    try present.restore(&reader, count: groups)
  }

  override final var memoryUsed: Int { values.bytes + present.bytes }
}

/// `MIN` and `MAX` of integers, dates and timestamps.
final class IntegerExtremeAccumulator: ExtremeAccumulator<Int64> {
  init(largest: Bool) { super.init(largest: largest, filler: 0) }

  override func update(_ input: AccumulatorInput, column: Column?) { take(input, column!.int64, precedes: <) }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    take(
      unsafeDowncast(other, to: IntegerExtremeAccumulator.self), from: from, into: into, count: count, precedes: <)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let (values, validity) = emitted(groups, count: count)
    return Column(type: type, count: count, values: .int64(values), validity: validity)
  }
}

/// `MIN` and `MAX` of booleans: false comes before true.
final class BooleanExtremeAccumulator: ExtremeAccumulator<UInt8> {
  init(largest: Bool) { super.init(largest: largest, filler: 0) }

  override func update(_ input: AccumulatorInput, column: Column?) { take(input, column!.booleans, precedes: <) }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    take(
      unsafeDowncast(other, to: BooleanExtremeAccumulator.self), from: from, into: into, count: count, precedes: <)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let (values, validity) = emitted(groups, count: count)
    return Column(type: type, count: count, values: .bytes(values), validity: validity)
  }
}

/// `MIN` and `MAX` of doubles: NaN is larger than any number, as Spark has it.
final class DoubleExtremeAccumulator: ExtremeAccumulator<Double> {
  init(largest: Bool) { super.init(largest: largest, filler: 0) }

  private static func precedes(_ left: Double, _ right: Double) -> Bool { left < right || (right.isNaN && !left.isNaN) }

  override func update(_ input: AccumulatorInput, column: Column?) {
    take(input, column!.float64, precedes: Self.precedes)
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    take(
      unsafeDowncast(other, to: DoubleExtremeAccumulator.self), from: from, into: into, count: count,
      precedes: Self.precedes)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let (values, validity) = emitted(groups, count: count)
    return Column(type: type, count: count, values: .float64(values), validity: validity)
  }
}

/// `MIN` and `MAX` of decimals of one scale.
final class DecimalExtremeAccumulator: ExtremeAccumulator<Int128> {
  init(largest: Bool) { super.init(largest: largest, filler: 0) }

  override func update(_ input: AccumulatorInput, column: Column?) { take(input, column!.int128, precedes: <) }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    take(
      unsafeDowncast(other, to: DecimalExtremeAccumulator.self), from: from, into: into, count: count, precedes: <)
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let (values, validity) = emitted(groups, count: count)
    return Column(type: type, count: count, values: .int128(values), validity: validity)
  }
}
