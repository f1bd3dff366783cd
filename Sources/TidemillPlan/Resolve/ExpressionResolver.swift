import TidemillColumns

/// Looks up the names of an expression, finds its type and makes its casts explicit.
struct ExpressionResolver {
  var scope: Scope
  var zone: SessionZone
  /// The part of the query that the expression stands in, for errors: `WHERE`.
  var clause: String
  /// Stands in front of the usual rules: gives what an expression means here, or `nil` when it has no special meaning.
  var special: ((Expression) throws -> TypedExpression?)?

  init(
    scope: Scope, zone: SessionZone, clause: String, special: ((Expression) throws -> TypedExpression?)? = nil
  ) {
    self.scope = scope
    self.zone = zone
    self.clause = clause
    self.special = special
  }

  var coercion: Coercion { Coercion(zone: zone) }

  func resolve(_ expression: Expression) throws -> TypedExpression {
    if let special, let typed = try special(expression) { return typed }
    let range = expression.range
    switch expression.node {
    case .column(let parts): return try scope.lookUp(parts, at: range)
    case .literal(let value, let type): return .literal(value, type)
    case .interval:
      throw TidemillError(
        .invalidQuery, "an interval can only be added to or subtracted from a date or timestamp",
        hint: "or compared with the difference of two timestamps", at: range)
    case .unary(.not, let operand): return TypedExpression(.boolean, .not(try condition(operand, of: "NOT")))
    case .unary(.negate, let operand): return try negation(operand)
    case .binary(let operation, let left, let right): return try binary(operation, left, right, at: range)
    case .call(let name, let arguments):
      if AggregateNames.isAggregate(name) { throw misplacedAggregate(name, expression) }
      return try call(name, arguments, at: expression.place)
    case .aggregate(let name, _, _, _): throw misplacedAggregate(name, expression)
    case .countRows: throw misplacedAggregate("count", expression)
    case .cast(let operand, let type): return try cast(operand, to: type, at: range)
    case .caseWhen(let branches, let otherwise): return try choice(branches, otherwise, at: range)
    case .isNull(let operand): return try isNull(operand)
    case .inList(let operand, let items): return try inList(operand, items, at: range)
    case .like(let operand, let pattern): return try like(operand, pattern)
    case .rowNumber:
      throw TidemillError(
        .unsupported, "ROW_NUMBER() cannot stand inside another expression or in \(clause)",
        hint: "select it under a name and filter by that: `QUALIFY rn <= 3`", at: range)
    case .star, .starOf:
      throw TidemillError(.invalidQuery, "* stands for columns only in a select list and in count(*)", at: range)
    }
  }

  func operand(_ expression: Expression) throws -> Operand {
    Operand(typed: try resolve(expression), range: expression.place)
  }

  /// An expression that must be true or false.
  func condition(_ expression: Expression, of clause: String) throws -> TypedExpression {
    let typed = try resolve(expression)
    if typed.isNullLiteral { return .literal(.null, .boolean) }
    guard typed.type == .boolean else {
      throw TidemillError(
        .invalidQuery, "\(clause) needs a condition, and this is \(typed.type)",
        hint: "compare it with something", at: expression.place)
    }
    return typed
  }

  private func misplacedAggregate(_ name: String, _ expression: Expression) -> TidemillError {
    let hint =
      switch clause {
      case "WHERE": "filter groups with HAVING, or the rows of one aggregate with FILTER (WHERE …)"
      case AggregateNames.argumentClause: "aggregate in a subquery first, then aggregate its result"
      default: "select it in the query's GROUP BY, and use its name around that"
      }
    return TidemillError(
      .invalidQuery, "the aggregate \(name)() cannot be used in \(clause)", hint: hint, at: expression.place)
  }

  private func isNull(_ operand: Expression) throws -> TypedExpression {
    let typed = try resolve(operand)
    if let constant = typed.constant { return .literal(.boolean(constant.isNull), .boolean) }
    return TypedExpression(.boolean, .isNull(typed))
  }

