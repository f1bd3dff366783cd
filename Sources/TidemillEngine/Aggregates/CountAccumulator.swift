import TidemillColumns
import TidemillPlan

/// `COUNT(*)` and `COUNT(x)`: how many rows counted.
final class CountAccumulator: Accumulator {
  private let counts = Buffer<Int64>(capacity: 16)

  override func extend(to count: Int) { counts.resize(to: count, filling: 0) }

  override func update(_ input: AccumulatorInput, column: Column?) {
    let counts = counts.base
    input.forEach { _, group, weight in counts[group] &+= weight }
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let theirs = unsafeDowncast(other, to: CountAccumulator.self).counts.base
    let mine = counts.base
    for index in 0..<count { mine[Int(into[index])] &+= theirs[Int(from[index])] }
  }

  override var canSubtract: Bool { true }

  override func subtract(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let theirs = unsafeDowncast(other, to: CountAccumulator.self).counts.base
    let mine = counts.base
    for index in 0..<count { mine[Int(into[index])] &-= theirs[Int(from[index])] }
  }

  override func reset(_ group: Int) { counts.base[group] = 0 }

  subscript(_ group: Int) -> Int64 { counts.base[group] }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let result = Buffer<Int64>(repeating: 0, count: count)
    for index in 0..<count { result.base[index] = counts.base[Int(groups[index])] }
    return Column(type: type, count: count, values: .int64(result))
  }

  override func write(to writer: inout ByteWriter) { writer.write(counts) }

  override func restore(from reader: inout ByteReader, groups: Int) throws { try counts.restore(&reader, count: groups) }

  override var memoryUsed: Int { counts.bytes }
}

extension Buffer {
  /// Fills an empty buffer with `count` elements that were written before.
  func restore(_ reader: inout ByteReader, count: Int) throws {
    let stored = try reader.readBuffer(of: Element.self)
    guard stored.count == count else { throw CorruptBytes("\(stored.count) values for \(count) groups") }
    self.count = 0
    append(contentsOf: stored.base, count: count)
  }
}
