import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// Decodes any lines, through simdjson's bridge: the general way, which decides what is right.
///
/// Text that the bridge leaves to Swift is converted range by range, so that other readers may append to the same columns.
final class JSONBridgeReader {
  /// Where the bridge puts a column that Swift converts.
  private struct TextMemory {
    let spans: Buffer<TextSpan>
    /// Text that had escapes.
    let heap = Buffer<UInt8>(capacity: 0)
  }

  private let columns: JSONColumns
  private let bytes: UnsafeBufferPointer<UInt8>
  private let plan: JSONPlan
  private let zone: SessionZone
  private var memory: [tidemill_json_column]
  private var texts: [TextMemory?]

  init(_ columns: JSONColumns, _ bytes: UnsafeBufferPointer<UInt8>, _ plan: JSONPlan, _ zone: SessionZone) {
    self.columns = columns
    self.bytes = bytes
    self.plan = plan
    self.zone = zone
    memory = columns.schema.fields.map { _ in tidemill_json_column() }
    texts = columns.schema.fields.map { field in
      switch field.type {
      case .decimal, .date, .timestamp: TextMemory(spans: Buffer(capacity: columns.rowOffsets.capacity))
      default: nil
      }
    }
  }

  private func takeMemory() {
    for ordinal in memory.indices {
      let slot = columns.slots[ordinal]
      memory[ordinal].validity = slot.validity
      if let text = texts[ordinal] {
        text.spans.reserve(columns.rowOffsets.capacity)
        memory[ordinal].values = UnsafeMutableRawPointer(text.spans.base)
        memory[ordinal].heap = text.heap.base
        memory[ordinal].heap_count = text.heap.count
        memory[ordinal].heap_capacity = text.heap.capacity
      } else {
        memory[ordinal].values = slot.values
        memory[ordinal].heap = slot.heap
        memory[ordinal].heap_count = slot.heapCount
        memory[ordinal].heap_capacity = slot.heapCapacity
      }
    }
  }

  private func giveMemoryBack() {
    for ordinal in memory.indices {
      if let text = texts[ordinal] {
        text.spans.count = columns.rowCount
        text.heap.count = memory[ordinal].heap_count
      } else {
        columns.slots[ordinal].heapCount = memory[ordinal].heap_count
      }
    }
  }

  private func growHeaps(_ needed: Int) {
    for ordinal in memory.indices {
      if let text = texts[ordinal] {
        text.heap.reserve(text.heap.count + needed)
      } else {
        columns.growHeap(ordinal, needed)
      }
    }
  }

  /// Appends the rows of the whole lines in `range`.
  func decode(_ range: Range<Int>, rejectingInto assembler: inout RowAssembler) throws {
    guard !range.isEmpty else { return }
    let firstRow = columns.rowCount
    var chunk = tidemill_json_chunk()
    chunk.bytes = bytes.baseAddress
    chunk.readable = bytes.count
    chunk.position = range.lowerBound
    chunk.end = range.upperBound
    var status: Int32
    repeat {
      takeMemory()
      chunk.row_offsets = columns.rowOffsets.base
      chunk.row_capacity = columns.rowOffsets.capacity
      chunk.row_count = columns.rowCount
      status = memory.withUnsafeMutableBufferPointer { memory in
        chunk.columns = memory.baseAddress
        return tidemill_json_decode(plan.pointer, &chunk)
      }
      columns.rowCount = chunk.row_count
      giveMemoryBack()
      reject(chunk, &assembler)
      switch status {
      case Int32(tidemill_json_done): break
      case Int32(tidemill_json_rows_full): columns.growRows()
      case Int32(tidemill_json_heap_full): growHeaps(chunk.heap_needed)
      default:
        throw TidemillError(
          .outOfMemory, "No memory for \(range.count) bytes of JSON", hint: "Lower the number of bytes read at once")
      }
    } while status != Int32(tidemill_json_done)
    convert(firstRow..<columns.rowCount, &assembler)
    columns.clearNextRow()
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
        let detail = RowAssembler.wrongType(columns.schema[Int(rejection.column)], text, quoted: false)
        assembler.reject(start..<end, .wrongType, detail)
      }
    }
  }

  private func convert(_ rows: Range<Int>, _ assembler: inout RowAssembler) {
    guard let input = bytes.baseAddress, !rows.isEmpty else { return }
    for ordinal in texts.indices {
      guard let memory = texts[ordinal] else { continue }
      let conversion = TextConversion(input: input, zone: zone, trims: false)
      let field = columns.schema[ordinal]
      let slot = columns.slots[ordinal]
      conversion.convert(
        rows, of: field.type, spans: memory.spans.base, heap: memory.heap.base, validity: slot.validity, into: slot.values
      ) { row in
        let span = memory.spans.base[row]
        let text = span.text(input: input, heap: memory.heap.base)
        assembler.fail(row, field, text, quoted: span.flags & TextSpan.wasNumber == 0)
      }
      memory.heap.count = 0
    }
  }
}
