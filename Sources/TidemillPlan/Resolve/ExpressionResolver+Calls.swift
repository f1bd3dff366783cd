import TidemillColumns

extension ExpressionResolver {
  func call(_ name: String, _ arguments: [Expression], at range: TextRange?) throws -> TypedExpression {
    if let count = FunctionRegistry.rewritten[name] {
      try check(arguments.count, count...count, name, range)
      return try rewritten(name, arguments, at: range)
    }
    if name == "interval", arguments.count == 1, case .literal(.string(let text), _) = arguments[0].node {
      throw Intervals.error(text, at: range)
    }
    guard let signature = FunctionRegistry.signatures[FunctionRegistry.aliases[name] ?? name] else {
      throw unknown(name, range)
    }
    try check(arguments.count, signature.argumentCounts, name, range)
    switch signature.function {
    case .dateTrunc: return try dateTrunc(arguments, at: range)
    case .toDate: return try conversion(.toDate, .date, arguments[0])
    case .toTimestamp: return try conversion(.toTimestamp, .timestamp, arguments[0])
    default: break
    }
    var typed = try arguments.enumerated().map { index, argument in
      try self.argument(argument, signature.parameters[min(index, signature.parameters.count - 1)], name)
    }
    if case .common = signature.parameters[0] {
      let operands = zip(typed, arguments).map { Operand(typed: $0, range: $1.place) }
      typed = try unify(operands, "the arguments of \(name)()", at: range)
      // What is compared must be comparable.
      if typed[0].type == .window, signature.function != .coalesce {
        throw TidemillError(.unsupported, "\(name)() cannot compare windows", hint: "use their .start or .end", at: range)
      }
    }
    if signature.function == .replace, typed.count == 2 { typed.append(.literal(.string(""), .string)) }
    switch signature.result {
    case .type(let type): return TypedExpression(type, .function(signature.function, typed))
    case .first: return TypedExpression(typed[0].type, .function(signature.function, typed))
    case .rounded: return try Rounding.resolve(signature.function, typed, zone: zone, at: range)
    }
  }

  private func rewritten(_ name: String, _ arguments: [Expression], at range: TextRange?) throws -> TypedExpression {
    switch name {
    case "isnull": return try resolve(Expression(.isNull(arguments[0]), at: range))
    case "isnotnull": return try resolve(Expression(.unary(.not, Expression(.isNull(arguments[0]))), at: range))
    case "mod": return try resolve(Expression(.binary(.remainder, arguments[0], arguments[1]), at: range))
    case "nvl2":
      let isThere = Expression(.unary(.not, Expression(.isNull(arguments[0]), at: range)), at: range)
      return try choice([WhenClause(condition: isThere, result: arguments[1])], arguments[2], at: range)
    default: return try choice([WhenClause(condition: arguments[0], result: arguments[1])], arguments[2], at: range)
    }
  }

  private func check(_ count: Int, _ allowed: ClosedRange<Int>, _ name: String, _ range: TextRange?) throws {
    if allowed.contains(count) { return }
    let wanted =
      switch (allowed.lowerBound, allowed.upperBound) {
      case (let low, .max): "at least \(low)"
      case (let low, let high) where low == high: "\(low)"
      case (let low, let high): "\(low) to \(high)"
      }
    let noun = wanted.hasSuffix("1") ? "argument" : "arguments"
    throw TidemillError(.invalidQuery, "\(name)() takes \(wanted) \(noun), not \(count)", at: range)
  }

