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

  public func append(_ batch: Batch, to bytes: inout [UInt8]) {
    guard batch.count > 0 else { return }
    var sink = ByteSink(capacity: batch.count * (16 + 24 * batch.columns.count))
    let keys = Keys(batch.schema)
    let cells = batch.columns.map { ColumnCells($0) }
    var times = TimestampWriter(zone: zone)
    let weights = batch.weights?.base
    withExtendedLifetime((batch, keys)) {
      cells.withUnsafeBufferPointer { cells in
        for row in 0..<batch.count {
          for column in 0..<cells.count {
            let (key, length) = keys[column]
            // Room for the key and for every value that is no string.
            sink.reserve(length + 2 * TimestampWriter.longest + 32)
            sink.write(key, length)
            Self.write(cells[column], row, &times, to: &sink)
          }
          sink.reserve(32)
          if cells.isEmpty { sink.write(UInt8(ascii: "{")) }
          if let weights, weights[row] < 0 {
            sink.write(cells.isEmpty ? "\"_op\":\"delete\"" : ",\"_op\":\"delete\"")
          }
          sink.write("}\n")
        }
      }
    }
    sink.append(to: &bytes)
  }

  /// What stands before each value: `{"a":`, then `,"b":`. All in one place, so that a row takes no references.
  private struct Keys {
    private let text = Buffer<UInt8>(capacity: 256)
    private let ends = Buffer<Int>(capacity: 16)
    private let textBase: UnsafeMutablePointer<UInt8>
    private let endsBase: UnsafeMutablePointer<Int>

    init(_ schema: Schema) {
      ends.append(0)
      for (ordinal, field) in schema.fields.enumerated() {
        var sink = ByteSink(capacity: 64)
        sink.write(UInt8(ascii: ordinal == 0 ? "{" : ","))
        var name = field.name
        name.withUTF8 { sink.writeJSON($0) }
        sink.reserve(1)
        sink.write(UInt8(ascii: ":"))
        text.append(contentsOf: sink.base, count: sink.count)
        ends.append(text.count)
      }
      textBase = text.base
      endsBase = ends.base
    }

    @inline(__always)
    subscript(_ column: Int) -> (UnsafePointer<UInt8>, Int) {
      (UnsafePointer(textBase + endsBase[column]), endsBase[column + 1] - endsBase[column])
    }
  }

  @inline(__always)
  private static func write(_ cells: ColumnCells, _ row: Int, _ times: inout TimestampWriter, to sink: inout ByteSink) {
    if cells.isNull(row) { return sink.write("null") }
    switch cells.content {
    case .boolean(let values): if values[row] != 0 { sink.write("true") } else { sink.write("false") }
    case .integer(let values): sink.write(integer: values[row])
    case .double(let values): write(values[row], to: &sink)
    case .decimal(let values, let scale): sink.write(unscaled: values[row], scale: scale)
    case .string(let views, let heap):
      StringStorage.withBytes(of: views + row, heap: heap) { sink.writeJSON($0) }
    case .date(let values):
      sink.write(UInt8(ascii: "\""))
      times.write(date: values[row], to: &sink)
      sink.write(UInt8(ascii: "\""))
    case .timestamp(let values):
      sink.write(UInt8(ascii: "\""))
      times.write(values[row], to: &sink)
      sink.write(UInt8(ascii: "\""))
    case .window(let starts, let ends):
      sink.write("{\"start\":\"")
      times.write(starts[row], to: &sink)
      sink.write("\",\"end\":\"")
      times.write(ends[row], to: &sink)
      sink.write("\"}")
    }
  }

  private static func write(_ value: Double, to sink: inout ByteSink) {
    if value.isFinite { return sink.write(double: value) }
    if value.isNaN { sink.write("\"NaN\"") } else { sink.write(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
  }
}
