import TidemillColumns

/// Finds the function, argument and result type of an aggregate.
struct AggregateResolver {
  /// Over the aggregation's input.
  var resolver: ExpressionResolver
  /// Whether the input takes rows back, as the changing result of another aggregation does.
  var isRetracting: Bool

  func resolve(_ expression: Expression, name: String) throws -> AggregateCall {
    let place = expression.place
    switch expression.node {
    case .countRows(let filter):
      return AggregateCall(
        name: name, function: .countRows, argument: nil, filter: try condition(filter), resultType: .bigint)
    case .call(let function, let arguments):
      return try call(function, arguments, distinct: false, filter: nil, name: name, at: place)
    case .aggregate(let function, let arguments, let distinct, let filter):
      return try call(function, arguments, distinct: distinct, filter: filter, name: name, at: place)
    default: preconditionFailure("only an aggregate can be resolved as one")
    }
  }

  private func condition(_ filter: Expression?) throws -> TypedExpression? {
    try filter.map { try resolver.condition($0, of: "FILTER (WHERE …)") }
  }

  private func call(
    _ written: String, _ arguments: [Expression], distinct: Bool, filter: Expression?, name: String, at range: TextRange?
  ) throws -> AggregateCall {
    guard var function = AggregateFunction.named(written) else {
      throw TidemillError(
        .invalidQuery, "there is no aggregate \(written)()",
        hint: AggregateNames.refused[written]
          ?? NearNames.hint(for: written, among: AggregateNames.all, otherwise: "the aggregates are"), at: range)
    }
    guard arguments.count == 1 else {
      let hint =
        written == "count" && arguments.count > 1 ? "count rows by count(*), or one column at a time" : nil
      throw TidemillError(
        arguments.count > 1 ? .unsupported : .invalidQuery, "\(written)() takes one argument, not \(arguments.count)",
        hint: hint, at: range)
    }
    var filter = try condition(filter)
    if arguments[0].node == .star {
      guard function == .count, !distinct else {
        throw TidemillError(.invalidQuery, "* can only be counted: count(*)", at: range)
      }
      return AggregateCall(name: name, function: .countRows, argument: nil, filter: filter, resultType: .bigint)
    }
    if written == "count_if" {
      let counted = try resolver.condition(arguments[0], of: "count_if()")
      filter = filter.map { TypedExpression(.boolean, .and($0, counted)) } ?? counted
      return AggregateCall(name: name, function: .countRows, argument: nil, filter: filter, resultType: .bigint)
    }
    let argument = try resolver.resolve(arguments[0])
    if distinct { function = try distinctFunction(function, written, at: range) }
    if function == .count, let constant = argument.constant, !constant.isNull {
      return AggregateCall(name: name, function: .countRows, argument: nil, filter: filter, resultType: .bigint)
    }
    try checkRetractions(function, of: argument.type, name, at: range)
    let type = try resultType(function, written, of: argument.type, at: range)
    return AggregateCall(name: name, function: function, argument: argument, filter: filter, resultType: type)
  }

  private func distinctFunction(
    _ function: AggregateFunction, _ written: String, at range: TextRange?
  ) throws -> AggregateFunction {
    switch function {
    case .count: return .countDistinct
    // The same with or without DISTINCT.
    case .min, .max: return function
    default:
      throw TidemillError(
        .unsupported, "\(written)(DISTINCT …) is not there",
        hint: "count(DISTINCT x) is; or group by x in a subquery and aggregate its result in append mode", at: range)
    }
  }

  private func checkRetractions(
    _ function: AggregateFunction, of type: DataType, _ name: String, at range: TextRange?
  ) throws {
    guard isRetracting, !function.takesBackRows(of: type) else { return }
    if type == .double, function.takesBackRows(of: .bigint) {
      throw TidemillError(
        .unsupported, "\(name) over results that still change would lose what rounding has swallowed",
        hint: "use append mode, in which results are final, or CAST the argument to a DECIMAL", at: range)
    }
    throw TidemillError(
      .unsupported, "\(name) over results that still change would have to remember them all",
      hint: "use append mode, in which results are final; sum, count and avg work in every mode", at: range)
  }

  private func resultType(
    _ function: AggregateFunction, _ written: String, of type: DataType, at range: TextRange?
  ) throws -> DataType {
    if let result = function.resultType(of: type) { return result }
    if type == .window {
      throw TidemillError(
        .unsupported, "\(written)() does not take windows", hint: "take the window's .start or .end", at: range)
    }
    throw TidemillError(
      .invalidQuery, "\(written)() takes numbers, and this is \(type)",
      hint: type == .string ? "CAST(x AS DOUBLE) reads text as numbers" : nil, at: range)
  }
}
