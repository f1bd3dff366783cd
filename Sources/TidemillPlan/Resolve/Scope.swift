import TidemillColumns

/// A name and what it stands for.
struct ScopeColumn {
  var name: String
  var ordinal: Int
  var type: DataType
  /// The only name that may stand in front of it; `nil`: any of the scope's. No name is empty, so that an empty one lets none.
  var qualifier: String?
  /// Whether it is only meant with its qualifier.
  var isHidden = false

  var expression: TypedExpression { TypedExpression(type, .column(ordinal)) }

  /// As it is called where its name alone may be another's.
  var fullName: String {
    if let qualifier, !qualifier.isEmpty { "\(qualifier).\(name)" } else { name }
  }
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
    let isQualified = parts.count > 1 && columns.contains { $0.qualifier?.lowercased() == parts[0].lowercased() }
    let names = columns.filter { isQualified || !$0.isHidden }.map { isQualified ? $0.fullName : $0.name }
    throw TidemillError(
      .invalidQuery, "there is no column `\(name)`",
      hint: NearNames.hint(for: name, among: names, otherwise: "the columns are"), at: range)
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
    if let column = try column(named: parts.joined(separator: "."), of: nil, at: range) { return column }
    guard parts.count > 1 else { return nil }
    // A qualifier may have dots of its own, as a path does.
    for count in 1..<parts.count {
      let qualifier = parts[..<count].joined(separator: ".")
      guard isQualifier(qualifier) else { continue }
      if let column = try column(named: parts[count...].joined(separator: "."), of: qualifier, at: range) { return column }
    }
    return nil
  }

  private func column(named name: String, of qualifier: String?, at range: TextRange?) throws -> ScopeColumn? {
    func isMeant(_ column: ScopeColumn) -> Bool {
      guard let qualifier else { return !column.isHidden }
      return column.qualifier.map { $0.lowercased() == qualifier.lowercased() } ?? true
    }
    var matches = columns.filter { $0.name == name && isMeant($0) }
    if matches.isEmpty {
      let folded = name.lowercased()
      matches = columns.filter { $0.name.lowercased() == folded && isMeant($0) }
    }
    guard matches.count > 1 else { return matches.first }
    let names = matches.map { "`\($0.fullName)`" }
    let differ = Set(names).count == names.count && matches.contains { $0.qualifier != nil }
    throw TidemillError(
      .invalidQuery, "`\(name)` may be any of \(names.joined(separator: ", "))",
      hint: differ
        ? "say which: \(names.joined(separator: " or "))"
        : "write the name exactly, or give the columns different names with AS", at: range)
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
