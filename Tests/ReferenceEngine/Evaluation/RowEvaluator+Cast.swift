import TidemillColumns
import TidemillPlan

extension RowEvaluator {
  func cast(_ value: Value, to type: DataType) -> Value {
    switch type {
    case .boolean: toBoolean(value)
    case .int, .bigint: toInteger(value, type)
    case .double: toDouble(value)
    case .decimal: toDecimal(value, type)
    case .string: toString(value)
    case .date: toDate(value)
    case .timestamp: toTimestamp(value)
    case .window: if case .window = value { value } else { .null }
    }
  }

  private func toBoolean(_ value: Value) -> Value {
    switch value {
    case .boolean: return value
    case .integer(let number): return .boolean(number != 0)
    case .double(let number): return .boolean(number != 0)
    case .decimal(let unscaled, _): return .boolean(unscaled != 0)
    case .string(let text):
      let word = trimmed(text).lowercased()
      if ["t", "true", "y", "yes", "1"].contains(word) { return .boolean(true) }
      return ["f", "false", "n", "no", "0"].contains(word) ? .boolean(false) : .null
    default: return .null
    }
  }

  /// Fractions are cut off; what is out of range is NULL. A timestamp gives whole seconds since 1970.
  private func toInteger(_ value: Value, _ type: DataType) -> Value {
    switch value {
    case .boolean(let truth): return .integer(truth ? 1 : 0)
    case .integer(let number): return integer(Int128(number), type)
    case .double(let number):
      guard number.isFinite, abs(number) < 1e30 else { return .null }
      return integer(Int128(number.rounded(.towardZero)), type)
    case .decimal(let unscaled, let scale):
      return integer(DigitNumber(unscaled).truncated(by: scale).integer(Int128.self)!, type)
    case .string(let text): return Int64(trimmed(text)).map { integer(Int128($0), type) } ?? .null
    case .timestamp(let time): return integer(Int128(floorQuotient(time.microseconds, 1_000_000)), type)
    default: return .null
    }
  }

  private func toDouble(_ value: Value) -> Value {
    switch value {
    case .boolean(let truth): return .double(truth ? 1 : 0)
    case .integer(let number): return .double(Double(number))
    case .double: return value
    case .decimal(let unscaled, let scale):
      return .double(Double(DecimalText.string(unscaled: unscaled, scale: scale))!)
    case .string(let text):
      let word = trimmed(text).lowercased()
      let unsigned = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
      if unsigned == "inf" || unsigned == "infinity" { return .double(word.hasPrefix("-") ? -.infinity : .infinity) }
      if word == "nan" { return .double(.nan) }
      // Hexadecimal numbers are Swift's, not SQL's.
      guard unsigned.utf8.allSatisfy({ "0123456789.e+-".utf8.contains($0) }) else { return .null }
      return Double(word).map { .double($0) } ?? .null
    case .timestamp(let time): return .double(Double(time.microseconds) / 1_000_000)
    default: return .null
    }
  }

  private func toDecimal(_ value: Value, _ type: DataType) -> Value {
    guard case .decimal(let precision, let scale) = type else { preconditionFailure("\(type) is no decimal") }
    func parsed(_ text: String) -> Value {
      let bytes = Array(text.utf8)
      let unscaled = bytes.withUnsafeBufferPointer { DecimalText.unscaled($0, precision: precision, scale: scale) }
      return unscaled.map { .decimal(unscaled: $0, scale: scale) } ?? .null
    }
    switch value {
    case .boolean(let truth): return decimal(DigitNumber(truth ? 1 : 0), scale: 0, type)
    case .integer(let number): return decimal(DigitNumber(Int128(number)), scale: 0, type)
    case .double(let number): return number.isFinite ? parsed(number.description) : .null
    case .decimal(let unscaled, let ownScale): return decimal(DigitNumber(unscaled), scale: ownScale, type)
    case .string(let text): return parsed(trimmed(text))
    case .timestamp(let time): return decimal(DigitNumber(Int128(time.microseconds)), scale: 6, type)
    default: return .null
    }
  }

  private func toString(_ value: Value) -> Value {
    switch value {
    case .null: .null
    case .timestamp(let time): .string(TimestampText.string(microseconds: time.microseconds, zone: zone))
    default: .string(value.description)
    }
  }

  func toDate(_ value: Value) -> Value {
    switch value {
    case .date: return value
    case .timestamp(let time): return .date(local(time).days)
    case .string(let text):
      let text = trimmed(text)
      let bytes = Array(text.utf8)
      if bytes.count == 10 {
        return bytes.withUnsafeBufferPointer { TimestampText.days($0) }.map { .date($0) } ?? .null
      }
      return toDate(toTimestamp(.string(text)))
    default: return .null
    }
  }

  func toTimestamp(_ value: Value) -> Value {
    func time(_ microseconds: Int128) -> Value {
      Int64(exactly: microseconds).map { .timestamp(EventTime(microseconds: $0)) } ?? .null
    }
    switch value {
    case .timestamp: return value
    case .date(let days):
      let local = Int128(days) * Int128(Calendar.microsecondsPerDay)
      // Far from the ends of the range, where a zone's offset cannot overflow.
      guard local.magnitude < 1 << 62, let midnight = Int64(exactly: local) else { return .null }
      return time(Int128(zone.utc(fromLocal: midnight)))
    case .string(let text):
      return TimestampText.microseconds(trimmed(text), zone: zone).map { time(Int128($0)) } ?? .null
    case .integer(let seconds): return time(Int128(seconds) * 1_000_000)
    case .double(let seconds):
      guard seconds.isFinite, abs(seconds) < 1e30 else { return .null }
      return time(Int128((seconds * 1_000_000).rounded(.towardZero)))
    case .decimal(let unscaled, let scale):
      let microseconds = DigitNumber(unscaled).shifted(by: 6).truncated(by: scale)
      return microseconds.integer(Int128.self).map { time($0) } ?? .null
    default: return .null
    }
  }

  /// Casts of text ignore white space around it.
  private func trimmed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { $0 > 32 }), let last = bytes.lastIndex(where: { $0 > 32 }) else {
      return ""
    }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }

  /// The calendar day and the time of day in the session's zone.
  func local(_ time: EventTime) -> (days: Int64, ofDay: Int64) {
    Calendar.split(microseconds: time.microseconds + zone.offset(atUTC: time.microseconds) * 1_000_000)
  }
}