  private func argument(
    _ expression: Expression, _ parameter: FunctionSignature.Parameter, _ function: String
  ) throws -> TypedExpression {
    if case .text = parameter { return try text(expression, of: "\(function)()") }
    let operand = try operand(expression)
    func converted(to type: DataType) throws -> TypedExpression { try coercion.convert(operand, to: type) }
    let isNull = operand.typed.isNullLiteral
    switch (parameter, operand.type) {
    case (.any, _), (.common, _), (.text, _): return operand.typed
    case (.string, .window): break
    case (.string, _): return try converted(to: .string)
    case (.number, let type) where type.isNumeric: return operand.typed
    case (.number, .string): return try converted(to: .double)
    case (.double, let type) where type.isNumeric || type == .string: return try converted(to: .double)
    case (.integer, let type) where type.isInteger: return operand.typed
    case (.timestamp, .timestamp), (.timestamp, .date), (.timestamp, .string): return try converted(to: .timestamp)
    case (.dateOrTimestamp, .timestamp), (.dateOrTimestamp, .date): return operand.typed
    case (.dateOrTimestamp, .string): return try converted(to: .timestamp)
    case (.window, .window): return operand.typed
    case (.number, _) where isNull: return try converted(to: .double)
    case (.integer, _) where isNull: return try converted(to: .int)
    default: break
    }
    throw TidemillError(
      .invalidQuery, "\(function)() takes \(parameter.article), and this is \(operand.type)",
      hint: parameter.hint, at: operand.range)
  }

  /// `to_date` and `to_timestamp`: a cast under another name.
  private func conversion(_ function: ScalarFunction, _ type: DataType, _ argument: Expression) throws -> TypedExpression {
    let operand = try operand(argument)
    if operand.type == type { return operand.typed }
    guard operand.type == .string || operand.type == .date || operand.type == .timestamp else {
      throw TidemillError(
        .invalidQuery, "\(function.rawValue)() takes text, a date or a timestamp, and this is \(operand.type)",
        hint: operand.type.isNumeric ? "timestamp_seconds(n) and timestamp_millis(n) read numbers" : nil,
        at: operand.range)
    }
    if operand.typed.constant != nil { return Casts.cast(operand.typed, to: type, zone: zone) }
    return TypedExpression(type, .function(function, [operand.typed]))
  }

  private static let truncations: [String: String] = [
    "year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month", "mon": "month", "mm": "month",
    "week": "week", "day": "day", "dd": "day", "hour": "hour", "minute": "minute", "second": "second",
    "millisecond": "millisecond", "microsecond": "microsecond",
  ]

  private func dateTrunc(_ arguments: [Expression], at range: TextRange?) throws -> TypedExpression {
    guard case .string(let text)? = try resolve(arguments[0]).constant,
      let unit = Self.truncations[text.lowercased()]
    else {
      throw TidemillError(
        .invalidQuery, "date_trunc() needs a constant unit as its first argument",
        hint: "one of 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'", at: arguments[0].place)
    }
    let time = try argument(arguments[1], .timestamp, "date_trunc")
    return TypedExpression(.timestamp, .function(.dateTrunc, [.literal(.string(unit), .string), time]))
  }

  private func unknown(_ name: String, _ range: TextRange?) -> TidemillError {
    if name == "window" || name == "session_window" {
      return TidemillError(
        .unsupported, "\(name)() can stand only in GROUP BY, and in what is selected from it",
        hint: "add it to GROUP BY, in the same words", at: range)
    }
    if FunctionRegistry.unrepeatable.contains(name) {
      return TidemillError(
        .unsupported, "\(name)() gives another answer each time it is asked, and a stream's answer must be repeatable",
        hint: "use a column of the stream", at: range)
    }
    if let instead = AggregateNames.refused[name] {
      return TidemillError(.unsupported, "the aggregate \(name)() is not there", hint: instead, at: range)
    }
    return TidemillError(
      .invalidQuery, "there is no function \(name)()",
      hint: NearNames.hint(for: name, among: FunctionRegistry.names, otherwise: "some that there are:"), at: range)
  }
}

extension FunctionSignature.Parameter {
  /// What it wants, for errors.
  fileprivate var article: String {
    switch self {
    case .string, .text: "text"
    case .number, .double: "a number"
    case .integer: "a whole number"
    case .timestamp: "a timestamp"
    case .dateOrTimestamp: "a date or timestamp"
    case .window: "a window"
    case .common, .any: "a value"
    }
  }

  fileprivate var hint: String? {
    switch self {
    case .timestamp, .dateOrTimestamp: "CAST(x AS TIMESTAMP) reads text; timestamp_seconds(n) reads numbers"
    case .window: "group by window(…) and pass its name"
    default: nil
    }
  }
}
