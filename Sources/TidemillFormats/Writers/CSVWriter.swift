import TidemillColumns

/// CSV by RFC 4180 with a header line. A window named `w` becomes the columns `w_start` and `w_end`.
///
/// NULL is no text, and an empty string is `""`, so that `CSVFormat` reads both back. Text is quoted where it must be; a line
/// feed within text stays one, which other readers take but `CSVFormat` does not.
public struct CSVWriter: RecordWriter {
  private let zone: SessionZone
  private let options: CSVOptions
  private let marksRetractions: Bool

  /// - Parameters:
  ///   - options: the separator, quote and so on, and whether there is a header.
  ///   - marksRetractions: whether a first column `_op` says `delete` for retractions and nothing for other rows. Without it a
  ///     batch must not have any.
  public init(zone: SessionZone = .utc, options: CSVOptions? = nil, marksRetractions: Bool = false) {
    self.zone = zone
    if let options {
      self.options = options
    } else {
      var usual = CSVOptions()
      usual.header = true
      self.options = usual
    }
    self.marksRetractions = marksRetractions
  }

  public func header(_ schema: Schema) -> [UInt8] {
    guard options.header else { return [] }
    var names = marksRetractions ? ["_op"] : []
    for field in schema.fields {
      if field.type == .window {
        names += [field.name + "_start", field.name + "_end"]
      } else {
        names.append(field.name)
      }
    }
    var sink = ByteSink(capacity: 256)
    for (index, name) in names.enumerated() {
      sink.reserve(1)
      if index > 0 { sink.write(options.separator) }
      var name = name
      name.withUTF8 { write($0, to: &sink) }
    }
    sink.reserve(1)
    sink.write(UInt8(ascii: "\n"))
    var bytes: [UInt8] = []
    sink.append(to: &bytes)
    return bytes
  }

  public func append(_ batch: Batch, to bytes: inout [UInt8]) {
    guard batch.count > 0 else { return }
    var sink = ByteSink(capacity: batch.count * (8 + 16 * batch.columns.count))
    let cells = batch.columns.map { ColumnCells($0) }
    var times = TimestampWriter(zone: zone)
    let weights = batch.weights?.base
    withExtendedLifetime(batch) {
      cells.withUnsafeBufferPointer { cells in
        for row in 0..<batch.count {
          sink.reserve(16)
          let isRetraction = weights.map { $0[row] < 0 } ?? false
          if marksRetractions {
            if isRetraction { sink.write("delete") }
            if !cells.isEmpty { sink.write(options.separator) }
          } else {
            precondition(!isRetraction, "A CSV writer without an _op column was given a retraction")
          }
          for column in 0..<cells.count {
            sink.reserve(2 * TimestampWriter.longest + 32)
            if column > 0 { sink.write(options.separator) }
            write(cells[column], row, &times, to: &sink)
          }
          sink.reserve(1)
          sink.write(UInt8(ascii: "\n"))
        }
      }
    }
    sink.append(to: &bytes)
  }

  @inline(__always)
  private func write(_ cells: ColumnCells, _ row: Int, _ times: inout TimestampWriter, to sink: inout ByteSink) {
    if cells.isNull(row) {
      if case .window = cells.content { sink.write(options.separator) }
      return
    }
    switch cells.content {
    case .boolean(let values): if values[row] != 0 { sink.write("true") } else { sink.write("false") }
    case .integer(let values): sink.write(integer: values[row])
    case .double(let values):
      let value = values[row]
      if value.isFinite {
        sink.write(double: value)
      } else if value.isNaN {
        sink.write("NaN")
      } else {
        sink.write(value < 0 ? "-Infinity" : "Infinity")
      }
    case .decimal(let values, let scale): sink.write(unscaled: values[row], scale: scale)
    case .string(let views, let heap): StringStorage.withBytes(of: views + row, heap: heap) { write($0, to: &sink) }
    case .date(let values): times.write(date: values[row], to: &sink)
    case .timestamp(let values): times.write(values[row], to: &sink)
    case .window(let starts, let ends):
      times.write(starts[row], to: &sink)
      sink.write(options.separator)
      times.write(ends[row], to: &sink)
    }
  }

  /// Text, quoted where it would else be taken for something different.
  @inline(__always)
  private func write(_ text: UnsafeBufferPointer<UInt8>, to sink: inout ByteSink) {
    sink.reserve(text.count * 2 + 2)
    var needsQuotes = text.isEmpty
    for byte in text {
      if byte == options.separator || byte == options.quote || byte == 10 || byte == 13 || byte == options.escape {
        needsQuotes = true
      }
    }
    if !options.nullValue.isEmpty, text.elementsEqual(options.nullValue.utf8) { needsQuotes = true }
    guard needsQuotes else { return sink.write(text.baseAddress!, text.count) }
    sink.write(options.quote)
    for byte in text {
      if byte == options.quote || byte == options.escape { sink.write(options.escape) }
      sink.write(byte)
    }
    sink.write(options.quote)
  }
}
