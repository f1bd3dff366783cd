import TidemillColumns

/// What expressions mean above a GROUP BY: keys and aggregates become columns of the aggregation's output.
final class GroupScope {
  let input: Relation
  let keys: [GroupKey]
  let items: [SelectItem]
  let options: ResolveOptions
  /// The aggregates met so far, each once.
  private(set) var calls: [AggregateCall] = []

  init(input: Relation, keys: [GroupKey], items: [SelectItem], options: ResolveOptions) {
    self.input = input
    self.keys = keys
    self.items = items
    self.options = options
  }

  /// Resolves what is selected, or what HAVING asks, over the aggregation's output.
  func resolver(clause: String, seesAliases: Bool) -> ExpressionResolver {
    ExpressionResolver(scope: Scope(columns: [], qualifiers: []), zone: options.zone, clause: clause) {
      [unowned self] expression in
      try meaning(of: expression, seesAliases: seesAliases)
    }
  }

  private func inputResolver(_ clause: String) -> ExpressionResolver {
    ExpressionResolver(scope: input.scope, zone: options.zone, clause: clause)
  }

  private func meaning(of expression: Expression, seesAliases: Bool) throws -> TypedExpression? {
    if expression.isAggregate { return try aggregate(expression) }
    if WindowCalls.isWindow(expression) { return try window(expression) }
    switch expression.node {
    case .literal, .interval, .star, .starOf, .rowNumber: return nil
    case .column(let parts): return try column(parts, expression, seesAliases: seesAliases)
    default:
      if expression.containsAggregate { return nil }
      let typed = try? inputResolver("SELECT").resolve(expression)
      return keys.first { $0.typed != nil && $0.typed == typed }?.output
    }
  }

  private func window(_ expression: Expression) throws -> TypedExpression {
    let assignment = try WindowCalls(input: input, zone: options.zone).assignment(expression)
    if let key = keys.first(where: { $0.window == assignment }) { return key.output }
    let grouped = keys.first { $0.window != nil }
    throw TidemillError(
      .invalidQuery, "this window is not the one in GROUP BY",
      hint: grouped == nil ? "add it to GROUP BY" : "write it in the same words as in GROUP BY", at: expression.place)
  }

  /// A key, a part of a window key, or (in HAVING and QUALIFY) a selected column by its alias.
  private func column(_ parts: [String], _ expression: Expression, seesAliases: Bool) throws -> TypedExpression {
    let found = try input.scope.find(parts, at: expression.range)
    if let found {
      let output = try? found.rewritten { (part: TypedExpression) throws(NotGrouped) -> TypedExpression? in
        if let key = keys.first(where: { $0.typed == part }) { return key.output }
        if case .column = part.kind { throw NotGrouped() }
        return nil
      }
      if let output { return output }
    }
    if let key = key(named: parts[0]) {
      if parts.count == 1 { return key.output }
      if parts.count == 2, key.type == .window, let part = WindowPart(rawValue: parts[1].lowercased()) {
        return part.of(key.output)
      }
    }
    if seesAliases, parts.count == 1,
      let item = items.first(where: { $0.alias?.lowercased() == parts[0].lowercased() }), item.expression != expression
    {
      return try resolver(clause: "HAVING", seesAliases: false).resolve(item.expression)
    }
    let name = parts.joined(separator: ".")
    guard found == nil else {
      throw TidemillError(
        .invalidQuery, "the column `\(name)` is neither grouped nor aggregated",
        hint: "add it to GROUP BY, or say which of its values: max(\(name))", at: expression.range)
    }
    return try input.scope.lookUp(parts, at: expression.range)
  }

  private func key(named name: String) -> GroupKey? {
    keys.first { $0.names.contains { $0.lowercased() == name.lowercased() } }
  }

  private struct NotGrouped: Error {}

  private func aggregate(_ expression: Expression) throws -> TypedExpression {
    let call = try AggregateResolver(
      resolver: inputResolver(AggregateNames.argumentClause),
      isRetracting: input.isAggregated && options.outputMode != .append
    ).resolve(expression, name: DefaultNames.text(of: expression, qualifiers: input.qualifiers))
    let same = calls.firstIndex {
      $0.function == call.function && $0.argument == call.argument && $0.filter == call.filter
    }
    if same == nil { calls.append(call) }
    return TypedExpression(call.resultType, .column(keys.count + (same ?? calls.count - 1)))
  }
}
