import TidemillColumns

/// Drops the columns that nobody reads, from the scan to the result, and projections that change nothing.
///
/// It is the last pass: it renumbers every ordinal.
enum PruneColumns {
  static func apply(to plan: QueryPlan) -> QueryPlan {
    let needed = neededColumns(plan)
    var pruned = plan
    pruned.stages = []
    let scan = needed[0].sorted()
    pruned.scanSchema = Schema(scan.map { plan.scanSchema[$0] })
    // The new ordinals of the columns that go into the stage at hand.
    var ordinals = numbered(scan)
    pruned.eventTime = plan.eventTime.map { ordinals[$0]! }
    for (index, stage) in plan.stages.enumerated() {
      let output = needed[index + 1]
      switch stage {
      case .filter(let condition): pruned.stages.append(.filter(condition.renumbered(ordinals)))
      case .deduplicate(let columns, let withinWatermark):
        pruned.stages.append(.deduplicate(columns.map { ordinals[$0]! }, withinWatermark: withinWatermark))
      case .project(let items):
        let kept = output.sorted()
        let projection = kept.map { NamedExpression(items[$0].name, items[$0].expression.renumbered(ordinals)) }
        ordinals = numbered(kept)
        let changes = !isIdentity(projection, of: pruned.schema(before: pruned.stages.count))
        if changes && !projection.isEmpty { pruned.stages.append(.project(projection)) }
      case .join(let join):
        let width = plan.schema(before: index).count
        var (stage, kept) = self.join(join, ordinals, output, width: width)
        let start = pruned.schema(before: pruned.stages.count).count
        for (position, value) in kept.enumerated() { ordinals[width + value] = start + position }
        stage.condition = join.condition?.renumbered(ordinals)
        pruned.stages.append(.join(stage))
      case .aggregate(let aggregation):
        let (stage, kept) = self.aggregate(aggregation, ordinals, output)
        pruned.stages.append(.aggregate(stage))
        ordinals = kept
      case .topN(let topN):
        let rank = plan.schema(before: index).count
        pruned.stages.append(.topN(renumbered(topN, ordinals, keepsRank: output.contains(rank))))
        if output.contains(rank) { ordinals[rank] = pruned.schema(before: pruned.stages.count).count - 1 }
      }
    }
    return pruned
  }

  /// For each stage the columns of its input that it or a later one reads, and at the end all of the result.
  private static func neededColumns(_ plan: QueryPlan) -> [Set<Int>] {
    var needed = Array(repeating: Set<Int>(), count: plan.stages.count + 1)
    needed[plan.stages.count] = Set(plan.resultSchema.fields.indices)
    for index in plan.stages.indices.reversed() {
      let output = needed[index + 1]
      switch plan.stages[index] {
      case .filter(let condition): needed[index] = output.union(condition.columns)
      case .deduplicate(let columns, _): needed[index] = output.union(columns)
      case .project(let items):
        needed[index] = output.reduce(into: []) { $0.formUnion(items[$1].expression.columns) }
      case .join(let join):
        let width = plan.schema(before: index).count
        let read = join.keys.reduce(into: output.union(join.condition?.columns ?? [])) { $0.formUnion($1.columns) }
        needed[index] = read.filter { $0 < width }
      case .aggregate(let aggregation):
        var read: Set<Int> = aggregation.window?.time.columns ?? []
        for key in aggregation.keys { read.formUnion(key.expression.columns) }
        for (call, input) in aggregation.calls.enumerated() where output.contains(aggregation.keyCount + call) {
          read.formUnion(input.argument?.columns ?? [])
          read.formUnion(input.filter?.columns ?? [])
        }
        needed[index] = read
      case .topN(let topN):
        needed[index] = output.subtracting([plan.schema(before: index).count])
          .union(topN.partition).union(topN.order.map(\.ordinal)).union(topN.key)
      }
    }
    if let eventTime = plan.eventTime { needed[0].insert(eventTime) }
    return needed
  }

  /// The join with only those of the table's values that are read, and which those are; its condition is still the old one.
  private static func join(
    _ join: TableJoin, _ ordinals: [Int: Int], _ output: Set<Int>, width: Int
  ) -> (TableJoin, [Int]) {
    let kept = output.union(join.condition?.columns ?? []).filter { $0 >= width }.map { $0 - width }.sorted()
    var result = join
    result.keys = join.keys.map { $0.renumbered(ordinals) }
    result.side = join.side.keeping(kept)
    return (result, kept)
  }

  private static func aggregate(
    _ aggregation: Aggregation, _ ordinals: [Int: Int], _ output: Set<Int>
  ) -> (Aggregation, [Int: Int]) {
    var result = aggregation
    result.keys = aggregation.keys.map { NamedExpression($0.name, $0.expression.renumbered(ordinals)) }
    result.window?.time = aggregation.window!.time.renumbered(ordinals)
    let kept = aggregation.calls.indices.filter { output.contains(aggregation.keyCount + $0) }
    result.calls = kept.map {
      var call = aggregation.calls[$0]
      call.argument = call.argument?.renumbered(ordinals)
      call.filter = call.filter?.renumbered(ordinals)
      return call
    }
    return (result, numbered(Array(0..<aggregation.keyCount) + kept.map { aggregation.keyCount + $0 }))
  }

  private static func renumbered(_ topN: TopN, _ ordinals: [Int: Int], keepsRank: Bool) -> TopN {
    TopN(
      partition: topN.partition.map { ordinals[$0]! },
      order: topN.order.map {
        TopN.Order(ordinal: ordinals[$0.ordinal]!, ascending: $0.ascending, nullsFirst: $0.nullsFirst)
      }, limit: topN.limit, rankName: keepsRank ? topN.rankName : nil, key: topN.key.map { ordinals[$0]! },
      window: topN.window.map { ordinals[$0]! })
  }

  private static func numbered(_ kept: [Int]) -> [Int: Int] {
    Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
  }

  private static func isIdentity(_ items: [NamedExpression], of schema: Schema) -> Bool {
    items.count == schema.count
      && zip(items.indices, items).allSatisfy {
        $1.expression.kind == .column($0) && Field($1.name, $1.expression.type) == schema[$0]
      }
  }
}

extension TableSide {
  /// The same with only the values at these places, and no more read of the table than they and the keys need.
  func keeping(_ values: [Int]) -> TableSide {
    guard case .project(let items)? = stages.last else {
      preconditionFailure("a table's side ends in a projection to its values and keys")
    }
    let kept = values.map { items[$0] } + items[valueCount...]
    let plan = QueryPlan(
      stream: StreamDefinition(name: table.name, schema: table.schema, provider: table.provider), scanSchema: scanSchema,
      eventTime: nil, delay: nil, stages: stages.dropLast() + [.project(kept)], outputMode: .append,
      resultSchema: Schema(kept.map { Field($0.name, $0.expression.type) }), resultKey: nil)
    let pruned = PruneColumns.apply(to: plan)
    return TableSide(table: table, scanSchema: pruned.scanSchema, stages: pruned.stages, valueCount: values.count)
  }
}
