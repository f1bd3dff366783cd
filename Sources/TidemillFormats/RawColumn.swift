import SimdjsonBridge
import TidemillColumns

/// A column while a format fills it: either its final values already, or the text of each row, to be converted afterwards.
///
/// Formats fill the buffers through their base pointers; `count` of each is only set when all rows are there.
struct RawColumn {
  enum Content {
    case values(Column.Values)
    case text(Buffer<TextSpan>)
  }

  let field: Field
  let validity: Buffer<UInt8>
  /// Text that had escapes, and strings too long for their view.
  let heap: Buffer<UInt8>
  let content: Content

  /// A column of text, whatever its type.
  init(textOf field: Field, capacity: Int) {
    self.field = field
    validity = Buffer(capacity: capacity)
    heap = Buffer(capacity: 0)
    content = .text(Buffer(capacity: capacity))
  }

  /// A column that simdjson's bridge fills.
  init(parsed field: Field, capacity: Int, heapCapacity: Int) {
    self.field = field
    validity = Buffer(capacity: capacity)
    heap = Buffer(capacity: field.type == .string ? heapCapacity : 0)
    switch field.type {
    case .boolean: content = .values(.bytes(Buffer(capacity: capacity)))
    case .int, .bigint: content = .values(.int64(Buffer(capacity: capacity)))
    case .double: content = .values(.float64(Buffer(capacity: capacity)))
    case .string: content = .values(.string(StringStorage(views: Buffer(capacity: capacity), heap: heap)))
    case .decimal, .date, .timestamp: content = .text(Buffer(capacity: capacity))
    case .window: preconditionFailure("Windows are made by queries: a format cannot read the column \(field.name)")
    }
  }

  /// The first row's value in memory.
  var base: UnsafeMutableRawPointer {
    switch content {
    case .text(let spans): UnsafeMutableRawPointer(spans.base)
    case .values(.bytes(let buffer)): UnsafeMutableRawPointer(buffer.base)
    case .values(.int64(let buffer)): UnsafeMutableRawPointer(buffer.base)
    case .values(.float64(let buffer)): UnsafeMutableRawPointer(buffer.base)
    case .values(.string(let storage)): UnsafeMutableRawPointer(storage.views.base)
    case .values(.int128), .values(.window): preconditionFailure("No format parses \(field.type) values in place")
    }
  }

  /// Says that `count` rows are filled and makes room for `capacity`.
  func resize(count: Int, capacity: Int) {
    func resize<Element>(_ buffer: Buffer<Element>) {
      buffer.count = count
      buffer.reserve(capacity)
    }
    resize(validity)
    switch content {
    case .text(let spans): resize(spans)
    case .values(.bytes(let buffer)): resize(buffer)
    case .values(.int64(let buffer)): resize(buffer)
    case .values(.float64(let buffer)): resize(buffer)
    case .values(.string(let storage)): resize(storage.views)
    case .values(.int128(let buffer)): resize(buffer)
    case .values(.window): preconditionFailure("No format parses \(field.type) values in place")
    }
  }
}
