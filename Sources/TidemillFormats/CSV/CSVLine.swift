import TidemillColumns
import TidemillConnectors

/// Reads any line of CSV, whatever it holds, field by field.
struct CSVLine {
  private let scanner: CSVFieldScanner
  private let columns: CSVColumns
  private let fieldCount: Int
  private let zone: SessionZone
  private let nullText: [UInt8]
  /// The columns' order among the fields' steps: of two values that are wrong the first column's is told.
  private let order: [Int]
  private let fields: UnsafeFields

  init(_ scanner: CSVFieldScanner, _ columns: CSVColumns, fieldCount: Int, zone: SessionZone) {
    self.scanner = scanner
    self.columns = columns
    self.fieldCount = fieldCount
    self.zone = zone
    nullText = Array(scanner.options.nullValue.utf8)
    order = (0..<columns.stepCount).sorted { columns.steps[$0].column < columns.steps[$1].column }
    fields = UnsafeFields(count: fieldCount)
  }

  /// The fields of the line at hand.
  private final class UnsafeFields {
    let base: UnsafeMutablePointer<CSVFieldScanner.Field>

    init(count: Int) { base = .allocate(capacity: max(count, 1)) }

    deinit { base.deallocate() }
  }

  /// Writes the line's values as row `row`; what is wrong if it gives none.
  func read(
    _ base: UnsafePointer<UInt8>, from first: Int, to end: Int, row: Int
  ) -> (reason: RejectedRow.Reason, detail: String)? {
    var found = 0
    var start = first
    var stop = 0
    while true {
      var field = CSVFieldScanner.Field(start: 0, end: 0)
      if let problem = scanner.next(base, from: start, to: end, field: &field, stop: &stop) {
        return (.malformed, "\(problem)")
      }
      if found < fieldCount { fields.base[found] = field }
      found += 1
      if stop >= end { break }
      start = stop + 1
    }
    if found != fieldCount {
      return (.malformed, "\(found) field\(found == 1 ? "" : "s") instead of \(fieldCount)")
    }
    for index in order {
      let step = columns.steps + index
      let field = fields.base[step.pointee.field]
      if isNull(field, base) {
        CSVDecoding.writeNull(step, row)
        continue
      }
      let text = UnsafeBufferPointer(start: base + field.start, count: field.end - field.start)
      if field.hasEscapes {
        let unescaped = Buffer<UInt8>(capacity: text.count)
        scanner.unescape(base, field, into: unescaped)
        let text = UnsafeBufferPointer(start: unescaped.base, count: unescaped.count)
        if !write(step, row, text) { return wrongType(index, text) }
      } else if !write(step, row, text) {
        return wrongType(index, text)
      }
    }
    return nil
  }

  private func isNull(_ field: CSVFieldScanner.Field, _ base: UnsafePointer<UInt8>) -> Bool {
    if field.isQuoted { return false }
    let text = UnsafeBufferPointer(start: base + field.start, count: field.end - field.start)
    return text.isEmpty || text.count == nullText.count && text.elementsEqual(nullText)
  }

  private func wrongType(_ step: Int, _ text: UnsafeBufferPointer<UInt8>) -> (reason: RejectedRow.Reason, detail: String) {
    (.wrongType, RowAssembler.wrongType(columns.field(step), text, quoted: true))
  }

  private func write(
    _ step: UnsafeMutablePointer<CSVColumns.Step>, _ row: Int, _ field: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    let values = step.pointee.values
    let text = step.pointee.kind == .string ? field : TextParsing.trimmed(field)
    switch step.pointee.kind {
    case .boolean:
      guard let value = TextParsing.boolean(text) else { return false }
      values.assumingMemoryBound(to: UInt8.self)[row] = value ? 1 : 0
    case .int:
      guard let value = TextParsing.integer(text), Int64(Int32(truncatingIfNeeded: value)) == value else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    case .bigint:
      guard let value = TextParsing.integer(text) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    case .double:
      guard let value = TextParsing.double(text) else { return false }
      values.assumingMemoryBound(to: Double.self)[row] = value
    case .decimal:
      let (precision, scale) = (step.pointee.precision, step.pointee.scale)
      guard let value = DecimalText.unscaled(text, precision: precision, scale: scale) else { return false }
      values.assumingMemoryBound(to: Int128.self)[row] = value
    case .string: values.assumingMemoryBound(to: StringView.self)[row] = view(step, text)
    case .date:
      guard let value = TimestampText.days(text) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    case .timestamp:
      guard let value = TimestampText.microseconds(text, zone: zone) else { return false }
      values.assumingMemoryBound(to: Int64.self)[row] = value
    }
    step.pointee.validity[row] = 1
    return true
  }

  private func view(_ step: UnsafeMutablePointer<CSVColumns.Step>, _ text: UnsafeBufferPointer<UInt8>) -> StringView {
    let count = text.count
    guard count > 0 else { return .empty }
    let offset = step.pointee.heapCount
    if count > StringView.inlineCapacity {
      if offset + count > step.pointee.heapCapacity { columns.growHeap(step, count) }
      (step.pointee.heap + offset).update(from: text.baseAddress!, count: count)
      step.pointee.heapCount = offset + count
    }
    return StringView(bytes: text.baseAddress!, count: count, offset: offset)
  }
}
