import TidemillColumns

extension TypedExpression {
  /// The expression over columns of the given names, unambiguously: equal expressions have equal texts, others have others.
  func text(over schema: Schema) -> String {
    func inner(_ expression: TypedExpression) -> String { expression.text(over: schema) }
    switch kind {
    case .column(let ordinal): return schema[ordinal].name
    case .literal(let value): return Self.text(of: value, type)
    case .not(let operand): return "NOT \(inner(operand))"
    case .and(let left, let right): return "(\(inner(left)) AND \(inner(right)))"
    case .or(let left, let right): return "(\(inner(left)) OR \(inner(right)))"
    case .negate(let operand): return "-\(inner(operand))"
    case .arithmetic(let operation, let left, let right):
      return "(\(inner(left)) \(operation.rawValue) \(inner(right)))"
    case .comparison(let operation, let left, let right):
      return "(\(inner(left)) \(operation.rawValue) \(inner(right)))"
    case .isNull(let operand): return "(\(inner(operand)) IS NULL)"
    case .cast(let operand): return "CAST(\(inner(operand)) AS \(type.sqlName))"
    case .caseWhen(let branches, let otherwise):
      let whens = branches.map { "WHEN \(inner($0.condition)) THEN \(inner($0.result)) " }.joined()
      return "CASE \(whens)\(otherwise.map { "ELSE \(inner($0)) " } ?? "")END"
    case .inList(let operand, let values):
      return "(\(inner(operand)) IN (\(values.map { Self.text(of: $0, operand.type) }.joined(separator: ", "))))"
    case .like(let operand, let pattern): return "(\(inner(operand)) LIKE \(Self.quoted(pattern)))"
    case .function(.windowStart, let arguments): return "\(inner(arguments[0])).start"
    case .function(.windowEnd, let arguments): return "\(inner(arguments[0])).end"
    case .function(let function, let arguments):
      return "\(function.rawValue)(\(arguments.map(inner).joined(separator: ", ")))"
    }
  }

  private static func text(of value: Value, _ type: DataType) -> String {
    switch value {
    case .string(let text): quoted(text)
    case .timestamp, .date: "\(type.sqlName) '\(value)'"
    case .double(let number): "\(number)D"
    default: value.description
    }
  }

  /// On one line, whatever is in it.
  private static func quoted(_ text: String) -> String {
    var quoted = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": quoted += "''"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\\": quoted += "\\\\"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "'"
  }
}
