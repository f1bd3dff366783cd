import TidemillColumns

/// The memory of a batch's columns while lines of CSV fill it, as raw pointers for the loop over lines.
///
/// Every row writes a value, or a zero, and whether it is one, to each column that has a field.
final class CSVColumns {
  /// How the text of one field becomes the value of one column.
  struct Step {
    enum Kind: UInt8 { case boolean, int, bigint, double, decimal, string, date, timestamp }

    let kind: Kind
    /// The column's place in the schema.
    let column: Int
    /// The field's place in the line.
    let field: Int
    /// How many fields on from the one before: none for a second column of the same field.
    let advance: Int
    let precision: Int
    let scale: Int
    /// Decimals of fewer digits than this are read the short way.
    let limit: UInt64
    var values: UnsafeMutableRawPointer
    var validity: UnsafeMutablePointer<UInt8>
    /// Of strings: what is too long for its view.
    var heap: UnsafeMutablePointer<UInt8>
    var heapCount = 0
    var heapCapacity = 0
    var times = PlainTimestamp()
  }

  /// How far a string's copy may go beyond its end.
  static let slack = 16

  private let memory: [ColumnMemory]
  private(set) var capacity: Int
  let rowOffsets: Buffer<UInt64>

  /// One for each column that has a field, in the order of the fields.
  let steps: UnsafeMutablePointer<Step>
  let stepCount: Int

  init(_ schema: Schema, _ layout: CSVLayout, capacity: Int) {
    self.capacity = max(capacity, 1)
    rowOffsets = Buffer(capacity: self.capacity)
    memory = schema.fields.map { ColumnMemory($0, capacity: max(capacity, 1)) }
    var placed: [(field: Int, column: Int)] = []
    for (field, column) in layout.columnOfField.enumerated() where column >= 0 {
      placed.append((field, column))
      placed += layout.copies.filter { $0.from == column }.map { (field, $0.to) }
    }
    steps = .allocate(capacity: max(placed.count, 1))
    stepCount = placed.count
    var before = -1
    for (index, (field, column)) in placed.enumerated() {
      var step = Self.step(memory[column], column: column, field: field, advance: field - before)
      step.heapCapacity = memory[column].heap.capacity - Self.slack
      (steps + index).initialize(to: step)
      before = field
    }
  }

  deinit { steps.deallocate() }

  private static func step(_ column: ColumnMemory, column ordinal: Int, field: Int, advance: Int) -> Step {
    var precision = 0
    var scale = 0
    let kind: Step.Kind
    switch column.field.type {
    case .boolean: kind = .boolean
    case .int: kind = .int
    case .bigint: kind = .bigint
    case .double: kind = .double
    case .decimal(let digits, let places):
      kind = .decimal
      (precision, scale) = (digits, places)
    case .string: kind = .string
    case .date: kind = .date
    case .timestamp: kind = .timestamp
    case .window: preconditionFailure("Windows are made by queries: a format cannot read the column \(column.field.name)")
    }
    return Step(
      kind: kind, column: ordinal, field: field, advance: advance, precision: precision, scale: scale,
      limit: Digits.power(min(precision, 18)), values: column.valueBase, validity: column.validity.base,
      heap: column.heap.base)
  }

  func field(_ step: Int) -> Field { memory[steps[step].column].field }

  /// Doubles the rows that there is room for.
  func grow(rows: Int) {
    rowOffsets.count = rows
    rowOffsets.reserve(capacity * 2)
    capacity = rowOffsets.capacity
    for column in memory { column.resize(count: rows, capacity: capacity) }
    for index in 0..<stepCount {
      steps[index].values = memory[steps[index].column].valueBase
      steps[index].validity = memory[steps[index].column].validity.base
    }
  }

  /// Makes room for `more` bytes of long strings.
  func growHeap(_ step: UnsafeMutablePointer<Step>, _ more: Int) {
    let heap = memory[step.pointee.column].heap
    heap.count = step.pointee.heapCount
    heap.reserve(step.pointee.heapCount + more + Self.slack)
    step.pointee.heap = heap.base
    step.pointee.heapCapacity = heap.capacity - Self.slack
  }

  /// All columns, filled with `rows` rows; those without a field are NULL throughout.
  func finish(rows: Int) -> [Column] {
    var hasField = Array(repeating: false, count: memory.count)
    for index in 0..<stepCount {
      hasField[steps[index].column] = true
      memory[steps[index].column].heap.count = steps[index].heapCount
    }
    return zip(memory, hasField).map { column, hasField in
      if !hasField { column.setNull(rows: rows) }
      column.resize(count: rows, capacity: rows)
      let hasNull = RowAssembler.hasNull(column.validity.base, rows)
      return Column(type: column.field.type, count: rows, values: column.values, validity: hasNull ? column.validity : nil)
    }
  }
}

/// One column's buffers.
private struct ColumnMemory {
  let field: Field
  let validity: Buffer<UInt8>
  let heap: Buffer<UInt8>
  let values: Column.Values

  init(_ field: Field, capacity: Int) {
    self.field = field
    validity = Buffer(capacity: capacity)
    heap = Buffer(capacity: CSVColumns.slack)
    values =
      switch field.type {
      case .boolean: .bytes(Buffer(capacity: capacity))
      case .int, .bigint, .date, .timestamp: .int64(Buffer(capacity: capacity))
      case .double: .float64(Buffer(capacity: capacity))
      case .decimal: .int128(Buffer(capacity: capacity))
      case .string: .string(StringStorage(views: Buffer(capacity: capacity), heap: heap))
      case .window: preconditionFailure("Windows are made by queries: a format cannot read the column \(field.name)")
      }
  }

  /// The first row's value in memory.
  var valueBase: UnsafeMutableRawPointer {
    switch values {
    case .bytes(let buffer): UnsafeMutableRawPointer(buffer.base)
    case .int64(let buffer): UnsafeMutableRawPointer(buffer.base)
    case .float64(let buffer): UnsafeMutableRawPointer(buffer.base)
    case .int128(let buffer): UnsafeMutableRawPointer(buffer.base)
    case .string(let storage): UnsafeMutableRawPointer(storage.views.base)
    case .window(let start, _): UnsafeMutableRawPointer(start.base)
    }
  }

  func resize(count: Int, capacity: Int) {
    func resize<Element>(_ buffer: Buffer<Element>) {
      buffer.count = count
      buffer.reserve(capacity)
    }
    resize(validity)
    switch values {
    case .bytes(let buffer): resize(buffer)
    case .int64(let buffer): resize(buffer)
    case .float64(let buffer): resize(buffer)
    case .int128(let buffer): resize(buffer)
    case .string(let storage): resize(storage.views)
    case .window(let start, let end):
      resize(start)
      resize(end)
    }
  }

  func setNull(rows: Int) {
    validity.base.update(repeating: 0, count: rows)
    let stride =
      switch field.type {
      case .boolean: 1
      case .decimal, .string: 16
      default: 8
      }
    valueBase.initializeMemory(as: UInt8.self, repeating: 0, count: rows * stride)
  }
}
