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
    let text = CSVText(options)
    for (index, name) in names.enumerated() {
      sink.reserve(1)
      if index > 0 { sink.write(options.separator) }
      var name = name
      name.withUTF8 { text.write($0, to: &sink) }
    }
    sink.reserve(1)
    sink.write(UInt8(ascii: "\n"))
    var bytes: [UInt8] = []
    sink.append(to: &bytes)
    return bytes
  }

  public func append(_ batch: Batch, rows: Range<Int>, to block: Buffer<UInt8>) {
    guard !rows.isEmpty else { return }
    var sink = ByteSink(block)
    let cells = ColumnCells.of(batch)
    var values = Values(options, zone: zone, windows: batch.columns.count { $0.type == .window })
    let weights = batch.weights?.base
    // For everything but strings, which ask for more.
    let roomOfRow = cells.count * WindowText.longest + 32
    withExtendedLifetime(batch) {
      cells.withUnsafeBufferPointer { cells in
        for row in rows {
          sink.reserve(roomOfRow)
          let isRetraction = weights.map { $0[row] < 0 } ?? false
          if marksRetractions {
            if isRetraction { sink.write("delete") }
            if !cells.isEmpty { sink.write(options.separator) }
          } else {
            precondition(!isRetraction, "A CSV writer without an _op column was given a retraction")
          }
          for column in 0..<cells.count {
            if column > 0 { sink.write(options.separator) }
            if values.write(cells[column], row, to: &sink) { sink.reserve(roomOfRow) }
          }
          sink.write(UInt8(ascii: "\n"))
        }
      }
    }
    sink.finish()
  }

  /// Writes values, with what it remembers of those before.
  private struct Values {
    private let separator: UInt8
    private var text: CSVText
    private var times: TimestampWriter
    private let windows: UnsafeMutablePointer<WindowText>
    private let memory: WindowTexts

    init(_ options: CSVOptions, zone: SessionZone, windows count: Int) {
      separator = options.separator
      text = CSVText(options)
      times = TimestampWriter(zone: zone)
      memory = WindowTexts(count: count)
      windows = memory.base
    }

    /// - Returns: whether the value may have used more room than others do.
    @inline(__always)
    mutating func write(_ cells: ColumnCells, _ row: Int, to sink: inout ByteSink) -> Bool {
      if cells.isNull(row) {
        if case .window = cells.content { sink.write(separator) }
        return false
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
      case .string(let views, let heap):
        StringStorage.withBytes(of: views + row, heap: heap) { text.write($0, to: &sink) }
        return true
      case .date(let values): times.write(date: values[row], to: &sink)
      case .timestamp(let values): times.write(values[row], to: &sink)
      case .window(let starts, let ends, let text):
        windows[text].write(starts[row], ends[row], to: &sink) { sink in
          times.write(starts[row], to: &sink)
          sink.write(separator)
          times.write(ends[row], to: &sink)
        }
      }
      return false
    }
  }
}
