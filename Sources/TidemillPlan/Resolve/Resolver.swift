import TidemillColumns

/// Turns what a query says into what is to be done: looks up names, finds types, and checks that a stream can answer it.
public struct Resolver: Sendable {
  /// Streams by name.
  public let streams: [String: StreamDefinition]
  /// Static tables by name.
  public let tables: [String: TableDefinition]

  /// Knows these streams and tables, each under the name that queries call it by.
  public init(streams: [String: StreamDefinition], tables: [String: TableDefinition] = [:]) {
    self.streams = streams
    self.tables = tables
  }

  /// - Throws: `TidemillError` with the place in the text and a way out.
  public func resolve(_ plan: LogicalPlan, options: ResolveOptions) throws -> QueryPlan {
    var relation = try relation(plan, options)
    try relation.checkIsStream()
    try relation.checkNoRank()
    relation.visible.removeAll(where: \.isHidden)
    try relation.checkNames()
    let warnings = try OutputModeRules(relation: relation, options: options).check()
    relation.stages.append(
      .project(
        relation.visible.map {
          NamedExpression($0.name, TypedExpression(relation.physical[$0.ordinal].type, .column($0.ordinal)))
        }))
    let resultSchema = Schema(relation.visible.map { Field($0.name, relation.physical[$0.ordinal].type) })
    var resultKey: [Int]? = []
    for ordinal in relation.key ?? [] {
      let position = relation.visible.firstIndex { $0.ordinal == ordinal }
      resultKey = position.flatMap { position in resultKey.map { $0 + [position] } }
    }
    let wide = QueryPlan(
      stream: relation.stream, scanSchema: relation.stream.schema, eventTime: relation.eventTime, delay: relation.delay,
      stages: relation.stages, outputMode: options.outputMode, resultSchema: resultSchema,
      resultKey: relation.key == nil ? nil : resultKey, warnings: warnings)
    return PruneColumns.apply(to: wide)
  }

  private func relation(_ plan: LogicalPlan, _ options: ResolveOptions) throws -> Relation {
    switch plan {
    case .stream(let name, let range): return try stream(name, at: range)
    case .alias(let name, let input):
      var relation = try relation(input, options)
      relation.qualifiers = [name]
      for index in relation.visible.indices { relation.visible[index].qualifier = nil }
      relation.visible.removeAll(where: \.isHidden)
      return relation
    case .join(let join):
      return try relation(join.left, options).joined(with: try relation(join.right, options), join, zone: options.zone)
    case .watermark(let column, let delay, let input):
      return try relation(input, options).watermarked(column, delay, at: nil)
    case .filter(let condition, let input):
      return try relation(input, options).filtering(condition, zone: options.zone)
    case .project(let items, let input): return try select(items, input, qualify: nil, options)
    case .aggregate(let grouping, let input): return try group(grouping, input, qualify: nil, options)
    case .qualify(let condition, .project(let items, let input)) where items.map(\.expression.node) != [.star]:
      return try select(items, input, qualify: condition, options)
    case .qualify(let condition, .aggregate(let grouping, let input)):
      return try group(grouping, input, qualify: condition, options)
    case .qualify(let condition, .project(_, let input)), .qualify(let condition, let input):
      let relation = try relation(input, options)
      if relation.rank != nil { return try relation.filtering(condition, zone: options.zone) }
      return try select([SelectItem(Expression(.star))], input, qualify: condition, options)
    case .deduplicate(let columns, let input):
      return try relation(input, options).deduplicating(columns)
    case .invalid(let error): throw error
    }
  }

  private func stream(_ name: String, at range: TextRange?) throws -> Relation {
    func find<Definition>(_ among: [String: Definition]) -> Definition? {
      among[name] ?? among.first { $0.key.lowercased() == name.lowercased() }?.value
    }
    if streams[name] == nil, let table = find(tables) { return Relation(table, as: name, at: range) }
    guard let stream = find(streams) else {
      throw TidemillError(
        .invalidQuery, "there is no stream `\(name)`",
        hint: NearNames.hint(
          for: name, among: (Array(streams.keys) + Array(tables.keys)).sorted(), otherwise: "the streams are")
          ?? "declare it with CREATE STREAM", at: range)
    }
    let relation = Relation(stream, as: name, at: range)
    guard let watermark = stream.watermark else { return relation }
    return try relation.watermarked(watermark.column, watermark.delay, at: range)
  }

  private func select(
    _ items: [SelectItem], _ plan: LogicalPlan, qualify: Expression?, _ options: ResolveOptions
  ) throws -> Relation {
    if items.contains(where: { $0.expression.containsAggregate }) {
      return try group(Grouping(keys: [], items: items), plan, qualify: qualify, options)
    }
    let input = try relation(plan, options)
    try input.checkNoRank()
    let list = SelectList(
      input: input, resolver: ExpressionResolver(scope: input.scope, zone: options.zone, clause: "SELECT"),
      allowsStar: true)
    let outputs = try list.resolve(items)
    return try input.selecting(
      outputs, qualify: try qualify.map { try Qualify($0, outputs: outputs, select: list) }, zone: options.zone)
  }

  private func group(
    _ grouping: Grouping, _ plan: LogicalPlan, qualify: Expression?, _ options: ResolveOptions
  ) throws -> Relation {
    let input = try relation(plan, options)
    try input.checkNoRank()
    let keys = try GroupKeys(input: input, items: grouping.items, zone: options.zone).resolve(grouping.keys)
    let scope = GroupScope(input: input, keys: keys, items: grouping.items, options: options)
    var list = SelectList(
      input: input, resolver: scope.resolver(clause: "SELECT", seesAliases: false), allowsStar: false)
    // What a select above a GROUP BY knows of its columns is known of the aggregation's, once its keys are.
    list.input = input.aggregated(keys, calls: [], timeToLive: grouping.timeToLive, place: grouping.place)
    list.input.qualifiers = input.qualifiers
    let outputs = try list.resolve(grouping.items)
    let having = try grouping.having.map {
      try scope.resolver(clause: "HAVING", seesAliases: true).condition($0, of: "HAVING")
    }
    list.resolver = scope.resolver(clause: "QUALIFY", seesAliases: true)
    let qualified = try qualify.map { try Qualify($0, outputs: outputs, select: list) }
    var relation = input.aggregated(
      keys, calls: scope.calls, timeToLive: grouping.timeToLive, place: grouping.place)
    if let having { relation.stages.append(.filter(having)) }
    return try relation.selecting(outputs, qualify: qualified, zone: options.zone)
  }
}

extension Grouping {
  /// Where the grouping stands: its window if it has one, else its first key or item.
  var place: TextRange? {
    keys.first { WindowCalls.isWindow($0) }?.place ?? keys.lazy.compactMap(\.place).first
      ?? items.lazy.compactMap(\.expression.place).first
  }
}
