import TidemillColumns

/// A name and what it stands for.
struct ScopeColumn {
  var name: String
  var ordinal: Int
  var type: DataType

  var expression: TypedExpression { TypedExpression(type, .column(ordinal)) }
}

/// The names that an expression may use.
struct Scope {
  var columns: [ScopeColumn]
  /// Names of the stream or subquery, which may stand in front of a column's.
  var qualifiers: [String]

  /// Looks up `id`, `user.id`, `sales.id`, `w.start`.
  ///
  /// A column's whole name wins over a qualifier, and both over the start and end of a window.
  func lookUp(_ parts: [String], at range: TextRange?) throws -> TypedExpression {
    if let found = try find(parts, at: range) { return found }
    let name = parts.joined(separator: ".")
    throw TidemillError(
      .invalidQuery, "there is no column `\(name)`",
      hint: NearNames.hint(for: name, among: columns.map(\.name), otherwise: "the columns are"), at: range)
  }

  /// The same; `nil` when there is no such column.
  func find(_ parts: [String], at range: TextRange?) throws -> TypedExpression? {
    if let column = try column(parts, at: range) { return column.expression }
    guard parts.count > 1, let part = WindowPart(rawValue: parts.last!.lowercased()),
      let window = try column(Array(parts.dropLast()), at: range), window.type == .window
    else { return nil }
    return part.of(window.expression)
  }

  private func column(_ parts: [String], at range: TextRange?) throws -> ScopeColumn? {
    if let column = try column(named: parts.joined(separator: "."), at: range) { return column }
    guard parts.count > 1 else { return nil }
    // A qualifier may have dots of its own, as a path does.
    for count in 1..<parts.count where isQualifier(parts[..<count].joined(separator: ".")) {
      if let column = try column(named: parts[count...].joined(separator: "."), at: range) { return column }
    }
    return nil
  }

  private func column(named name: String, at range: TextRange?) throws -> ScopeColumn? {
    var matches = columns.filter { $0.name == name }
    if matches.isEmpty {
      let folded = name.lowercased()
      matches = columns.filter { $0.name.lowercased() == folded }
    }
    if matches.count > 1 {
      throw TidemillError(
        .invalidQuery, "`\(name)` may be any of \(matches.map { "`\($0.name)`" }.joined(separator: ", "))",
        hint: "write the name exactly, or give the columns different names with AS", at: range)
    }
    return matches.first
  }

  func isQualifier(_ name: String) -> Bool {
    qualifiers.contains { $0.lowercased() == name.lowercased() }
  }
}

/// The fields of a window.
enum WindowPart: String {
  case start, end

  func of(_ window: TypedExpression) -> TypedExpression {
    TypedExpression(.timestamp, .function(self == .start ? .windowStart : .windowEnd, [window]))
  }
}
