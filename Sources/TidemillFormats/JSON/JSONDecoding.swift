import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// The columns of one chunk of JSON lines while they are filled.
///
/// Ranges of lines are decoded one after the other into the same columns; a range may be a single record.
final class JSONDecoding {
  private let schema: Schema
  private let bytes: UnsafeBufferPointer<UInt8>
  private let columns: [RawColumn]
  private let rowOffsets: Buffer<UInt64>
  private var memory: [tidemill_json_column]
  private var rowCount = 0

  init(_ schema: Schema, bytes: UnsafeBufferPointer<UInt8>, rowEstimate: Int) {
    self.schema = schema
    self.bytes = bytes
    // The bridge wants room for a whole piece of text in each heap; pages that nothing is written to cost nothing.
    let heapCapacity = min(bytes.count, 128 << 10) + 256
    columns = schema.fields.map { RawColumn(parsed: $0, capacity: rowEstimate, heapCapacity: heapCapacity) }
    rowOffsets = Buffer(capacity: rowEstimate)
    memory = columns.map { _ in tidemill_json_column() }
    for ordinal in columns.indices { refresh(ordinal) }
  }

  private func refresh(_ ordinal: Int) {
    let column = columns[ordinal]
    memory[ordinal].values = column.base
    memory[ordinal].validity = column.validity.base
    memory[ordinal].heap = column.heap.base
    memory[ordinal].heap_capacity = column.heap.capacity
  }

  private func growRows() {
    let capacity = max(rowOffsets.capacity * 2, 64)
    rowOffsets.count = rowCount
    rowOffsets.reserve(capacity)
    for ordinal in columns.indices {
      columns[ordinal].resize(count: rowCount, capacity: rowOffsets.capacity)
      refresh(ordinal)
    }
  }

  private func growHeaps(_ needed: Int) {
    for ordinal in columns.indices {
      let heap = columns[ordinal].heap
      heap.count = memory[ordinal].heap_count
      heap.reserve(heap.count + needed)
      refresh(ordinal)
    }
  }

  /// Appends the rows of the whole lines in `range`.
  func decode(_ range: Range<Int>, plan: JSONPlan, rejectingInto assembler: inout RowAssembler) throws {
    guard !range.isEmpty else { return }
    var chunk = tidemill_json_chunk()
    chunk.bytes = bytes.baseAddress
    chunk.readable = bytes.count
    chunk.position = range.lowerBound
    chunk.end = range.upperBound
    while true {
      chunk.row_offsets = rowOffsets.base
      chunk.row_capacity = rowOffsets.capacity
      chunk.row_count = rowCount
      let status = memory.withUnsafeMutableBufferPointer { memory in
        chunk.columns = memory.baseAddress
        return tidemill_json_decode(plan.pointer, &chunk)
      }
      rowCount = chunk.row_count
      reject(chunk, &assembler)
      switch status {
      case Int32(tidemill_json_done): return
      case Int32(tidemill_json_rows_full): growRows()
      case Int32(tidemill_json_heap_full): growHeaps(chunk.heap_needed)
      default:
        throw TidemillError(
          .outOfMemory, "No memory for \(range.count) bytes of JSON", hint: "Lower the number of bytes read at once")
      }
    }
  }

  private func reject(_ chunk: tidemill_json_chunk, _ assembler: inout RowAssembler) {
    for index in 0..<chunk.rejection_count {
      let rejection = chunk.rejections[index]
      let start = Int(rejection.offset)
      var end = start + Int(rejection.length)
      if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      if rejection.column < 0 {
        assembler.reject(start..<end, .malformed, String(cString: rejection.message))
      } else {
        let value = Int(rejection.value_offset)..<Int(rejection.value_offset + rejection.value_length)
        let text = UnsafeBufferPointer(rebasing: bytes[value])
        let detail = RowAssembler.wrongType(schema[Int(rejection.column)], text, quoted: false)
        assembler.reject(start..<end, .wrongType, detail)
      }
    }
  }

  /// What all ranges together gave.
  func finish(_ assembler: inout RowAssembler) -> ReadResult {
    for ordinal in columns.indices { columns[ordinal].heap.count = memory[ordinal].heap_count }
    return assembler.finish(columns, rowOffsets: rowOffsets.base, count: rowCount)
  }
}
