import TidemillColumns

/// Casts: which there are, and what they give for constants.
enum Casts {
  /// Whether values of one type can be cast to the other.
  static func exists(from source: DataType, to target: DataType) -> Bool {
    if source == target { return true }
    return switch (source, target) {
    case (.window, _), (_, .window): false
    case (.string, _), (_, .string): true
    case (.date, .timestamp), (.timestamp, .date): true
    case (.boolean, _): target.isNumeric
    case (_, .boolean): source.isNumeric
    default: source.isNumeric && target.isNumeric
    }
  }

  /// Casts a typed expression; constants are cast here and now. NULL for a constant that has no value of the type.
  static func cast(_ expression: TypedExpression, to type: DataType, zone: SessionZone) -> TypedExpression {
    if expression.type == type { return expression }
    guard let value = expression.constant else { return TypedExpression(type, .cast(expression)) }
    if value.isNull { return .literal(.null, type) }
    guard let folded = folded(value, to: type, zone: zone) else { return TypedExpression(type, .cast(expression)) }
    return .literal(folded, type)
  }

  /// The constant as another type, `.null` when it has no value there, `nil` when that is better left to the engine.
  static func folded(_ value: Value, to type: DataType, zone: SessionZone) -> Value? {
    switch (value, type) {
    case (.integer(let number), .bigint): .integer(number)
    case (.integer(let number), .int): Int32(exactly: number) == nil ? .null : .integer(number)
    case (.integer(let number), .double): .double(Double(number))
    case (.integer(let number), .decimal(let precision, let scale)):
      decimal(Int128(number), from: 0, precision: precision, scale: scale)
    case (.integer(let number), .boolean): .boolean(number != 0)
    case (.integer(let number), .string): .string(String(number))
    case (.decimal(let unscaled, let from), .decimal(let precision, let scale)):
      decimal(unscaled, from: from, precision: precision, scale: scale)
    case (.decimal, .double): Double(value.description).map { .double($0) }
    case (.decimal, .string): .string(value.description)
    case (.boolean(let flag), .string): .string(flag ? "true" : "false")
    case (.boolean(let flag), .int), (.boolean(let flag), .bigint): .integer(flag ? 1 : 0)
    case (.date(let days), .timestamp): midnight(days, zone)
    case (.date(let days), .string): .string(TimestampText.dateString(days: days))
    case (.string(let text), _): parsed(text, as: type, zone: zone)
    default: nil
    }
  }

  /// What a text says as a value of the type; `.null` when it says nothing of the kind.
  private static func parsed(_ text: String, as type: DataType, zone: SessionZone) -> Value? {
    var trimmed = String(text.trimmingSpaces)
    switch type {
    case .timestamp:
      return TimestampText.microseconds(trimmed, zone: zone).map { .timestamp(EventTime(microseconds: $0)) } ?? .null
    case .date:
      if let days = trimmed.withUTF8({ TimestampText.days($0) }) { return .date(days) }
      guard let microseconds = TimestampText.microseconds(trimmed, zone: zone) else { return .null }
      let local = microseconds + zone.offset(atUTC: microseconds) * 1_000_000
      return .date(Calendar.split(microseconds: local).days)
    case .int: return Int32(trimmed).map { .integer(Int64($0)) } ?? .null
    case .bigint: return Int64(trimmed).map { .integer($0) } ?? .null
    case .double:
      // Swift reads hexadecimal floats and names for infinity as well; those are the engine's business.
      guard trimmed.utf8.allSatisfy({ "+-.eE0123456789".utf8.contains($0) }) else { return nil }
      return Double(trimmed).map { .double($0) } ?? .null
    case .decimal(let precision, let scale):
      return trimmed.withUTF8 { DecimalText.unscaled($0, precision: precision, scale: scale) }
        .map { .decimal(unscaled: $0, scale: scale) } ?? .null
    case .boolean:
      switch trimmed.lowercased() {
      case "true", "t", "yes", "y", "1": return .boolean(true)
      case "false", "f", "no", "n", "0": return .boolean(false)
      default: return .null
      }
    default: return nil
    }
  }

  private static func decimal(_ unscaled: Int128, from: Int, precision: Int, scale: Int) -> Value {
    guard let moved = DecimalText.rescale(unscaled, by: scale - from), DecimalText.fits(moved, precision: precision)
    else { return .null }
    return .decimal(unscaled: moved, scale: scale)
  }

  private static func midnight(_ days: Int64, _ zone: SessionZone) -> Value {
    let (local, overflow) = days.multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
    return overflow ? .null : .timestamp(EventTime(microseconds: zone.utc(fromLocal: local)))
  }
}

extension StringProtocol {
  /// Without the white space at both ends.
  var trimmingSpaces: SubSequence {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return self[endIndex..<endIndex]
    }
    return self[first...last]
  }
}
