import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// One chunk of CSV while it is taken apart: first all fields of all lines, then column by column to values.
struct CSVDecoding {
  private let scanner: CSVFieldScanner
  private let layout: CSVLayout
  private let bytes: UnsafeBufferPointer<UInt8>
  private let columns: [RawColumn]
  private let rowOffsets: Buffer<UInt64>
  private let nullText: [UInt8]
  private var assembler: RowAssembler
  private var rowCount = 0
  private var targets: [Target] = []

  /// One column's memory, taken again whenever it has grown.
  private struct Target {
    var spans: UnsafeMutablePointer<TextSpan>
    var validity: UnsafeMutablePointer<UInt8>
  }

  init(
    _ scanner: CSVFieldScanner, _ layout: CSVLayout, _ schema: Schema, _ bytes: UnsafeBufferPointer<UInt8>,
    _ assembler: RowAssembler
  ) {
    self.scanner = scanner
    self.layout = layout
    self.bytes = bytes
    self.assembler = assembler
    let capacity = LineEstimate.rows(bytes)
    columns = schema.fields.map { RawColumn(textOf: $0, capacity: capacity) }
    rowOffsets = Buffer(capacity: capacity)
    nullText = Array(scanner.options.nullValue.utf8)
    takeTargets()
  }

  private mutating func takeTargets() {
    targets = columns.map {
      Target(spans: $0.base.assumingMemoryBound(to: TextSpan.self), validity: $0.validity.base)
    }
  }

  private mutating func grow() {
    rowOffsets.count = rowCount
    rowOffsets.reserve(rowCount * 2 + 64)
    for column in columns { column.resize(count: rowCount, capacity: rowOffsets.capacity) }
    takeTargets()
  }

  mutating func decode(from start: Int) -> ReadResult {
    guard let base = bytes.baseAddress else { return assembler.finish(columns, rowOffsets: rowOffsets.base, count: 0) }
    let isText = tidemill_is_utf8(base, bytes.count) != 0
    var position = start
    while position < bytes.count {
      let feed = LineScan.end(base, from: position, to: bytes.count)
      var end = feed
      if end > position, base[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      if end > position {
        if rowCount == rowOffsets.capacity { grow() }
        if !isText, tidemill_is_utf8(base + position, end - position) == 0 {
          assembler.reject(position..<end, .malformed, "not UTF-8")
        } else if let problem = line(base, from: position, to: end) {
          assembler.reject(position..<end, .malformed, problem)
        } else {
          rowOffsets.base[rowCount] = UInt64(position)
          rowCount += 1
        }
      }
      position = feed + 1
    }
    return assembler.finish(columns, rowOffsets: rowOffsets.base, count: rowCount)
  }

  /// Writes one line's fields as the next row; what is wrong if it is none.
  private func line(_ base: UnsafePointer<UInt8>, from first: Int, to end: Int) -> String? {
    let row = rowCount
    for target in targets {
      target.validity[row] = 0
      target.spans[row] = TextSpan()
    }
    let expected = layout.columnOfField.count
    var fieldCount = 0
    var start = first
    var field = CSVFieldScanner.Field(start: 0, end: 0)
    var stop = 0
    while true {
      if let problem = scanner.next(base, from: start, to: end, field: &field, stop: &stop) { return "\(problem)" }
      if fieldCount < expected {
        let column = layout.columnOfField[fieldCount]
        if column >= 0 { store(field, base, column) }
      }
      fieldCount += 1
      if stop >= end { break }
      start = stop + 1
    }
    if fieldCount != expected {
      return "\(fieldCount) field\(fieldCount == 1 ? "" : "s") instead of \(expected)"
    }
    for copy in layout.copies { duplicate(copy.from, copy.to) }
    return nil
  }

  @inline(__always)
  private func store(_ field: CSVFieldScanner.Field, _ base: UnsafePointer<UInt8>, _ column: Int) {
    let length = field.end - field.start
    if !field.isQuoted {
      if length == 0 { return }
      if length == nullText.count, isNullText(base + field.start) { return }
    }
    var span = TextSpan(offset: UInt64(field.start), length: UInt32(truncatingIfNeeded: length), flags: 0)
    if field.hasEscapes {
      let heap = columns[column].heap
      let heapStart = heap.count
      scanner.unescape(base, field, into: heap)
      span = TextSpan(
        offset: UInt64(heapStart), length: UInt32(truncatingIfNeeded: heap.count - heapStart), flags: TextSpan.inHeap)
    }
    targets[column].spans[rowCount] = span
    targets[column].validity[rowCount] = 1
  }

  private func isNullText(_ text: UnsafePointer<UInt8>) -> Bool {
    for index in nullText.indices where nullText[index] != text[index] { return false }
    return true
  }

  private func duplicate(_ from: Int, _ to: Int) {
    var span = targets[from].spans[rowCount]
    if span.flags & TextSpan.inHeap != 0 {
      // Each column reads its own heap.
      let heap = columns[to].heap
      let start = heap.count
      heap.append(contentsOf: columns[from].heap.base + Int(span.offset), count: Int(span.length))
      span.offset = UInt64(start)
    }
    targets[to].spans[rowCount] = span
    targets[to].validity[rowCount] = targets[from].validity[rowCount]
  }
}
