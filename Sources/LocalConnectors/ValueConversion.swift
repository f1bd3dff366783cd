import TidemillColumns

extension DataType {
  /// `value` as a value of this type, or what is wrong with it. Only conversions that lose nothing are made.
  func converted(_ value: Value) -> Result<Value, ValueMismatch> {
    switch (self, value) {
    case (_, .null), (.boolean, .boolean), (.bigint, .integer), (.string, .string), (.date, .date),
      (.timestamp, .timestamp), (.window, .window), (.double, .double):
      return .success(value)
    case (.int, .integer(let number)):
      return Int32(exactly: number) != nil ? .success(value) : .failure(ValueMismatch(value, self))
    case (.double, .integer(let number)):
      return .success(.double(Double(number)))
    case (.decimal(let precision, let scale), .integer(let number)):
      return rescaled(Int128(number), from: 0, to: scale, precision: precision, value)
    case (.decimal(let precision, let scale), .decimal(let unscaled, let from)):
      return rescaled(unscaled, from: from, to: scale, precision: precision, value)
    case (.timestamp, .string(let text)):
      guard let time = TimestampText.microseconds(text) else { return .failure(ValueMismatch(value, self)) }
      return .success(.timestamp(EventTime(microseconds: time)))
    case (.date, .string(let text)):
      var text = text
      guard let days = text.withUTF8({ TimestampText.days($0) }) else { return .failure(ValueMismatch(value, self)) }
      return .success(.date(days))
    default:
      return .failure(ValueMismatch(value, self))
    }
  }

  private func rescaled(
    _ unscaled: Int128, from: Int, to scale: Int, precision: Int, _ value: Value
  ) -> Result<Value, ValueMismatch> {
    var unscaled = unscaled
    var from = from
    while from < scale {
      let (product, overflow) = unscaled.multipliedReportingOverflow(by: 10)
      if overflow { return .failure(ValueMismatch(value, self)) }
      unscaled = product
      from += 1
    }
    while from > scale {
      let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { return .failure(ValueMismatch(value, self)) }
      unscaled = quotient
      from -= 1
    }
    guard String(unscaled.magnitude).count <= precision else { return .failure(ValueMismatch(value, self)) }
    return .success(.decimal(unscaled: unscaled, scale: scale))
  }
}

/// A value that is not of its column's type.
struct ValueMismatch: Error, Hashable, Sendable {
  var value: Value
  var type: DataType

  init(_ value: Value, _ type: DataType) {
    self.value = value
    self.type = type
  }

  func detail(_ name: String) -> String {
    if case .string(let text) = value { return "\(name): \"\(text)\" is no \(type)" }
    return "\(name): \(value) is no \(type)"
  }
}
