import TidemillColumns
import TidemillFormats

/// Cuts the rows of an epoch into the bodies of requests: always in the same places, and with no more in memory than a body and
/// a run of rows.
struct RequestParts {
  struct Part {
    /// From 0.
    var number: Int
    var body: [UInt8]
    var rows: Int
    /// Whether it is the last of the epoch.
    var isLast: Bool
  }

  private let batch: Batch
  private let order: [Int]
  private let writer: JSONWriter
  private let format: HTTPOptions.BodyFormat
  private let rowLimit: Int
  private let byteLimit: Int

  private var nextNumber = 0
  /// The rows that have been encoded so far.
  private var encoded = 0
  /// The run of rows that was encoded last, and where its lines are that no part has taken yet.
  private var text: [UInt8] = []
  private var lines: ArraySlice<Range<Int>> = []
  /// What each of these lines counts towards the limit of bytes.
  private var sizes: ArraySlice<Int> = []

  /// How many rows are encoded at a time.
  private static let run = 256
  /// What a double counts: sums of doubles may differ in their last digits when an epoch runs again, and must not move a cut.
  private static let longestDouble = -1.234_567_890_123_456_7e-300

  init(_ batch: Batch, key: [Int]?, writer: JSONWriter, options: HTTPOptions) {
    self.batch = batch
    order = RowSequence.order(batch, key: key)
    self.writer = writer
    format = options.format
    rowLimit = options.rowsAPart
    byteLimit = options.bytesAPart
  }

  /// The next part; `nil` behind the last.
  mutating func next() -> Part? {
    encodeIfNeeded()
    if lines.isEmpty { return nil }
    var body: [UInt8] = format == .json ? [UInt8(ascii: "[")] : []
    var rows = 0
    var size = 0
    while let line = lines.first, let length = sizes.first {
      if rows > 0, rows == rowLimit || size + length > byteLimit { break }
      if format == .json, rows > 0 { body += [UInt8(ascii: ","), UInt8(ascii: "\n")] }
      body += text[line]
      if format == .lines { body.append(UInt8(ascii: "\n")) }
      rows += 1
      size += length
      lines.removeFirst()
      sizes.removeFirst()
      encodeIfNeeded()
    }
    if format == .json { body.append(UInt8(ascii: "]")) }
    defer { nextNumber += 1 }
    return Part(number: nextNumber, body: body, rows: rows, isLast: lines.isEmpty)
  }

  /// What is sent for a whole result without rows.
  static func empty(_ format: HTTPOptions.BodyFormat) -> Part {
    Part(number: 0, body: format == .json ? Array("[]".utf8) : [], rows: 0, isLast: true)
  }

  private mutating func encodeIfNeeded() {
    guard lines.isEmpty, encoded < order.count else { return }
    let rows = batch.selecting(Array(order[encoded..<min(encoded + Self.run, order.count)]))
    encoded += rows.count
    text.removeAll(keepingCapacity: true)
    writer.append(rows, to: &text)
    lines = Self.lines(of: text)[...]
    var measured = lines
    if let rows = withoutDoubles(rows) {
      var bytes: [UInt8] = []
      writer.append(rows, to: &bytes)
      measured = Self.lines(of: bytes)[...]
    }
    // A comma or a line end goes with each.
    sizes = measured.map { $0.count + 2 }[...]
  }

  /// Where the lines are, without their ends. A line feed within a value is escaped.
  private static func lines(of bytes: [UInt8]) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(start..<index)
      start = index + 1
    }
    return lines
  }

  /// The rows with one value in place of every double; `nil` if there are none.
  private func withoutDoubles(_ rows: Batch) -> Batch? {
    guard rows.schema.fields.contains(where: { $0.type == .double }) else { return nil }
    let columns = rows.columns.map { column in
      guard case .float64 = column.values else { return column }
      return Column(
        type: column.type, count: column.count,
        values: .float64(Buffer(repeating: Self.longestDouble, count: column.count)), validity: column.validity)
    }
    return Batch(schema: rows.schema, count: rows.count, columns: columns, weights: rows.weights)
  }
}
