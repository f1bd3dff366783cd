import TidemillColumns

/// A condition on a row number that bounds it from above.
struct RankBound {
  var limit: Int64
  /// Whether the bound says all that the condition says; `rn = 2` says more.
  var isWhole: Bool

  /// Reads `rn <= 3`, `rn < 4`, `rn = 1`, `3 >= rn`; `nil` for a condition that does not bound `isRank` from above.
  init?(_ condition: Expression, isRank: (Expression) -> Bool) {
    guard case .binary(let operation, let left, let right) = condition.node else { return nil }
    let constant: Int64
    let normal: BinaryOperator
    if isRank(left), case .literal(.integer(let number), _) = right.node {
      (constant, normal) = (number, operation)
    } else if isRank(right), case .literal(.integer(let number), _) = left.node {
      constant = number
      switch operation {
      case .greater: normal = .less
      case .greaterOrEqual: normal = .lessOrEqual
      case .equal: normal = .equal
      default: return nil
      }
    } else {
      return nil
    }
    switch normal {
    case .lessOrEqual: (limit, isWhole) = (constant, true)
    case .less: (limit, isWhole) = (constant == .min ? constant : constant - 1, true)
    case .equal: (limit, isWhole) = (constant, constant == 1)
    default: return nil
    }
  }
}

/// A QUALIFY, looked up together with the select below it.
struct Qualify {
  /// The row number that it bounds.
  var rank: RankDefinition
  var limit: Int64
  /// Conditions over the select's input, to hold besides.
  var conditions: [TypedExpression] = []
  /// Conditions on the row number itself, over the select's output.
  var ranked: [Expression] = []
  var range: TextRange?

  /// - Parameter select: resolves over the select's input; the select's outputs go before that by their names.
  init(_ expression: Expression, outputs: [SelectOutput], select: SelectList) throws {
    var list = select
    let inner = select.resolver
    list.resolver.clause = "QUALIFY"
    list.resolver.special = { expression in
      if case .column(let parts) = expression.node, let value = Self.output(parts, outputs) { return value }
      return try inner.special?(expression)
    }
    var found: RankDefinition?
    var smallest: Int64?
    for condition in expression.conjuncts {
      var definition: RankDefinition?
      func rank(of part: Expression) throws -> RankDefinition? {
        if case .rowNumber(let partition, let order) = part.node {
          return try list.rank(partition, order, at: part.place)
        }
        guard case .column(let parts) = part.node, parts.count == 1 else { return nil }
        let name = parts[0].lowercased()
        for output in outputs where output.name.lowercased() == name {
          if case .rank(let definition) = output.kind { return definition }
        }
        return nil
      }
      for part in condition.children where definition == nil { definition = try rank(of: part) }
      let bound = RankBound(condition) { (try? rank(of: $0)) != nil }
      if let definition {
        guard found == nil || found == definition else {
          throw TidemillError(
            .unsupported, "QUALIFY can bound one ROW_NUMBER() only", hint: "put one of them into a subquery",
            at: condition.place)
        }
        found = definition
      }
      if let bound {
        smallest = min(smallest ?? .max, bound.limit)
        if !bound.isWhole { ranked.append(condition) }
      } else if definition != nil {
        ranked.append(condition)
      } else {
        conditions.append(try list.resolver.condition(condition, of: "QUALIFY"))
      }
    }
    guard let found, let smallest else {
      throw TidemillError(
        .unsupported, "QUALIFY needs a bound on ROW_NUMBER()", hint: "write QUALIFY ROW_NUMBER() OVER (…) <= 3",
        at: expression.place)
    }
    self.rank = found
    self.limit = smallest
    range = expression.place
  }

  /// A selected column, or a part of a selected window, by its name.
  private static func output(_ parts: [String], _ outputs: [SelectOutput]) -> TypedExpression? {
    func value(_ name: String) -> TypedExpression? {
      let match =
        outputs.first { $0.name == name } ?? outputs.first { $0.name.lowercased() == name.lowercased() }
      return match?.value
    }
    if let whole = value(parts.joined(separator: ".")) { return whole }
    guard parts.count > 1, let part = WindowPart(rawValue: parts.last!.lowercased()),
      let window = value(parts.dropLast().joined(separator: ".")), window.type == .window
    else { return nil }
    return part.of(window)
  }
}
