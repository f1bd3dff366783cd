import CByteScan
import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// One chunk of CSV while it becomes columns: each line in one pass, from its bytes to the values of a row.
///
/// A line goes the short way if it has no quote and all its values are plain. Any other is left to `CSVLine`, which knows all
/// the rules, so that the short way may give up anywhere.
struct CSVDecoding {
  private let options: CSVOptions
  private let line: CSVLine
  private let bytes: UnsafeBufferPointer<UInt8>
  private let fieldCount: Int
  private let columns: CSVColumns
  private let nullText: [UInt8]
  private var assembler: RowAssembler
  private var rowCount = 0

  /// What the marks of a block say is found in 64 bytes at once; behind them values are read as whole words.
  private static let lookahead = 64 + 16

  init(
    _ scanner: CSVFieldScanner, _ layout: CSVLayout, _ schema: Schema, _ bytes: UnsafeBufferPointer<UInt8>,
    _ assembler: RowAssembler
  ) {
    options = scanner.options
    self.bytes = bytes
    self.assembler = assembler
    fieldCount = layout.columnOfField.count
    columns = CSVColumns(schema, layout, capacity: LineEstimate.rows(bytes))
    nullText = Array(options.nullValue.utf8)
    line = CSVLine(scanner, columns, fieldCount: fieldCount, zone: assembler.request.zone)
  }

  mutating func decode(from start: Int) -> ReadResult {
    if let base = bytes.baseAddress {
      let isText = tidemill_is_utf8(base, bytes.count) != 0
      var position = start
      while position < bytes.count {
        if isText { position = plainLines(base, from: position) }
        if position < bytes.count { position = anyLine(base, from: position, isText: isText) }
      }
    }
    return assembler.finish(columns.finish(rows: rowCount), rowOffsets: columns.rowOffsets.base, count: rowCount)
  }

