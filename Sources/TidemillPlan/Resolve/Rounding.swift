import TidemillColumns

/// The result types of `floor`, `ceil` and `round`, as Spark has them.
enum Rounding {
  static func resolve(
    _ function: ScalarFunction, _ arguments: [TypedExpression], zone: SessionZone, at range: TextRange?
  ) throws -> TypedExpression {
    let number = arguments[0]
    if function != .round {
      switch number.type {
      case .int, .bigint: return Casts.cast(number, to: .bigint, zone: zone)
      case .decimal(let precision, let scale):
        return TypedExpression(
          DecimalTypes.bounded(max(precision - scale + 1, 1), 0), .function(function, [number]))
      default: return TypedExpression(.bigint, .function(function, [number]))
      }
    }
    guard arguments.count == 1 || arguments[1].constant != nil else {
      throw TidemillError(
        .unsupported, "the number of digits in round() must be a constant", hint: "write round(x, 2)", at: range)
    }
    var digits = 0
    if arguments.count == 2, case .integer(let count)? = arguments[1].constant {
      digits = Int(max(-38, min(count, 38)))
    }
    let rounding = TypedExpression.Kind.function(.round, [number, .literal(.integer(Int64(digits)), .int)])
    switch number.type {
    case .int, .bigint: return digits >= 0 ? number : TypedExpression(number.type, rounding)
    case .decimal(let precision, let scale):
      let kept = max(0, min(scale, digits))
      return TypedExpression(DecimalTypes.bounded(precision - scale + 1 + kept, kept), rounding)
    default: return TypedExpression(number.type, rounding)
    }
  }
}
