import TidemillColumns

/// Casts. One that fails for a row gives NULL there, and so does a cast between types that have none (DATE to INT).
extension RowKernels {
  func cast(_ operand: Operand, to type: DataType) -> Column {
    let from = operand.type
    if from == type { return operand.spread(over: count) }
    switch type {
    case .boolean: return castToBoolean(operand)
    case .int, .bigint: return castToInteger(operand, type)
    case .double: return castToDouble(operand)
    case .decimal(let precision, let scale): return castToDecimal(operand, precision: precision, scale: scale)
    case .string: return castToString(operand)
    case .date: return castToDate(operand)
    case .timestamp: return castToTimestamp(operand)
    case .window: return nulls(type)
    }
  }

  private func castToBoolean(_ operand: Operand) -> Column {
    let validity = validity(operand)
    switch operand.type {
    case .int, .bigint: return column(.boolean, map(operand.elements(Int64.self)) { ($0 != 0 ? 1 : 0) as UInt8 }, validity)
    case .double: return column(.boolean, map(operand.elements(Double.self)) { ($0 != 0 ? 1 : 0) as UInt8 }, validity)
    case .decimal: return column(.boolean, map(operand.elements(Int128.self)) { ($0 != 0 ? 1 : 0) as UInt8 }, validity)
    case .string: return parse(.boolean, operand) { NumberText.boolean($0).map { $0 ? 1 : 0 } as UInt8? }
    default: return nulls(.boolean)
    }
  }

  private func castToInteger(_ operand: Operand, _ type: DataType) -> Column {
    let validity = validity(operand)
    let range = type.integerRange
    switch operand.type {
    case .boolean: return column(type, map(operand.elements(UInt8.self)) { Int64($0 & 1) }, validity)
    case .int: return column(type, Int64.buffer(of: operand.spread(over: count)), validity)
    case .bigint: return compute(type, validity, operand.elements(Int64.self)) { range.contains($0) ? $0 : nil }
    case .double: return compute(type, validity, operand.elements(Double.self)) { NumberText.truncated($0, range) }
    case .decimal:
      let divisor = Int128(PowersOfTen.magnitude(operand.scale))
      return compute(type, validity, operand.elements(Int128.self)) { unscaled -> Int64? in
        Int64(exactly: unscaled / divisor).flatMap { range.contains($0) ? $0 : nil }
      }
    case .string:
      return parse(type, operand) { NumberText.integer($0).flatMap { range.contains($0) ? $0 : nil } }
    case .timestamp:
      return compute(type, validity, operand.elements(Int64.self)) { microseconds -> Int64? in
        let seconds = floorDivide(microseconds, by: 1_000_000)
        return range.contains(seconds) ? seconds : nil
      }
    default: return nulls(type)
    }
  }

  func castToDouble(_ operand: Operand) -> Column {
    let validity = validity(operand)
    switch operand.type {
    case .double: return operand.spread(over: count)
    case .boolean: return column(.double, map(operand.elements(UInt8.self)) { Double($0 & 1) }, validity)
    case .int, .bigint: return column(.double, map(operand.elements(Int64.self)) { Double($0) }, validity)
    case .decimal:
      let scale = operand.scale
      return compute(.double, validity, operand.elements(Int128.self)) { NumberText.double(unscaled: $0, scale: scale) }
    case .string: return parse(.double, operand) { NumberText.double($0) }
    case .timestamp: return column(.double, map(operand.elements(Int64.self)) { Double($0) / 1e6 }, validity)
    default: return nulls(.double)
    }
  }

  private func castToDecimal(_ operand: Operand, precision: Int, scale: Int) -> Column {
    let type = DataType.decimal(precision: precision, scale: scale)
    let validity = validity(operand)
    func rescaled(_ value: Int128, from: Int) -> Int128? {
      DecimalText.rescale(value, by: scale - from).flatMap { DecimalText.fits($0, precision: precision) ? $0 : nil }
    }
    switch operand.type {
    case .boolean: return compute(type, validity, operand.elements(UInt8.self)) { rescaled(Int128($0 & 1), from: 0) }
    case .int, .bigint:
      return compute(type, validity, operand.elements(Int64.self)) { rescaled(Int128($0), from: 0) }
    case .double:
      return compute(type, validity, operand.elements(Double.self)) {
        NumberText.unscaled($0, precision: precision, scale: scale)
      }
    case .decimal(_, let from):
      return compute(type, validity, operand.elements(Int128.self)) { rescaled($0, from: from) }
    case .string:
      return parse(type, operand) { DecimalText.unscaled($0, precision: precision, scale: scale) }
    case .timestamp:
      return compute(type, validity, operand.elements(Int64.self)) { rescaled(Int128($0), from: 6) }
    default: return nulls(type)
    }
  }

