import TidemillColumns

/// Spark's rules for the precision and scale of decimal arithmetic.
enum DecimalTypes {
  /// The decimal that holds every value of a numeric type exactly; `nil` for doubles.
  static func holding(_ type: DataType) -> (precision: Int, scale: Int)? {
    switch type {
    case .decimal(let precision, let scale): (precision, scale)
    case .int: (10, 0)
    case .bigint: (20, 0)
    default: nil
    }
  }

  static func result(
    _ operation: ArithmeticOperator, _ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)
  ) -> DataType {
    let (p1, s1) = left
    let (p2, s2) = right
    switch operation {
    case .add, .subtract:
      let scale = max(s1, s2)
      return adjusted(max(p1 - s1, p2 - s2) + scale + 1, scale)
    case .multiply:
      return adjusted(p1 + p2 + 1, s1 + s2)
    case .divide:
      let scale = max(6, s1 + p2 + 1)
      return adjusted(p1 - s1 + s2 + scale, scale)
    case .remainder:
      let scale = max(s1, s2)
      return adjusted(min(p1 - s1, p2 - s2) + scale, scale)
    }
  }

  /// The decimal that holds the values of both, as far as 38 digits go.
  static func common(_ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)) -> DataType {
    let scale = max(left.scale, right.scale)
    return adjusted(max(left.precision - left.scale, right.precision - right.scale) + scale, scale)
  }

  /// Beyond 38 digits the digits before the point are kept and those behind it given up, down to six.
  static func adjusted(_ precision: Int, _ scale: Int) -> DataType {
    if precision <= DataType.maximumPrecision { return .decimal(precision: max(precision, 1), scale: scale) }
    let beforePoint = precision - scale
    let kept = max(DataType.maximumPrecision - beforePoint, min(scale, 6))
    return .decimal(precision: DataType.maximumPrecision, scale: kept)
  }

  /// Capped at 38 digits without giving up scale, as the results of aggregates are.
  static func bounded(_ precision: Int, _ scale: Int) -> DataType {
    .decimal(precision: min(precision, DataType.maximumPrecision), scale: min(scale, DataType.maximumPrecision))
  }
}
