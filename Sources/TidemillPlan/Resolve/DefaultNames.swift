import TidemillColumns

/// The names that Spark gives to columns without an alias.
enum DefaultNames {
  /// The name of a select item: a column's own, `window` for a window, otherwise the expression's text.
  static func name(of expression: Expression, qualifiers: [String] = []) -> String {
    if case .column(let parts) = expression.node { return parts.last! }
    return text(of: expression, qualifiers: qualifiers)
  }

  static func text(of expression: Expression, qualifiers: [String] = []) -> String {
    func text(_ part: Expression) -> String { Self.text(of: part, qualifiers: qualifiers) }
    func list(_ parts: [Expression]) -> String { parts.map(text).joined(separator: ", ") }
    func filtered(_ call: String, _ filter: Expression?) -> String {
      call + (filter.map { " FILTER (WHERE \(text($0)))" } ?? "")
    }
    switch expression.node {
    case .column(let parts):
      let isQualified = parts.count > 1 && qualifiers.contains { $0.lowercased() == parts[0].lowercased() }
      return parts.dropFirst(isQualified ? 1 : 0).joined(separator: ".")
    case .literal(let value, _): return value.description
    case .interval(let span): return "INTERVAL '\(span)'"
    case .unary(.not, let operand):
      if case .isNull(let inner) = operand.node { return "(\(text(inner)) IS NOT NULL)" }
      return "(NOT \(text(operand)))"
    case .unary(.negate, let operand): return "(- \(text(operand)))"
    case .binary(.concatenate, let left, let right): return "concat(\(text(left)), \(text(right)))"
    case .binary(let operation, let left, let right): return "(\(text(left)) \(operation.rawValue) \(text(right)))"
    case .call("window", _): return "window"
    case .call("session_window", _): return "session_window"
    case .call(let name, let arguments):
      if name == "count", arguments.first?.node == .star { return "count(1)" }
      return "\(name)(\(list(arguments)))"
    case .aggregate(let name, let arguments, let distinct, let filter):
      if name == "count", arguments.first?.node == .star { return filtered("count(1)", filter) }
      return filtered("\(name)(\(distinct ? "DISTINCT " : "")\(list(arguments)))", filter)
    case .countRows(let filter): return filtered("count(1)", filter)
    case .cast(let operand, let type): return "CAST(\(text(operand)) AS \(type.sqlName))"
    case .caseWhen(let branches, let otherwise):
      let whens = branches.map { " WHEN \(text($0.condition)) THEN \(text($0.result))" }.joined()
      return "CASE\(whens)\(otherwise.map { " ELSE \(text($0))" } ?? "") END"
    case .isNull(let operand): return "(\(text(operand)) IS NULL)"
    case .inList(let operand, let items): return "(\(text(operand)) IN (\(list(items))))"
    case .like(let operand, let pattern): return "\(text(operand)) LIKE \(text(pattern))"
    case .rowNumber(let partition, let order):
      let keys = order.map {
        "\(text($0.expression)) \($0.ascending ? "ASC" : "DESC") NULLS \($0.nullsFirst ? "FIRST" : "LAST")"
      }
      let parted = partition.isEmpty ? "" : "PARTITION BY \(list(partition)) "
      return "row_number() OVER (\(parted)ORDER BY \(keys.joined(separator: ", ")))"
    case .star: return "*"
    case .starOf(let name): return "\(name).*"
    }
  }
}
