import TidemillColumns
import TidemillPlan

/// `MIN` and `MAX` of strings, by the order of their bytes.
///
/// A long string that is replaced leaves its bytes in the heap; once half of the heap is such waste, it is written anew.
final class StringExtremeAccumulator: Accumulator {
  private let largest: Bool
  private var values = StringStorage(capacity: 16)
  private let present = Buffer<UInt8>(capacity: 16)
  private var wasted = 0

  init(largest: Bool) { self.largest = largest }

  override func extend(to count: Int) {
    values.views.resize(to: count, filling: .empty)
    present.resize(to: count, filling: 0)
  }

  override func reset(_ group: Int) {
    discard(group)
    present.base[group] = 0
  }

  override func update(_ input: AccumulatorInput, column: Column?) {
    precondition(input.weights == nil, "min and max cannot take back rows; the resolver refuses that")
    let source = column!.strings
    input.forEach { row, group, _ in take(source, row: row, group: group) }
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: StringExtremeAccumulator.self)
    for index in 0..<count where other.present.base[Int(from[index])] != 0 {
      take(other.values, row: Int(from[index]), group: Int(into[index]))
    }
  }

  private func take(_ source: StringStorage, row: Int, group: Int) {
    if present.base[group] != 0 {
      let order = source.compare(row, to: values, row: group)
      if largest ? order <= 0 : order >= 0 { return }
    }
    discard(group)
    var view = source.views.base[row]
    if !view.isInline {
      let bytes = source.heap.base + view.offset
      let offset = values.heap.count
      // A merge within one accumulator reads the heap that it appends to: make room before taking the address.
      if source === values { values.heap.reserve(offset + view.count) }
      values.heap.append(
        contentsOf: source === values ? values.heap.base + view.offset : bytes, count: view.count)
      view.tail = UInt64(truncatingIfNeeded: offset)
    }
    values.views.base[group] = view
    present.base[group] = 1
    if wasted > 4096, wasted * 2 > values.heap.count { compact() }
  }

  private func discard(_ group: Int) {
    let old = values.views.base[group]
    if present.base[group] != 0, !old.isInline { wasted += old.count }
  }

  private func compact() {
    let fresh = StringStorage(capacity: values.count, heapCapacity: values.heap.count - wasted)
    for group in 0..<values.count {
      if present.base[group] != 0 { fresh.append(row: group, of: values) } else { fresh.views.append(.empty) }
    }
    values = fresh
    wasted = 0
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let builder = ColumnBuilder(type, capacity: count)
    for index in 0..<count {
      let group = Int(groups[index])
      if present.base[group] == 0 {
        builder.appendNull()
      } else {
        values.withBytes(group) { builder.append(utf8: $0) }
      }
    }
    return builder.finish()
  }

  override func write(to writer: inout ByteWriter) {
    writer.write(values.views)
    writer.write(values.heap)
    writer.write(present)
  }

  override func restore(from reader: inout ByteReader, groups: Int) throws {
    values = StringStorage(views: try reader.readBuffer(), heap: try reader.readBuffer())
    try present.restore(&reader, count: groups)
    guard values.count == groups else { throw CorruptBytes("\(values.count) strings for \(groups) groups") }
    for group in 0..<groups where present.base[group] != 0 {
      let view = values.views.base[group]
      if !view.isInline, view.offset < 0 || view.offset > values.heap.count - view.count {
        throw CorruptBytes("a string beyond its heap")
      }
    }
  }

  override var memoryUsed: Int { values.views.bytes + values.heap.bytes + present.bytes }
}