  private func castToString(_ operand: Operand) -> Column {
    let validity = validity(operand)
    let mask = operand.isConstant ? 0 : -1
    let column = operand.column
    defer { withExtendedLifetime(column) {} }
    switch operand.type {
    case .boolean:
      let from = column.booleans
      return computeText(validity) { row, text in
        text.append(from[row & mask] != 0 ? "true" as StaticString : "false")
        return true
      }
    case .int, .bigint:
      let from = column.int64
      return computeText(validity) { row, text in
        text.append(integer: from[row & mask])
        return true
      }
    case .double:
      let from = column.float64
      return computeText(validity) { row, text in
        NumberText.append(from[row & mask], to: &text)
        return true
      }
    case .decimal(_, let scale):
      let from = column.int128
      return computeText(validity) { row, text in
        text.append(DecimalText.string(unscaled: from[row & mask], scale: scale))
        return true
      }
    case .date:
      let from = column.int64
      return computeText(validity) { row, text in
        guard isDate(from[row & mask]) else { return false }
        text.append(date: from[row & mask])
        return true
      }
    case .timestamp:
      let from = column.int64
      return computeText(validity) { row, text in
        text.append(local: local(from[row & mask]))
        return true
      }
    case .string, .window: return nulls(.string)
    }
  }

  func castToDate(_ operand: Operand) -> Column {
    switch operand.type {
    case .date: return operand.spread(over: count)
    case .timestamp:
      return column(
        .date, map(operand.elements(Int64.self)) { Calendar.split(microseconds: local($0)).days }, validity(operand))
    case .string: return parse(.date, operand) { date($0) }
    default: return nulls(.date)
    }
  }

  /// Numbers are seconds since 1970; a date is its midnight.
  func castToTimestamp(_ operand: Operand) -> Column {
    let validity = validity(operand)
    switch operand.type {
    case .timestamp: return operand.spread(over: count)
    case .int, .bigint: return timestamps(operand, unit: 1_000_000)
    case .double:
      return compute(.timestamp, validity, operand.elements(Double.self)) {
        NumberText.truncated($0 * 1e6, DataType.bigint.integerRange)
      }
    case .decimal(_, let scale):
      return compute(.timestamp, validity, operand.elements(Int128.self)) { unscaled -> Int64? in
        if scale > 6 { return Int64(exactly: unscaled / Int128(PowersOfTen.magnitude(scale - 6))) }
        return DecimalText.rescale(unscaled, by: 6 - scale).flatMap { Int64(exactly: $0) }
      }
    case .date:
      return compute(.timestamp, validity, operand.elements(Int64.self)) { days -> Int64? in
        let (midnight, overflow) = days.multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
        return overflow ? nil : utc(fromLocal: midnight)
      }
    case .string: return parse(.timestamp, operand) { TimestampText.microseconds($0, zone: zone) }
    default: return nulls(.timestamp)
    }
  }

  /// Reads text without the blanks around it; NULL where `read` gives nil.
  @inline(__always)
  private func parse<R: ColumnElement>(
    _ type: DataType, _ operand: Operand, _ read: (UnsafeBufferPointer<UInt8>) -> R?
  ) -> Column {
    let strings = operand.strings
    defer { withExtendedLifetime(strings.storage) {} }
    return compute(type, validity(operand)) { read(NumberText.trimmed(strings.bytes($0))) }
  }

  /// Reads a date on its own or in front of a time, which is ignored.
  private func date(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    if text.count > 10, text[10] != UInt8(ascii: "T"), text[10] != UInt8(ascii: " ") { return nil }
    return TimestampText.days(UnsafeBufferPointer(rebasing: text.prefix(10)))
  }
}
