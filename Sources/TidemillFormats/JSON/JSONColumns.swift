import SimdjsonBridge
import TidemillColumns

/// One column's memory, for loops that fill it.
struct JSONSlot {
  /// The final values: bytes, 64-bit or 128-bit integers, doubles, or views.
  var values: UnsafeMutableRawPointer
  /// All ones, but for the rows so far that are null.
  var validity: UnsafeMutablePointer<UInt8>
  /// Long strings.
  var heap: UnsafeMutablePointer<UInt8>
  var heapCount = 0
  var heapCapacity: Int
  let type: DataType
  /// Bytes a value.
  let width: UInt8

  /// The row becomes NULL.
  func setNull(_ row: Int) {
    validity[row] = 0
    // A null's value is unspecified, not undefined: nobody may find a view into nowhere there.
    switch width {
    case 1: values.storeBytes(of: 0, toByteOffset: row, as: UInt8.self)
    case 8: values.storeBytes(of: 0, toByteOffset: row &* 8, as: UInt64.self)
    default:
      values.storeBytes(of: 0, toByteOffset: row &* 16, as: UInt64.self)
      values.storeBytes(of: 0, toByteOffset: row &* 16 &+ 8, as: UInt64.self)
    }
  }

  /// A string of any length becomes the row's value. There must be room for it and 16 bytes more, and 16 readable bytes behind it.
  @inline(__always)
  mutating func store(_ text: UnsafePointer<UInt8>, _ count: Int, _ row: Int) {
    let view = values + row &* 16
    if count <= StringView.inlineCapacity { return tidemill_store_short(view, text, count) }
    let place = heap + heapCount
    var copied = 0
    repeat {
      tidemill_copy16(place + copied, text + copied)
      copied &+= 16
    } while copied < count
    keep(count, row)
  }

  /// The row's value becomes the `count` bytes that were written at the heap's end.
  @inline(__always)
  mutating func keep(_ count: Int, _ row: Int) {
    let place = heap + heapCount
    let view = values + row &* 16
    if count <= StringView.inlineCapacity { return tidemill_store_short(view, place, count) }
    let prefix = UInt32(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt32.self))
    view.storeBytes(of: UInt64(truncatingIfNeeded: count) | UInt64(prefix) &<< 32, as: UInt64.self)
    view.storeBytes(of: UInt64(truncatingIfNeeded: heapCount), toByteOffset: 8, as: UInt64.self)
    heapCount &+= count
  }
}

/// The columns of one chunk of JSON lines while they are filled, whoever fills them.
final class JSONColumns {
  let schema: Schema
  /// One for each column. What they point to moves when it grows.
  let slots: UnsafeMutablePointer<JSONSlot>
  let rowOffsets: Buffer<UInt64>
  /// Sixteen bytes for who reads dates.
  let date = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
  /// How many rows there are.
  var rowCount = 0
  private let values: [Column.Values]
  /// All ones as far as there is memory, but for the rows that are null.
  private let validity: [Buffer<UInt8>]

  init(_ schema: Schema, rowEstimate: Int, heapEstimate: Int) {
    self.schema = schema
    rowOffsets = Buffer(capacity: rowEstimate)
    let capacity = rowOffsets.capacity
    values = schema.fields.map { field in
      switch field.type {
      case .boolean: .bytes(Buffer(capacity: capacity))
      case .int, .bigint, .date, .timestamp: .int64(Buffer(capacity: capacity))
      case .double: .float64(Buffer(capacity: capacity))
      case .decimal: .int128(Buffer(capacity: capacity))
      case .string: .string(StringStorage(capacity: capacity, heapCapacity: heapEstimate))
      case .window: preconditionFailure("Windows are made by queries: a format cannot read the column \(field.name)")
      }
    }
    validity = schema.fields.map { _ in Buffer(repeating: 1, count: capacity) }
    slots = .allocate(capacity: max(schema.fields.count, 1))
    for (ordinal, field) in schema.fields.enumerated() {
      let memory = Self.memory(values[ordinal])
      (slots + ordinal).initialize(
        to: JSONSlot(
          values: memory.base, validity: validity[ordinal].base, heap: memory.heap?.base ?? validity[ordinal].base,
          heapCapacity: memory.heap?.capacity ?? 0, type: field.type, width: UInt8(memory.width)))
    }
  }

  deinit {
    slots.deallocate()
    date.deallocate()
  }

  private static func memory(_ values: Column.Values) -> (base: UnsafeMutableRawPointer, width: Int, heap: Buffer<UInt8>?) {
    switch values {
    case .bytes(let buffer): (UnsafeMutableRawPointer(buffer.base), 1, nil)
    case .int64(let buffer): (UnsafeMutableRawPointer(buffer.base), 8, nil)
    case .float64(let buffer): (UnsafeMutableRawPointer(buffer.base), 8, nil)
    case .int128(let buffer): (UnsafeMutableRawPointer(buffer.base), 16, nil)
    case .string(let storage): (UnsafeMutableRawPointer(storage.views.base), 16, storage.heap)
    case .window: preconditionFailure("No format reads windows")
    }
  }

  /// Says that `rowCount` rows are filled and makes room for `capacity`.
  private func resize(capacity: Int) {
    func resize<Element>(_ buffer: Buffer<Element>) {
      buffer.count = rowCount
      buffer.reserve(capacity)
    }
    for ordinal in values.indices {
      switch values[ordinal] {
      case .bytes(let buffer): resize(buffer)
      case .int64(let buffer): resize(buffer)
      case .float64(let buffer): resize(buffer)
      case .int128(let buffer): resize(buffer)
      case .string(let storage): resize(storage.views)
      case .window: break
      }
    }
    resize(rowOffsets)
  }

  /// Makes room for more rows.
  func growRows() {
    let capacity = max(rowOffsets.capacity * 2, 64)
    resize(capacity: capacity)
    for ordinal in values.indices {
      validity[ordinal].resize(to: rowOffsets.capacity, filling: 1)
      slots[ordinal].validity = validity[ordinal].base
      slots[ordinal].values = Self.memory(values[ordinal]).base
    }
  }

  /// Makes room for `needed` more bytes of long strings in one column.
  func growHeap(_ ordinal: Int, _ needed: Int) {
    guard let heap = Self.memory(values[ordinal]).heap else { return }
    heap.count = slots[ordinal].heapCount
    heap.reserve(heap.count + needed)
    slots[ordinal].heap = heap.base
    slots[ordinal].heapCapacity = heap.capacity
  }

  /// Forgets the nulls of the row behind the last: whoever wrote there has not made it a row.
  func clearNextRow() {
    guard rowCount < rowOffsets.capacity else { return }
    for ordinal in values.indices { slots[ordinal].validity[rowCount] = 1 }
  }

  /// All rows, when nobody fills them any more.
  func finish() -> [Column] {
    resize(capacity: rowCount)
    return schema.fields.indices.map { ordinal in
      Self.memory(values[ordinal]).heap?.count = slots[ordinal].heapCount
      validity[ordinal].count = rowCount
      let hasNull = RowAssembler.hasNull(validity[ordinal].base, rowCount)
      return Column(
        type: schema[ordinal].type, count: rowCount, values: values[ordinal], validity: hasNull ? validity[ordinal] : nil)
    }
  }
}
