import TidemillColumns

/// One JSON object a row, one row a line.
///
/// A window is `{"start": …, "end": …}`; timestamps are ISO 8601 in the zone; decimals are plain numbers; NULL is `null`; the
/// doubles that JSON has no numbers for are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as in Spark. A retraction
/// ends with `"_op":"delete"`.
public struct JSONWriter: RecordWriter {
  private let zone: SessionZone

  /// A writer that shows timestamps in `zone`.
  public init(zone: SessionZone = .utc) { self.zone = zone }

  public func header(_ schema: Schema) -> [UInt8] { [] }

  public func append(_ batch: Batch, rows: Range<Int>, to block: Buffer<UInt8>) {
    guard !rows.isEmpty else { return }
    var sink = ByteSink(block)
    let keys = Keys(batch.schema)
    let cells = ColumnCells.of(batch)
    var values = Values(zone: zone, windows: batch.columns.count { $0.type == .window })
    let weights = batch.weights?.base
    // For everything but strings and their escapes, which ask for more.
    let roomOfRow = keys.length + cells.count * WindowText.longest + 32
    withExtendedLifetime((batch, keys)) {
      cells.withUnsafeBufferPointer { cells in
        for row in rows {
          sink.reserve(roomOfRow)
          for column in 0..<cells.count {
            let (key, length) = keys[column]
            sink.write(padded: key, length)
            if values.write(cells[column], row, to: &sink) { sink.reserve(roomOfRow) }
          }
          if cells.isEmpty { sink.write(UInt8(ascii: "{")) }
          if let weights, weights[row] < 0 {
            sink.write(cells.isEmpty ? "\"_op\":\"delete\"" : ",\"_op\":\"delete\"")
          }
          sink.write("}\n")
        }
      }
    }
    sink.finish()
  }

  /// What stands before each value: `{"a":`, then `,"b":`. All in one place, so that a row takes no references.
  private struct Keys {
    private let text = Buffer<UInt8>(capacity: 256)
    private let ends = Buffer<Int>(capacity: 16)
    private let textBase: UnsafeMutablePointer<UInt8>
    private let endsBase: UnsafeMutablePointer<Int>
    /// Of all of them.
    let length: Int

    init(_ schema: Schema) {
      ends.append(0)
      for (ordinal, field) in schema.fields.enumerated() {
        var sink = ByteSink(capacity: 64)
        sink.write(UInt8(ascii: ordinal == 0 ? "{" : ","))
        var name = field.name
        name.withUTF8 { sink.writeJSON($0) }
        sink.write(UInt8(ascii: ":"))
        text.append(contentsOf: sink.base, count: sink.count)
        ends.append(text.count)
      }
      length = text.count
      text.reserve(text.count + ByteSink.slack)
      textBase = text.base
      endsBase = ends.base
    }

    @inline(__always)
    subscript(_ column: Int) -> (UnsafePointer<UInt8>, Int) {
      (UnsafePointer(textBase + endsBase[column]), endsBase[column + 1] - endsBase[column])
    }
  }

  /// Writes values, with what it remembers of those before.
  private struct Values {
    private var times: TimestampWriter
    private let windows: UnsafeMutablePointer<WindowText>
    private let memory: WindowTexts

    init(zone: SessionZone, windows count: Int) {
      times = TimestampWriter(zone: zone)
      memory = WindowTexts(count: count)
      windows = memory.base
    }

    /// - Returns: whether the value may have used more room than others do.
    @inline(__always)
    mutating func write(_ cells: ColumnCells, _ row: Int, to sink: inout ByteSink) -> Bool {
      if cells.isNull(row) {
        sink.write("null")
        return false
      }
      switch cells.content {
      case .boolean(let values): if values[row] != 0 { sink.write("true") } else { sink.write("false") }
      case .integer(let values): sink.write(integer: values[row])
      case .double(let values): write(values[row], to: &sink)
      case .decimal(let values, let scale): sink.write(unscaled: values[row], scale: scale)
      case .string(let views, let heap):
        sink.writeJSON(views + row, heap: heap)
        return true
      case .date(let values):
        sink.write(UInt8(ascii: "\""))
        times.write(date: values[row], to: &sink)
        sink.write(UInt8(ascii: "\""))
      case .timestamp(let values):
        sink.write(UInt8(ascii: "\""))
        times.write(values[row], to: &sink)
        sink.write(UInt8(ascii: "\""))
      case .window(let starts, let ends, let text):
        windows[text].write(starts[row], ends[row], to: &sink) { sink in
          sink.write("{\"start\":\"")
          times.write(starts[row], to: &sink)
          sink.write("\",\"end\":\"")
          times.write(ends[row], to: &sink)
          sink.write("\"}")
        }
      }
      return false
    }

    @inline(__always)
    private func write(_ value: Double, to sink: inout ByteSink) {
      if value.isFinite { return sink.write(double: value) }
      if value.isNaN { sink.write("\"NaN\"") } else { sink.write(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
    }
  }
}
