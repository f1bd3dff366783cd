import TidemillColumns
import TidemillPlan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension RowEvaluator {
  func numberFunction(_ function: ScalarFunction, _ arguments: [Value], _ type: DataType) -> Value {
    switch (function, arguments[0]) {
    case (.abs, .double(let value)): return .double(value.magnitude)
    case (.abs, .integer(let value)): return integer(Int128(value.magnitude), type)
    case (.abs, .decimal(let unscaled, let scale)):
      let number = DigitNumber(unscaled)
      return decimal(number.isNegative ? -number : number, scale: scale, type)
    case (.sqrt, .double(let value)): return .double(value.squareRoot())
    case (.pow, .double(let base)):
      guard case .double(let exponent) = arguments[1] else { return .null }
      return .double(pow(base, exponent))
    case (.floor, .double(let value)): return double(value.rounded(.down), type)
    case (.ceil, .double(let value)): return double(value.rounded(.up), type)
    case (.floor, .integer(let value)), (.ceil, .integer(let value)): return exact(DigitNumber(Int128(value)), 0, type)
    case (.floor, .decimal(let unscaled, let scale)), (.ceil, .decimal(let unscaled, let scale)):
      let number = DigitNumber(unscaled)
      let whole = number.truncated(by: scale)
      let isWhole = whole.shifted(by: scale) == number
      if isWhole || number.isNegative == (function == .ceil) { return exact(whole, 0, type) }
      return exact(whole + DigitNumber(function == .ceil ? 1 : -1), 0, type)
    case (.round, let value):
      var digits = 0
      if arguments.count > 1 {
        guard case .integer(let wanted) = arguments[1] else { return .null }
        digits = Int(max(-400, min(400, wanted)))
      }
      return rounded(value, to: digits, type)
    default: return .null
    }
  }

  /// Half away from zero. A double is rounded as it is written, so that 2.675 to two digits is 2.68, as in Spark.
  private func rounded(_ value: Value, to digits: Int, _ type: DataType) -> Value {
    func round(_ number: DigitNumber, _ scale: Int) -> DigitNumber {
      digits >= scale ? number : number.shifted(by: digits - scale).shifted(by: scale - digits)
    }
    switch value {
    case .integer(let value): return exact(round(DigitNumber(Int128(value)), 0), 0, type)
    case .decimal(let unscaled, let scale): return exact(round(DigitNumber(unscaled), scale), scale, type)
    case .double(let value):
      guard value.isFinite else { return .double(value) }
      let (number, scale) = written(value)
      return .double(Double(round(number, scale).text + "e\(-scale)")!)
    default: return .null
    }
  }

  /// The shortest decimal number that is read back as `value`: number / 10^scale.
  private func written(_ value: Double) -> (number: DigitNumber, scale: Int) {
    let parts = value.magnitude.description.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1])! : 0
    let mantissa = parts[0].split(separator: ".")
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    let number = DigitNumber(digits: String(mantissa[0]) + fraction, negative: value < 0)
    let scale = fraction.count - exponent
    return scale >= 0 ? (number, scale) : (number.shifted(by: -scale), 0)
  }

  private func double(_ value: Double, _ type: DataType) -> Value {
    type == .double ? .double(value) : cast(.double(value), to: type)
  }

  /// number / 10^scale as a value of whichever numeric type.
  private func exact(_ number: DigitNumber, _ scale: Int, _ type: DataType) -> Value {
    switch type {
    case .decimal: return decimal(number, scale: scale, type)
    case .int, .bigint: return number.truncated(by: scale).integer(Int128.self).map { integer($0, type) } ?? .null
    case .double: return .double(Double(number.text + "e\(-scale)")!)
    default: return .null
    }
  }
}
