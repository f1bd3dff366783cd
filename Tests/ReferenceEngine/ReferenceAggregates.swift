import TidemillColumns
import TidemillPlan

extension AggregateCall {
  /// The aggregate of one group's rows.
  ///
  /// - Parameter name: what an error calls the group.
  func result(over rows: [[Value]], of name: String, zone: SessionZone) throws -> Value {
    let counted = rows.filter { row in
      filter.map { evaluate($0, on: row, zone: zone) == .boolean(true) } ?? true
    }
    guard let argument else { return .integer(Int64(counted.count)) }
    let values = counted.map { evaluate(argument, on: $0, zone: zone) }.filter { !$0.isNull }
    switch function {
    case .countRows, .count: return .integer(Int64(values.count))
    case .countDistinct: return .integer(Int64(Set(values.map { RowKey([$0]) }).count))
    case .min: return values.min { compare($0, $1) < 0 } ?? .null
    case .max: return values.max { compare($0, $1) < 0 } ?? .null
    case .sum, .trySum, .avg:
      if values.isEmpty { return .null }
      if argument.type == .double { return ofDoubles(values) }
      if let result = ofExact(values) { return result }
      if function == .trySum { return .null }
      throw TidemillError(
        .outOfRange, "\(self.name) for \(name) is out of range of \(resultType)",
        hint: "use try_sum to get NULL instead, or cast the argument to a wider type")
    }
  }

  private func ofDoubles(_ values: [Value]) -> Value {
    var sum = 0.0
    for case .double(let value) in values { sum += value }
    return .double(function == .avg ? sum / Double(values.count) : sum)
  }

  /// Sums and averages of integers and decimals; `nil` when the result does not fit its type.
  private func ofExact(_ values: [Value]) -> Value? {
    var sum = DigitNumber(0)
    var scale = 0
    for value in values {
      switch value {
      case .integer(let value): sum = sum + DigitNumber(Int128(value))
      case .decimal(let unscaled, let ownScale):
        scale = ownScale
        sum = sum + DigitNumber(unscaled)
      default: preconditionFailure("\(function.rawValue) is for numbers, not for \(value)")
      }
    }
    if function == .avg {
      switch resultType {
      case .double: return .double(Double(sum.text)! / Double(values.count))
      case .decimal(_, let resultScale):
        let average = sum.shifted(by: resultScale - scale).divided(by: DigitNumber(Int128(values.count)))
        return decimalValue(average, of: resultType)
      default: preconditionFailure("an average is a double or a decimal, not \(resultType)")
      }
    }
    switch resultType {
    case .int: return sum.integer(Int32.self).map { .integer(Int64($0)) }
    case .bigint: return sum.integer(Int64.self).map { .integer($0) }
    case .decimal(_, let resultScale): return decimalValue(sum.shifted(by: resultScale - scale), of: resultType)
    default: preconditionFailure("a sum of integers or decimals is not \(resultType)")
    }
  }
}

/// `unscaled` as a decimal of a type, already at its scale; `nil` when it has too many digits.
func decimalValue(_ unscaled: DigitNumber, of type: DataType) -> Value? {
  guard case .decimal(let precision, let scale) = type else { preconditionFailure("\(type) is no decimal") }
  guard unscaled.digitCount <= min(precision, DataType.maximumPrecision) else { return nil }
  return unscaled.integer(Int128.self).map { .decimal(unscaled: $0, scale: scale) }
}
