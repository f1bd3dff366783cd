import TidemillColumns

/// Turns a column of text into a column of its type, in one loop.
struct TextConversion {
  let input: UnsafePointer<UInt8>
  let zone: SessionZone
  /// Whether spaces around a value that is no string are ignored, as CSV does.
  let trims: Bool

  /// The column's values; `failed` is told of each row whose text is none of the type.
  func values(of column: RawColumn, count: Int, failed: (Int) -> Void) -> Column.Values {
    let rows = Rows(
      spans: column.spans.base, validity: column.validity.base, heap: column.heap.base, input: input, count: count,
      trims: trims && column.field.type != .string)
    switch column.field.type {
    case .boolean:
      return .bytes(rows.convert(null: 0, failed: failed) { text, _ in TextParsing.boolean(text).map { $0 ? 1 : 0 } })
    case .int:
      return .int64(
        rows.convert(null: 0, failed: failed) { text, _ in
          guard let value = TextParsing.integer(text), Int64(Int32(truncatingIfNeeded: value)) == value else { return nil }
          return value
        })
    case .bigint: return .int64(rows.convert(null: 0, failed: failed) { text, _ in TextParsing.integer(text) })
    case .double: return .float64(rows.convert(null: 0, failed: failed) { text, _ in TextParsing.double(text) })
    case .decimal(let precision, let scale):
      return .int128(
        rows.convert(null: 0, failed: failed) { text, _ in
          DecimalText.unscaled(text, precision: precision, scale: scale)
        })
    case .date: return .int64(rows.convert(null: 0, failed: failed) { text, _ in TimestampText.days(text) })
    case .timestamp:
      var reader = TimestampReader(zone: zone)
      return .int64(
        rows.convert(null: 0, failed: failed) { text, isNumber in Self.timestamp(text, isNumber: isNumber, &reader) })
    case .string: return .string(strings(rows))
    case .window: preconditionFailure("Windows are made by queries: no text is one")
    }
  }

  /// Converts some rows of a `DECIMAL`, `DATE` or `TIMESTAMP` column into memory that has room for them, the rows' numbers counting
  /// from the first of all buffers. NULLs become zeros.
  func convert(
    _ range: Range<Int>, of type: DataType, spans: UnsafePointer<TextSpan>, heap: UnsafePointer<UInt8>,
    validity: UnsafePointer<UInt8>, into values: UnsafeMutableRawPointer, failed: (Int) -> Void
  ) {
    let rows = Rows(spans: spans, validity: validity, heap: heap, input: input, count: range.upperBound, trims: trims)
    switch type {
    case .decimal(let precision, let scale):
      rows.convert(range, into: values.assumingMemoryBound(to: Int128.self), null: 0, failed: failed) { text, _ in
        DecimalText.unscaled(text, precision: precision, scale: scale)
      }
    case .date:
      rows.convert(range, into: values.assumingMemoryBound(to: Int64.self), null: 0, failed: failed) { text, _ in
        TimestampText.days(text)
      }
    case .timestamp:
      var reader = TimestampReader(zone: zone)
      rows.convert(range, into: values.assumingMemoryBound(to: Int64.self), null: 0, failed: failed) { text, isNumber in
        Self.timestamp(text, isNumber: isNumber, &reader)
      }
    default: preconditionFailure("\(type) is not read from text here")
    }
  }

  /// Numbers are seconds, as in Spark.
  @inline(__always)
  private static func timestamp(
    _ text: UnsafeBufferPointer<UInt8>, isNumber: Bool, _ reader: inout TimestampReader
  ) -> Int64? {
    if isNumber { return TextParsing.integer(text).flatMap { TextParsing.timestamp(seconds: $0) } }
    return reader.microseconds(text)
  }

  private func strings(_ rows: Rows) -> StringStorage {
    let storage = StringStorage(capacity: rows.count)
    for row in 0..<rows.count {
      let text = rows.text(row)
      guard rows.validity[row] != 0, let first = text.baseAddress else {
        storage.views.append(.empty)
        continue
      }
      storage.append(first, count: text.count)
    }
    return storage
  }

  /// The rows of one column, as pointers that its loop takes once.
  private struct Rows {
    let spans: UnsafePointer<TextSpan>
    let validity: UnsafePointer<UInt8>
    let heap: UnsafePointer<UInt8>
    let input: UnsafePointer<UInt8>
    let count: Int
    let trims: Bool

    @inline(__always)
    func text(_ row: Int) -> UnsafeBufferPointer<UInt8> {
      let text = spans[row].text(input: input, heap: heap)
      return trims ? TextParsing.trimmed(text) : text
    }

    @inline(__always)
    func convert<Element: BitwiseCopyable>(
      null: Element, failed: (Int) -> Void, _ parse: (UnsafeBufferPointer<UInt8>, Bool) -> Element?
    ) -> Buffer<Element> {
      let buffer = Buffer<Element>(capacity: count)
      convert(0..<count, into: buffer.base, null: null, failed: failed, parse)
      buffer.count = count
      return buffer
    }

    @inline(__always)
    func convert<Element: BitwiseCopyable>(
      _ range: Range<Int>, into target: UnsafeMutablePointer<Element>, null: Element, failed: (Int) -> Void,
      _ parse: (UnsafeBufferPointer<UInt8>, Bool) -> Element?
    ) {
      for row in range {
        target[row] = null
        if validity[row] == 0 { continue }
        if let value = parse(text(row), spans[row].flags & TextSpan.wasNumber != 0) {
          target[row] = value
        } else {
          failed(row)
        }
      }
    }
  }
}
