import TidemillColumns

/// One key of a GROUP BY.
struct GroupKey {
  /// As it was written, with ordinals and aliases replaced by what they stand for.
  var expression: Expression
  /// The key over the input; for a window call there is only the assignment.
  var typed: TypedExpression?
  var window: WindowAssignment?
  /// Names by which the select list may call it, besides its own text.
  var names: [String]
  /// Its place in the aggregation's output.
  var ordinal = 0

  var type: DataType { window == nil ? typed!.type : .window }

  var output: TypedExpression { TypedExpression(type, .column(ordinal)) }
}

/// Looks up the keys of a GROUP BY.
struct GroupKeys {
  var input: Relation
  var items: [SelectItem]
  var zone: SessionZone

  /// The keys, each once, the window last.
  func resolve(_ keys: [Expression]) throws -> [GroupKey] {
    var plain: [GroupKey] = []
    var windows: [GroupKey] = []
    for key in keys {
      let resolved = try self.key(key)
      if let window = resolved.window {
        if windows.contains(where: { $0.window == window }) { continue }
        if !windows.isEmpty {
          throw TidemillError(
            .unsupported, "a query can group by one window only", hint: "chain them: group the result of one by the other",
            at: key.place)
        }
        windows.append(resolved)
      } else if !plain.contains(where: { $0.typed == resolved.typed }) {
        plain.append(resolved)
      }
    }
    var all = plain + windows
    for index in all.indices { all[index].ordinal = index }
    return all
  }

  private func key(_ written: Expression) throws -> GroupKey {
    var expression = try meaning(of: written)
    if expression.range == nil { expression.range = written.range }
    let names = items.filter { $0.expression == expression }.compactMap(\.alias)
    if WindowCalls.isWindow(expression) {
      let window = try WindowCalls(input: input, zone: zone).assignment(expression)
      return GroupKey(expression: expression, window: window, names: names + [window.name])
    }
    let typed = try ExpressionResolver(scope: input.scope, zone: zone, clause: "GROUP BY").resolve(expression)
    if typed.type == .window {
      guard case .column = typed.kind else {
        throw TidemillError(
          .unsupported, "a query can group by a window column, but not by an expression of one", at: expression.place)
      }
      let window = WindowAssignment(
        name: DefaultNames.name(of: expression), kind: .existing, time: typed,
        followsWatermark: input.followsWatermark(typed))
      return GroupKey(expression: expression, typed: typed, window: window, names: names)
    }
    return GroupKey(expression: expression, typed: typed, names: names)
  }

  /// What an ordinal or an item's alias stands for. The input's columns win over aliases, as in Spark.
  private func meaning(of key: Expression) throws -> Expression {
    switch key.node {
    case .literal(.integer(let number), _):
      guard number >= 1, number <= Int64(items.count) else {
        throw TidemillError(
          .invalidQuery, "GROUP BY \(number) is none of the \(items.count) selected columns",
          hint: "ordinals count the select list from 1", at: key.range)
      }
      return items[Int(number) - 1].expression
    case .column(let parts):
      let column = try input.scope.find(parts, at: key.range)
      if parts.count > 1 || column != nil { return key }
      let name = parts[0].lowercased()
      let match = items.first { $0.alias == parts[0] } ?? items.first { $0.alias?.lowercased() == name }
      return match?.expression ?? key
    default: return key
    }
  }
}
