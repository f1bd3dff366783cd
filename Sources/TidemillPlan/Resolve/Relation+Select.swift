import TidemillColumns

extension Relation {
  /// The relation that a select gives, with what it needs later carried along under hidden names: the key, and what a row
  /// number orders by.
  func selecting(_ outputs: [SelectOutput], qualify: Qualify?, zone: SessionZone) throws -> Relation {
    var projection = Projection(input: self)
    var selected = self
    selected.visible = []
    selected.qualifiers = []
    var rank = qualify.map { (definition: $0.rank, name: "row_number", range: $0.range) }
    var rankNames: [(position: Int, name: String)] = []
    for output in outputs {
      switch output.kind {
      case .value(let expression):
        selected.visible.append(
          VisibleColumn(name: output.name, ordinal: projection.append(output.name, expression)))
      case .rank(let definition):
        if let rank, rank.definition != definition {
          throw TidemillError(
            .unsupported, "a select can have one ROW_NUMBER() only", hint: "put one of them into a subquery",
            at: output.range)
        }
        rank = (definition, output.name, output.range)
        rankNames.append((selected.visible.count, output.name))
        selected.visible.append(VisibleColumn(name: output.name, ordinal: 0))
      }
    }
    selected.key = key.map { $0.map { projection.identifier(of: $0) } }
    let conditions = qualify.map { $0.conditions.map { projection.hidden("condition", $0) } } ?? []
    if let rank {
      let partition = rank.definition.partition.map { projection.hidden("partition", $0) }
      let order = rank.definition.order.map {
        TopN.Order(
          ordinal: projection.hidden("order", $0.expression), ascending: $0.ascending, nullsFirst: $0.nullsFirst)
      }
      selected.rank = PendingRank(
        name: rank.name, partition: partition, order: order,
        window: partition.first { projection.items[$0].expression.type == .window }, range: rank.range)
    }
    selected.stages.append(.project(projection.items))
    selected.physical = projection.items.map { column(named: $0.name, of: $0.expression) }
    for (position, _) in rankNames { selected.visible[position].ordinal = selected.physical.count }
    guard let qualify else { return selected }
    var result = try selected.ranked(limit: qualify.limit, at: qualify.range)
    for condition in conditions {
      result.stages.append(.filter(TypedExpression(.boolean, .column(condition))))
    }
    for condition in qualify.ranked {
      guard !rankNames.isEmpty, !condition.containsRowNumber else {
        throw TidemillError(
          .unsupported, "QUALIFY can only bound a ROW_NUMBER() that is not selected",
          hint: "select it under a name and use that", at: condition.place)
      }
      result.stages.append(
        .filter(
          try ExpressionResolver(scope: result.scope, zone: zone, clause: "QUALIFY").condition(condition, of: "QUALIFY")))
    }
    return result
  }

  /// The pending row number as a top-N.
  func ranked(limit: Int64, at range: TextRange?) throws -> Relation {
    guard let rank else { preconditionFailure("there is no row number to bound") }
    guard limit >= 1 else {
      throw TidemillError(
        .invalidQuery, "a row number is at least 1, so this keeps no rows", hint: "bound it by 1 or more", at: range)
    }
    guard let key else {
      throw TidemillError(
        .unsupported, "ROW_NUMBER() needs a grouped query below it: a stream's rows cannot be ranked as they are",
        hint: "group by the window and the columns that are ranked", at: rank.range)
    }
    var order = rank.order
    for ordinal in key where !rank.partition.contains(ordinal) && !order.contains(where: { $0.ordinal == ordinal }) {
      order.append(TopN.Order(ordinal: ordinal, ascending: true, nullsFirst: true))
    }
    var result = self
    result.rank = nil
    result.stages.append(
      .topN(
        TopN(
          partition: rank.partition, order: order, limit: Int(limit), rankName: rank.name, key: key,
          // A window over another time than the event time does not close with the watermark.
          window: rank.window.flatMap { physical[$0].followsWatermark ? $0 : nil })))
    result.steps.append(
      StatefulStep(
        kind: .topN(
          windowFollowsWatermark: rank.window.map { physical[$0].followsWatermark } ?? false,
          hasWindow: rank.window != nil), range: rank.range))
    result.physical.append(PhysicalColumn(name: rank.name, type: .bigint))
    return result
  }

  /// A filter; above a row number it must bound it.
  func filtering(_ condition: Expression, zone: SessionZone) throws -> Relation {
    guard let rank else {
      var result = self
      let resolver = ExpressionResolver(scope: scope, zone: zone, clause: "WHERE")
      result.stages.append(.filter(try resolver.condition(condition, of: "WHERE")))
      return result
    }
    let scope = scope
    let isRank: (Expression) -> Bool = {
      guard case .column(let parts) = $0.node, case .column(let ordinal)? = try? scope.find(parts, at: nil)?.kind else {
        return false
      }
      return ordinal == physical.count
    }
    var limit: Int64?
    var others: [Expression] = []
    for conjunct in condition.conjuncts {
      if let bound = RankBound(conjunct, isRank: isRank) {
        limit = min(limit ?? .max, bound.limit)
        if bound.isWhole { continue }
      }
      others.append(conjunct)
    }
    guard let limit else {
      try checkNoRank()
      return self
    }
    var result = try ranked(limit: limit, at: condition.place ?? rank.range)
    for other in others { result = try result.filtering(other, zone: zone) }
    return result
  }
}

/// The items of a projection as they come together, each expression once among the hidden ones.
struct Projection {
  var input: Relation
  private(set) var items: [NamedExpression] = []

  init(input: Relation) { self.input = input }

  mutating func append(_ name: String, _ expression: TypedExpression) -> Int {
    items.append(NamedExpression(name, expression))
    return items.count - 1
  }

  /// The ordinal of an expression that nobody has to have selected.
  mutating func hidden(_ purpose: String, _ expression: TypedExpression) -> Int {
    if let there = items.firstIndex(where: { $0.expression == expression }) { return there }
    return append("__\(purpose)\(items.count)", expression)
  }

  /// The ordinal of what tells apart what the input's column tells apart.
  mutating func identifier(of ordinal: Int) -> Int {
    if let there = items.firstIndex(where: { input.identifies($0.expression, column: ordinal) }) { return there }
    return hidden("key", TypedExpression(input.physical[ordinal].type, .column(ordinal)))
  }
}
