import TidemillColumns

/// A batch as a table for people, as Spark's console shows it: every batch is a table of its own.
///
/// Numbers stand to the right, everything else to the left. When the batch has retractions, a first column marks them `-`.
public struct TableWriter: RecordWriter {
  private let zone: SessionZone
  private let longestCell: Int

  /// - Parameter longestCell: how many characters of a value are shown at most.
  public init(zone: SessionZone = .utc, longestCell: Int = 80) {
    precondition(longestCell >= 1, "A table whose cells show nothing")
    self.zone = zone
    self.longestCell = longestCell
  }

  public func header(_ schema: Schema) -> [UInt8] { [] }

  public func append(_ batch: Batch, rows: Range<Int>, to block: Buffer<UInt8>) {
    let batch = rows == 0..<batch.count ? batch : batch.selecting(Array(rows))
    var titles = batch.schema.fields.map { shown($0.name) }
    var isNumber = batch.schema.fields.map(\.type.isNumeric)
    var rows = (0..<batch.count).map { row in batch.columns.map { shown(text($0, row)) } }
    if (0..<batch.count).contains(where: { batch.weight($0) < 0 }) {
      titles.insert("", at: 0)
      isNumber.insert(false, at: 0)
      for row in rows.indices { rows[row].insert(batch.weight(row) < 0 ? "-" : "", at: 0) }
    }
    let widths = titles.indices.map { column in
      max(1, rows.reduce(titles[column].count) { max($0, $1[column].count) })
    }
    let rule = "+" + widths.map { String(repeating: "-", count: $0) + "+" }.joined() + "\n"
    var table = rule + line(titles, widths, isNumber) + rule
    for row in rows { table += line(row, widths, isNumber) }
    if !rows.isEmpty { table += rule }
    table.withUTF8 { block.append(contentsOf: $0.baseAddress!, count: $0.count) }
  }

  private func line(_ cells: [String], _ widths: [Int], _ isNumber: [Bool]) -> String {
    var text = "|"
    for (column, cell) in cells.enumerated() {
      let gap = String(repeating: " ", count: widths[column] - cell.count)
      text += (isNumber[column] ? gap + cell : cell + gap) + "|"
    }
    return text + "\n"
  }

  private func text(_ column: Column, _ row: Int) -> String {
    switch column.value(row) {
    case .timestamp(let value): time(value)
    case .window(let start, let end): "{\(time(start)), \(time(end))}"
    case let value: value.description
    }
  }

  private func time(_ time: EventTime) -> String {
    var sink = ByteSink(capacity: TimestampWriter.longest)
    var writer = TimestampWriter(zone: zone, between: UInt8(ascii: " "), showsZone: false)
    writer.write(time.microseconds, to: &sink)
    return String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self)
  }

  /// One line of at most the usual length: control characters would break the table, or the terminal.
  private func shown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0..<0x20, 0x7F..<0xA0: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result.count > longestCell ? result.prefix(longestCell - 1) + "…" : result
  }
}
