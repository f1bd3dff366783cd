import TidemillColumns

/// What a kernel takes: a value a row, or one value for every row.
///
/// A constant is a column of one row, so that literals are never spread over the batch where a kernel can do without.
struct Operand {
  let column: Column
  let isConstant: Bool

  init(_ column: Column, isConstant: Bool = false) {
    self.column = column
    self.isConstant = isConstant
  }

  /// `value` for every row.
  init(constant value: Value, _ type: DataType) {
    let builder = ColumnBuilder(type, capacity: 1)
    builder.append(value)
    self.init(builder.finish(), isConstant: true)
  }

  var type: DataType { column.type }

  /// Whether it is NULL for every row because it is the constant NULL.
  var isNullConstant: Bool { isConstant && column.isNull(0) }

  /// The decimal scale; 0 for other types.
  var scale: Int {
    if case .decimal(_, let scale) = type { return scale }
    return 0
  }

  func elements<Element: ColumnElement>(_: Element.Type = Element.self) -> OperandElements<Element> {
    OperandElements(buffer: Element.buffer(of: column), isConstant: isConstant)
  }

  var strings: OperandStrings { OperandStrings(column.strings, isConstant: isConstant) }

  /// The window's two ends.
  var window: (start: OperandElements<Int64>, end: OperandElements<Int64>) {
    guard case .window(let start, let end) = column.values else {
      preconditionFailure("a \(type) operand where a window is wanted")
    }
    return (OperandElements(buffer: start, isConstant: isConstant), OperandElements(buffer: end, isConstant: isConstant))
  }

  /// The operand as a column of `count` rows; a column as it is.
  func spread(over count: Int) -> Column {
    if !isConstant { return column }
    func repeated<Element>(_ buffer: Buffer<Element>) -> Buffer<Element> { Buffer(repeating: buffer.base[0], count: count) }
    let values: Column.Values =
      switch column.values {
      case .bytes(let buffer): .bytes(repeated(buffer))
      case .int64(let buffer): .int64(repeated(buffer))
      case .float64(let buffer): .float64(repeated(buffer))
      case .int128(let buffer): .int128(repeated(buffer))
      // The heap holds a long constant once; all views point to it.
      case .string(let storage): .string(StringStorage(views: repeated(storage.views), heap: storage.heap))
      case .window(let start, let end): .window(start: repeated(start), end: repeated(end))
      }
    return Column(
      type: type, count: count, values: values, validity: isNullConstant ? Buffer(repeating: 0, count: count) : nil)
  }
}

/// The elements of one operand.
struct OperandElements<Element: BitwiseCopyable> {
  let buffer: Buffer<Element>
  let isConstant: Bool

  /// `base[row & mask]` is the element of a row.
  var mask: Int { isConstant ? 0 : -1 }
}

/// The strings of one operand. The pointers live as long as `storage` does.
struct OperandStrings {
  let storage: StringStorage
  let isConstant: Bool
  let views: UnsafeMutablePointer<StringView>
  let heap: UnsafeMutablePointer<UInt8>
  private let mask: Int

  init(_ storage: StringStorage, isConstant: Bool) {
    self.storage = storage
    self.isConstant = isConstant
    views = storage.views.base
    heap = storage.heap.base
    mask = isConstant ? 0 : -1
  }

  @inline(__always)
  func view(_ row: Int) -> StringView { views[row & mask] }

  /// The bytes of a row, where they lie.
  @inline(__always)
  func bytes(_ row: Int) -> UnsafeBufferPointer<UInt8> {
    let view = views + (row & mask)
    let count = view.pointee.count
    if view.pointee.isInline {
      return UnsafeBufferPointer(
        start: (UnsafeRawPointer(view) + 4).assumingMemoryBound(to: UInt8.self), count: count)
    }
    return UnsafeBufferPointer(start: heap + view.pointee.offset, count: count)
  }
}

/// A type whose values lie in a buffer of their own in a column.
protocol ColumnElement: BitwiseCopyable {
  /// What stands under a NULL.
  static var layout: DataType.Layout { get }
  static var filler: Self { get }
  static func buffer(of column: Column) -> Buffer<Self>
  static func values(_ buffer: Buffer<Self>) -> Column.Values
}

extension UInt8: ColumnElement {
  static var layout: DataType.Layout { .bytes }
  static var filler: UInt8 { 0 }

  static func buffer(of column: Column) -> Buffer<UInt8> {
    guard case .bytes(let buffer) = column.values else { preconditionFailure("a \(column.type) operand, not a boolean") }
    return buffer
  }

  static func values(_ buffer: Buffer<UInt8>) -> Column.Values { .bytes(buffer) }
}

extension Int64: ColumnElement {
  static var layout: DataType.Layout { .int64 }
  static var filler: Int64 { 0 }

  static func buffer(of column: Column) -> Buffer<Int64> {
    guard case .int64(let buffer) = column.values else { preconditionFailure("a \(column.type) operand, not an integer") }
    return buffer
  }

  static func values(_ buffer: Buffer<Int64>) -> Column.Values { .int64(buffer) }
}

extension Double: ColumnElement {
  static var layout: DataType.Layout { .float64 }
  static var filler: Double { 0 }

  static func buffer(of column: Column) -> Buffer<Double> {
    guard case .float64(let buffer) = column.values else { preconditionFailure("a \(column.type) operand, not a double") }
    return buffer
  }

  static func values(_ buffer: Buffer<Double>) -> Column.Values { .float64(buffer) }
}

extension Int128: ColumnElement {
  static var layout: DataType.Layout { .int128 }
  static var filler: Int128 { 0 }

  static func buffer(of column: Column) -> Buffer<Int128> {
    guard case .int128(let buffer) = column.values else { preconditionFailure("a \(column.type) operand, not a decimal") }
    return buffer
  }

  static func values(_ buffer: Buffer<Int128>) -> Column.Values { .int128(buffer) }
}
