import TidemillColumns
import TidemillPlan

/// The value of an expression for one row; NULL where it cannot be computed.
public func evaluate(_ expression: TypedExpression, on row: [Value], zone: SessionZone = .utc) -> Value {
  RowEvaluator(row: row, zone: zone).value(of: expression)
}

/// Walks an expression for one row.
struct RowEvaluator {
  let row: [Value]
  let zone: SessionZone

  func value(of expression: TypedExpression) -> Value {
    switch expression.kind {
    case .column(let ordinal): return row[ordinal]
    case .literal(let value): return value
    case .not(let operand):
      guard case .boolean(let truth) = value(of: operand) else { return .null }
      return .boolean(!truth)
    case .and(let left, let right):
      let operands = [value(of: left), value(of: right)]
      if operands.contains(.boolean(false)) { return .boolean(false) }
      return operands.contains(.null) ? .null : .boolean(true)
    case .or(let left, let right):
      let operands = [value(of: left), value(of: right)]
      if operands.contains(.boolean(true)) { return .boolean(true) }
      return operands.contains(.null) ? .null : .boolean(false)
    case .negate(let operand): return negated(value(of: operand), expression.type)
    case .arithmetic(let symbol, let left, let right):
      return arithmetic(symbol, value(of: left), value(of: right), expression.type)
    case .comparison(let symbol, let left, let right):
      return comparison(symbol, value(of: left), value(of: right))
    case .isNull(let operand): return .boolean(value(of: operand).isNull)
    case .cast(let operand): return cast(value(of: operand), to: expression.type)
    case .caseWhen(let branches, let otherwise):
      for branch in branches where value(of: branch.condition) == .boolean(true) {
        return value(of: branch.result)
      }
      return otherwise.map { value(of: $0) } ?? .null
    case .inList(let operand, let constants):
      let sought = value(of: operand)
      if sought.isNull { return .null }
      if constants.contains(where: { !$0.isNull && compare(sought, $0) == 0 }) { return .boolean(true) }
      return constants.contains(.null) ? .null : .boolean(false)
    case .like(let operand, let pattern):
      guard case .string(let text) = value(of: operand) else { return .null }
      return .boolean(isLike(Array(text.unicodeScalars)[...], Array(pattern.unicodeScalars)[...]))
    case .function(let function, let arguments):
      return call(function, arguments.map { value(of: $0) }, expression.type)
    }
  }

  private func comparison(_ symbol: ComparisonOperator, _ left: Value, _ right: Value) -> Value {
    if left.isNull || right.isNull { return .null }
    let order = compare(left, right)
    switch symbol {
    case .equal: return .boolean(order == 0)
    case .notEqual: return .boolean(order != 0)
    case .less: return .boolean(order < 0)
    case .lessOrEqual: return .boolean(order <= 0)
    case .greater: return .boolean(order > 0)
    case .greaterOrEqual: return .boolean(order >= 0)
    }
  }

  private func isLike(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case "%":
      return (0...text.count).contains { isLike(text.dropFirst($0), rest) }
    case "_":
      return !text.isEmpty && isLike(text.dropFirst(), rest)
    case "\\" where !rest.isEmpty:
      return text.first == rest.first && isLike(text.dropFirst(), rest.dropFirst())
    default:
      return text.first == first && isLike(text.dropFirst(), rest)
    }
  }
}
