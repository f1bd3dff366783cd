import TidemillColumns

extension TypedExpression {
  static func literal(_ value: Value, _ type: DataType) -> TypedExpression { TypedExpression(type, .literal(value)) }

  /// The constant that this is; `nil` for anything that has to be computed.
  var constant: Value? {
    if case .literal(let value) = kind { value } else { nil }
  }

  var isNullLiteral: Bool { constant == .null }

  /// The operands, in order.
  var children: [TypedExpression] {
    switch kind {
    case .column, .literal: []
    case .not(let operand), .negate(let operand), .isNull(let operand), .cast(let operand), .inList(let operand, _),
      .like(let operand, _):
      [operand]
    case .and(let left, let right), .or(let left, let right), .arithmetic(_, let left, let right),
      .comparison(_, let left, let right):
      [left, right]
    case .caseWhen(let branches, let otherwise):
      branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
    case .function(_, let arguments): arguments
    }
  }

  /// The same expression over other columns: `transform` gives what stands for a part, or `nil` to go on inside it.
  func rewritten<Failure: Error>(
    _ transform: (TypedExpression) throws(Failure) -> TypedExpression?
  ) throws(Failure) -> TypedExpression {
    if let replaced = try transform(self) { return replaced }
    func inner(_ expression: TypedExpression) throws(Failure) -> TypedExpression { try expression.rewritten(transform) }
    let kind: Kind =
      switch self.kind {
      case .column, .literal: self.kind
      case .not(let operand): .not(try inner(operand))
      case .and(let left, let right): .and(try inner(left), try inner(right))
      case .or(let left, let right): .or(try inner(left), try inner(right))
      case .negate(let operand): .negate(try inner(operand))
      case .arithmetic(let operation, let left, let right): .arithmetic(operation, try inner(left), try inner(right))
      case .comparison(let operation, let left, let right): .comparison(operation, try inner(left), try inner(right))
      case .isNull(let operand): .isNull(try inner(operand))
      case .cast(let operand): .cast(try inner(operand))
      case .caseWhen(let branches, let otherwise):
        .caseWhen(
          try branches.map { (branch: TypedWhen) throws(Failure) -> TypedWhen in
            TypedWhen(condition: try inner(branch.condition), result: try inner(branch.result))
          },
          otherwise: try otherwise.map(inner))
      case .inList(let operand, let values): .inList(try inner(operand), values)
      case .like(let operand, let pattern): .like(try inner(operand), pattern: pattern)
      case .function(let function, let arguments): .function(function, try arguments.map(inner))
      }
    return TypedExpression(type, kind)
  }

  /// The ordinals of all columns that it reads.
  var columns: Set<Int> {
    if case .column(let ordinal) = kind { return [ordinal] }
    return children.reduce(into: []) { $0.formUnion($1.columns) }
  }

  /// The same expression with every column's ordinal changed.
  func renumbered(_ ordinals: [Int: Int]) -> TypedExpression {
    rewritten { part in
      guard case .column(let ordinal) = part.kind else { return nil }
      guard let new = ordinals[ordinal] else { preconditionFailure("column \(ordinal) was pruned although it is read") }
      return TypedExpression(part.type, .column(new))
    }
  }
}
