import TidemillColumns

extension Relation {
  /// The stream's rows, each with the table's rows that belong to it.
  func joined(with right: Relation, _ join: Join, zone: SessionZone) throws -> Relation {
    let table = try checkJoin(with: right, join)
    let width = physical.count
    var result = self
    result.key = nil
    result.qualifiers = qualifiers + right.qualifiers
    let name = right.qualifiers.first ?? ""
    for index in visible.indices where visible[index].qualifier == nil {
      result.visible[index].qualifier = qualifiers.first ?? ""
    }
    // The table's columns come behind the stream's, in the order in which they are seen.
    let columns = right.visible.filter { !$0.isHidden }
    for (position, column) in columns.enumerated() {
      result.visible.append(VisibleColumn(name: column.name, ordinal: width + position, qualifier: name))
      result.physical.append(
        PhysicalColumn(
          name: name.isEmpty ? column.name : "\(name).\(column.name)", type: right.physical[column.ordinal].type))
    }
    let over = Dictionary(uniqueKeysWithValues: columns.enumerated().map { (width + $0, $1.ordinal) })
    var condition = JoinCondition(width: width)
    switch join.condition {
    case .on(let expression):
      let resolver = ExpressionResolver(scope: result.scope, zone: zone, clause: "ON")
      for part in expression.conjuncts { condition.add(try resolver.condition(part, of: "ON")) }
      try condition.check(at: expression.place ?? join.range)
    case .using(let names):
      for name in names {
        let (key, hidden) = try usingKey(name, right, zone: zone, width: width)
        condition.keys.append(key)
        result.visible[visible.count + columns.firstIndex { $0.ordinal == hidden }!].isHidden = true
      }
    }
    let values = columns.enumerated().map { position, column in
      let physical = right.physical[column.ordinal]
      return NamedExpression(result.physical[width + position].name, TypedExpression(physical.type, .column(column.ordinal)))
    }
    let keys = condition.keys.map { key in
      let expression = key.right.renumbered(over)
      // It is called what it is, so that a plan's text says it.
      return NamedExpression(key.right.text(over: Schema(result.physical.map(\.field))), expression)
    }
    let filters = condition.ofTable.map { Stage.filter($0.renumbered(over)) }
    result.stages.append(
      .join(
        TableJoin(
          kind: join.kind,
          side: TableSide(
            table: table, scanSchema: table.schema, stages: right.stages + filters + [.project(values + keys)],
            valueCount: values.count),
          keys: condition.keys.map(\.left),
          condition: condition.others.reduce(nil) { all, part in
            all.map { TypedExpression(.boolean, .and($0, part)) } ?? part
          })))
    return result
  }

  /// The table that is joined.
  ///
  /// - Throws: for all that cannot be joined, by its name.
  private func checkJoin(with right: Relation, _ join: Join) throws -> TableDefinition {
    if let table {
      throw TidemillError(
        .unsupported, "the left side of a join is a stream, and `\(table.name)` is a table",
        hint: right.table == nil
          ? "write the stream first: FROM \(right.stream.name) JOIN \(table.name) ON …"
          : "join the stream with one table after the other", at: place)
    }
    try checkNoRank()
    try right.checkNoRank()
    guard let table = right.table else {
      throw TidemillError(
        .unsupported, "a join of two streams: `\(right.stream.name)` is a stream, too",
        hint: "what changes seldom is a table: CREATE TABLE \(right.stream.name) … USING \(right.stream.provider)",
        at: right.place ?? join.range)
    }
    if isAggregated {
      throw TidemillError(
        .unsupported, "a join of aggregated results",
        hint: "join the stream's rows first, then aggregate them", at: join.range ?? right.place)
    }
    let isPlain = right.stages.allSatisfy { stage in
      switch stage {
      case .filter, .project: true
      case .deduplicate, .join, .aggregate, .topN: false
      }
    }
    if !isPlain {
      throw TidemillError(
        .unsupported, "the table's side of a join can be filtered and projected, and no more",
        hint: "join the stream with one table after the other, and aggregate behind the joins", at: right.place ?? join.range)
    }
    let names = qualifiers.map { $0.lowercased() }
    if let twice = right.qualifiers.first(where: { names.contains($0.lowercased()) }) {
      throw TidemillError(
        .invalidQuery, "two sources are called `\(twice)`", hint: "give one another name: JOIN \(twice) AS other ON …",
        at: right.place ?? join.range)
    }
    return table
  }

  /// The key that a column in `USING` means, and the table's column, which its name alone no longer means.
  private func usingKey(
    _ name: Expression, _ right: Relation, zone: SessionZone, width: Int
  ) throws -> (JoinCondition.Key, Int) {
    guard case .column(let parts) = name.node else { preconditionFailure("USING takes the names of columns") }
    let mine = try scope.lookUp(parts, at: name.range)
    let theirs = try right.scope.lookUp(parts, at: name.range)
    guard case .column(let ordinal) = theirs.kind else {
      throw TidemillError(.invalidQuery, "USING takes whole columns", hint: "write ON left = right", at: name.range)
    }
    let position = right.visible.filter { !$0.isHidden }.firstIndex { $0.ordinal == ordinal }!
    let (one, two) = try Coercion(zone: zone).comparing(
      Operand(typed: mine, range: name.range),
      Operand(typed: TypedExpression(theirs.type, .column(width + position)), range: name.range), "USING", at: name.range)
    return (JoinCondition.Key(left: one, right: two), ordinal)
  }
}

/// The parts of what brings a stream's and a table's rows together, over the columns of both: the table's from `width` on.
struct JoinCondition {
  /// Two sides that must be equal, of one type.
  struct Key {
    var left: TypedExpression
    var right: TypedExpression
  }

  let width: Int
  var keys: [Key] = []
  /// What only asks for the table's columns: other rows of it are no use.
  private(set) var ofTable: [TypedExpression] = []
  private(set) var others: [TypedExpression] = []

  init(width: Int) { self.width = width }

  /// One of the conditions that must all hold.
  mutating func add(_ condition: TypedExpression) {
    if case .comparison(.equal, let one, let two) = condition.kind {
      if isOfStream(one), isOfTable(two) { return keys.append(Key(left: one, right: two)) }
      if isOfTable(one), isOfStream(two) { return keys.append(Key(left: two, right: one)) }
    }
    if isOfTable(condition) { ofTable.append(condition) } else { others.append(condition) }
  }

  func check(at range: TextRange?) throws {
    guard keys.isEmpty else { return }
    throw TidemillError(
      .unsupported, "a join needs an equality of the stream's and the table's columns",
      hint: "write ON events.product_id = products.id; more conditions may follow with AND", at: range)
  }

  private func isOfStream(_ expression: TypedExpression) -> Bool {
    let columns = expression.columns
    return !columns.isEmpty && columns.allSatisfy { $0 < width }
  }

  private func isOfTable(_ expression: TypedExpression) -> Bool {
    let columns = expression.columns
    return !columns.isEmpty && columns.allSatisfy { $0 >= width }
  }
}
