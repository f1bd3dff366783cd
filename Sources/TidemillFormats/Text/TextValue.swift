import TidemillColumns

/// Single values that are written as text, such as those in the names of directories.
package enum TextValue {
  /// The value that a text means in a column of a type; `nil` when it is none.
  ///
  /// - Parameter zone: of times without an offset.
  package static func value(_ text: String, as type: DataType, zone: SessionZone) -> Value? {
    var text = text
    return text.withUTF8 { bytes in
      switch type {
      case .boolean: return TextParsing.boolean(bytes).map { .boolean($0) }
      case .int: return TextParsing.integer(bytes).flatMap { Int32(exactly: $0) == nil ? nil : .integer($0) }
      case .bigint: return TextParsing.integer(bytes).map { .integer($0) }
      case .double: return TextParsing.double(bytes).map { .double($0) }
      case .decimal(let precision, let scale):
        return DecimalText.unscaled(bytes, precision: precision, scale: scale).map { .decimal(unscaled: $0, scale: scale) }
      case .string: return .string(String(decoding: bytes, as: UTF8.self))
      case .date: return TimestampText.days(bytes).map { .date($0) }
      case .timestamp:
        return TimestampText.microseconds(bytes, zone: zone).map { .timestamp(EventTime(microseconds: $0)) }
      case .window: return nil
      }
    }
  }

  /// The narrowest type that takes all of some texts: `BIGINT`, `DATE`, else `STRING`.
  package static func type(of texts: some Sequence<String>) -> DataType {
    var observed = ObservedType()
    for text in texts {
      var text = text
      text.withUTF8 { bytes in
        if TextParsing.integer(bytes) != nil {
          observed.observe(.integer)
        } else {
          observed.observe(TimestampText.days(bytes) == nil ? .string : .date)
        }
      }
    }
    return observed.type
  }
}