  private func cast(_ operand: Expression, to type: DataType, at range: TextRange?) throws -> TypedExpression {
    let typed = try resolve(operand)
    if typed.isNullLiteral { return .literal(.null, type) }
    guard Casts.exists(from: typed.type, to: type) else {
      let hint: String? =
        switch (typed.type, type) {
        case (.timestamp, let other) where other.isNumeric: "unix_timestamp(ts) gives its seconds since 1970"
        case (let other, .timestamp) where other.isNumeric: "timestamp_seconds(n) and timestamp_millis(n) give timestamps"
        case (.window, _): "take its .start or .end"
        default: nil
        }
      throw TidemillError(.invalidQuery, "\(typed.type) cannot be cast to \(type)", hint: hint, at: range ?? operand.place)
    }
    return Casts.cast(typed, to: type, zone: zone)
  }

  /// CASE, with its results brought to one type.
  func choice(_ branches: [WhenClause], _ otherwise: Expression?, at range: TextRange?) throws -> TypedExpression {
    let results = try branches.map { try operand($0.result) } + (try otherwise.map { [try operand($0)] } ?? [])
    let unified = try unify(results, "the results of CASE", at: range)
    let typed = try zip(branches, unified).map {
      TypedWhen(condition: try condition($0.condition, of: "WHEN"), result: $1)
    }
    return TypedExpression(
      unified[0].type, .caseWhen(typed, otherwise: otherwise == nil ? nil : unified[unified.count - 1]))
  }

  /// Brings expressions to the one type that all of them can have.
  func unify(_ operands: [Operand], _ what: String, at range: TextRange?) throws -> [TypedExpression] {
    guard let type = coercion.common(operands) else {
      let types = operands.map(\.type.sqlName).joined(separator: ", ")
      throw TidemillError(
        .invalidQuery, "\(what) have no type in common: \(types)", hint: "CAST them to one type",
        at: range ?? operands.first?.range)
    }
    return try operands.map { try coercion.convert($0, to: type) }
  }

  /// Constants become a list; with anything else the IN is a chain of ORs.
  private func inList(_ operand: Expression, _ items: [Expression], at range: TextRange?) throws -> TypedExpression {
    let operands = try items.map { try self.operand($0) }
    guard operands.allSatisfy({ $0.typed.constant != nil }), !operands.isEmpty else {
      guard let first = items.first else {
        throw TidemillError(.invalidQuery, "IN needs at least one value", at: range)
      }
      let chain = items.dropFirst().reduce(Expression(.binary(.equal, operand, first), at: range)) {
        Expression(.binary(.or, $0, Expression(.binary(.equal, operand, $1), at: range)), at: range)
      }
      return try resolve(chain)
    }
    let subject = try self.operand(operand)
    // Each value meets the subject as in a comparison, and all of them meet at one type.
    var type = subject.type
    for item in operands where !item.typed.isNullLiteral {
      let compared = try coercion.comparing(subject, item, "IN", at: range).0.type
      type = coercion.common(type, compared) ?? compared
    }
    let values = try operands.map { item -> Value in
      let converted = try coercion.convert(item, to: type)
      return converted.constant ?? .null
    }
    return TypedExpression(.boolean, .inList(try coercion.convert(subject, to: type), values))
  }

  private func like(_ operand: Expression, _ pattern: Expression) throws -> TypedExpression {
    let subject = try text(operand, of: "LIKE")
    guard case .string(let text)? = try resolve(pattern).constant else {
      throw TidemillError(
        .unsupported, "the pattern of LIKE must be constant text", hint: "use contains(), startswith() or endswith()",
        at: pattern.place)
    }
    return TypedExpression(.boolean, .like(subject, pattern: text))
  }

  /// An expression as text; anything but a window has one.
  func text(_ expression: Expression, of function: String) throws -> TypedExpression {
    let operand = try operand(expression)
    guard operand.type != .window else {
      throw TidemillError(.invalidQuery, "\(function) takes text, and this is a window", at: operand.range)
    }
    return Casts.cast(operand.typed, to: .string, zone: zone)
  }
}