  /// Reads the line at `position` by all the rules; where the next one begins.
  private mutating func anyLine(_ base: UnsafePointer<UInt8>, from position: Int, isText: Bool) -> Int {
    let feed = LineScan.end(base, from: position, to: bytes.count)
    var end = feed
    if end > position, base[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    if end == position { return feed + 1 }
    if rowCount == columns.capacity { columns.grow(rows: rowCount) }
    if !isText, tidemill_is_utf8(base + position, end - position) == 0 {
      assembler.reject(position..<end, .malformed, "not UTF-8")
    } else if let problem = line.read(base, from: position, to: end, row: rowCount) {
      assembler.reject(position..<end, problem.reason, problem.detail)
    } else {
      columns.rowOffsets.base[rowCount] = UInt64(position)
      rowCount += 1
    }
    return feed + 1
  }

  /// Reads lines so long as they are plain; where the first one begins that is not, or the end.
  private mutating func plainLines(_ base: UnsafePointer<UInt8>, from start: Int) -> Int {
    // The last bytes are left to the long way, so that nothing is read beyond them.
    guard bytes.count - start >= Self.lookahead else { return start }
    let lastBlock = bytes.count - Self.lookahead
    let columns = columns
    let steps = columns.steps
    let stepCount = columns.stepCount
    let fieldCount = fieldCount
    let separator = options.separator
    let quote = options.quote
    let nullText = nullText
    let nullLength = nullText.isEmpty ? -1 : nullText.count
    var offsets = columns.rowOffsets.base
    var capacity = columns.capacity
    var row = rowCount
    defer { rowCount = row }

    var block = start
    var lines = tidemill_matching_bytes(base + block, 10)
    var quotes = tidemill_matching_bytes(base + block, quote)
    // What is still ahead of separators, quotes and line ends.
    var marks = tidemill_matching_bytes(base + block, separator) | quotes | lines
    var lineStart = start
    while true {
      if row == capacity {
        columns.grow(rows: row)
        offsets = columns.rowOffsets.base
        capacity = columns.capacity
      }
      var fields = 0
      var from = lineStart
      var to = lineStart - 1
      var index = 0
      while index < stepCount {
        var advance = steps[index].advance
        while advance > 0 {
          from = to + 1
          while marks == 0 {
            block += 64
            if block > lastBlock { return lineStart }
            lines = tidemill_matching_bytes(base + block, 10)
            quotes = tidemill_matching_bytes(base + block, quote)
            marks = tidemill_matching_bytes(base + block, separator) | quotes | lines
          }
          to = block &+ marks.trailingZeroBitCount
          marks &= marks &- 1
          fields &+= 1
          advance &-= 1
          if base[to] != separator, base[to] == quote || fields < fieldCount { break }
        }
        // The last field of all ends with the line, every other one at a separator.
        let mark = base[to]
        var end = to
        if fields == fieldCount {
          guard mark == UInt8(ascii: "\n") else { return lineStart }
          if end > lineStart, base[end - 1] == UInt8(ascii: "\r") { end -= 1 }
          if end == lineStart { return lineStart }
        } else {
          guard mark == separator else { return lineStart }
        }
        if end - from == 0 || end - from == nullLength && Self.isNull(base + from, nullText) {
          Self.writeNull(steps + index, row)
        } else if !Self.write(steps + index, row, base + from, end - from, columns) {
          return lineStart
        }
        index &+= 1
      }
      if fields < fieldCount {
        // Of the fields that nobody needs only their number matters.
        while true {
          let ends = lines & marks
          if ends != 0 {
            let before = (ends & (0 &- ends)) &- 1
            if marks & before & quotes != 0 { return lineStart }
            fields &+= (marks & before).nonzeroBitCount &+ 1
            to = block &+ ends.trailingZeroBitCount
            marks &= ~(before << 1 | 1)
            break
          }
          if marks & quotes != 0 { return lineStart }
          fields &+= marks.nonzeroBitCount
          block += 64
          if block > lastBlock { return lineStart }
          lines = tidemill_matching_bytes(base + block, 10)
          quotes = tidemill_matching_bytes(base + block, quote)
          marks = tidemill_matching_bytes(base + block, separator) | quotes | lines
        }
        if fields != fieldCount || stepCount == 0 && to - lineStart <= 1 { return lineStart }
      }
      offsets[row] = UInt64(truncatingIfNeeded: lineStart)
      row &+= 1
      lineStart = to + 1
    }
  }

  @inline(never)
  private static func isNull(_ text: UnsafePointer<UInt8>, _ nullText: [UInt8]) -> Bool {
    for index in nullText.indices where nullText[index] != text[index] { return false }
    return true
  }

  @inline(__always)
  static func writeNull(_ step: UnsafeMutablePointer<CSVColumns.Step>, _ row: Int) {
    step.pointee.validity[row] = 0
    let values = step.pointee.values
    switch step.pointee.kind {
    case .boolean: values.assumingMemoryBound(to: UInt8.self)[row] = 0
    case .decimal, .string: values.assumingMemoryBound(to: StringView.self)[row] = .empty
    case .int, .bigint, .double, .date, .timestamp: values.assumingMemoryBound(to: Int64.self)[row] = 0
    }
  }

  /// Writes plain text as a value; `false` if it is not plain.
  ///
  /// - Parameter text: at least one byte, with 16 more behind it that may be read.
  @inline(__always)
  private static func write(
    _ step: UnsafeMutablePointer<CSVColumns.Step>, _ row: Int, _ text: UnsafePointer<UInt8>, _ count: Int,
    _ columns: CSVColumns
  ) -> Bool {
    let values = step.pointee.values
    switch step.pointee.kind {
    case .int, .bigint:
      guard let value = PlainNumber.integer(text, count: count) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    case .string: values.assumingMemoryBound(to: StringView.self)[row] = view(step, text, count, columns)
    case .timestamp:
      guard let value = step.pointee.times.microseconds(text, count: count) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    case .double:
      guard let value = PlainNumber.double(text, count: count) else { return false }
      values.assumingMemoryBound(to: Double.self)[row] = value
    case .decimal:
      let (scale, limit) = (step.pointee.scale, step.pointee.limit)
      guard let value = PlainNumber.unscaled(text, count: count, scale: scale, limit: limit) else { return false }
      values.assumingMemoryBound(to: Int128.self)[row] = Int128(truncatingIfNeeded: value)
    case .boolean:
      guard let value = TextParsing.boolean(UnsafeBufferPointer(start: text, count: count)) else { return false }
      values.assumingMemoryBound(to: UInt8.self)[row] = value ? 1 : 0
    case .date:
      guard let value = TimestampText.days(UnsafeBufferPointer(start: text, count: count)) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    }
    step.pointee.validity[row] = 1
    return true
  }

  @inline(__always)
  private static func view(
    _ step: UnsafeMutablePointer<CSVColumns.Step>, _ text: UnsafePointer<UInt8>, _ count: Int, _ columns: CSVColumns
  ) -> StringView {
    let raw = UnsafeRawPointer(text)
    let first = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
    if count <= StringView.inlineCapacity {
      let second = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      // What is behind the text becomes zero.
      let head = count < 8 ? first & ~(UInt64.max << UInt64(count << 3)) : first
      let tail = count > 8 ? second & ~(UInt64.max << UInt64((count - 8) << 3)) : 0
      return StringView(head: UInt64(truncatingIfNeeded: count) | head << 32, tail: head >> 32 | tail << 32)
    }
    if step.pointee.heapCount + count > step.pointee.heapCapacity { columns.growHeap(step, count) }
    let offset = step.pointee.heapCount
    let target = UnsafeMutableRawPointer(step.pointee.heap + offset)
    var index = 0
    repeat {
      target.storeBytes(
        of: raw.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self), toByteOffset: index, as: SIMD2<UInt64>.self)
      index += 16
    } while index < count
    step.pointee.heapCount = offset + count
    return StringView(head: UInt64(truncatingIfNeeded: count) | first << 32, tail: UInt64(truncatingIfNeeded: offset))
  }
}
