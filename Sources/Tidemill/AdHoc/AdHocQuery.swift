import TidemillColumns
import TidemillPlan
import TidemillSQL
import TidemillViews

/// A `SELECT` over views with all names looked up.
struct AdHocQuery {
  /// Reads a view as a stream that ends, and joins others as static tables.
  let plan: QueryPlan
  /// By columns of the plan's result, some of which are there for the order only.
  let order: [TopN.Order]
  /// How many of the result's columns the query selects: the first ones.
  let width: Int
  let limit: Int?

  private static let columnLimit = 1000

  /// What views are called on the right side of joins, where they are tables, not streams.
  static func tableName(_ view: String) -> String { "table " + view }

  /// - Throws: `TidemillError` with the place in the text, for all that is not a `SELECT` over these views.
  init(_ sql: String, over views: [MaterializedView], zone: SessionZone) throws {
    let statement = try SQLParser.parseOrderedSelect(sql, zone: zone)
    for source in statement.query.sources { try Self.check(source, isAmong: views) }
    let resolve = { try Self.resolve($0, views, zone) }
    var base = statement.query.plan.withJoinedViewsAsTables
    let columns = try resolve(base).resultSchema
    guard columns.count <= Self.columnLimit else {
      throw TidemillError(
        .unsupported, "the query gives \(columns.count) columns, and may give \(Self.columnLimit)",
        hint: "select fewer, or in several queries")
    }
    var terms: [String] = []
    var outer: [SelectItem] = []
    for (index, key) in statement.order.enumerated() {
      if let ordinal = try Self.place(key.expression, in: columns) {
        terms.append(columns[ordinal].name)
        continue
      }
      // A space keeps it apart from all that is likely to be selected.
      let name = "order by \(index + 1)"
      let item = SelectItem(key.expression, as: name)
      terms.append(name)
      // First as Spark does it, over what is selected; else over what it is selected from.
      if (try? resolve(base.selecting([item]))) != nil {
        outer.append(item)
      } else if let wider = base.alsoSelecting(item) {
        _ = try resolve(wider)
        base = wider
      } else {
        _ = try resolve(base.selecting([item]))
      }
    }
    plan = try resolve(outer.isEmpty ? base : base.selecting(outer))
    let schema = plan.resultSchema
    order = zip(terms, statement.order).map { name, key in
      TopN.Order(
        ordinal: schema.fields.firstIndex { $0.name == name }!, ascending: key.ascending, nullsFirst: key.nullsFirst)
    }
    width = columns.count
    limit = statement.limit
  }

  /// Only views are read: no streams of the job, no files, no standard input.
  private static func check(_ source: SourceReference, isAmong views: [MaterializedView]) throws {
    if source.kind != .path, views.contains(where: { $0.name.lowercased() == source.name.lowercased() }) { return }
    if source.kind == .path {
      throw TidemillError(
        .unsupported, "a query over views reads no files", hint: views.hint(for: source.name), at: source.range)
    }
    throw TidemillError(
      .invalidQuery, "there is no view `\(source.name)`", hint: views.hint(for: source.name), at: source.range)
  }

  /// The column that a key of an order is, by its place or its name; `nil` for what is to be computed.
  private static func place(_ expression: Expression, in columns: Schema) throws -> Int? {
    switch expression.node {
    case .literal(.integer(let number), _):
      guard number >= 1, number <= columns.count else {
        throw TidemillError(
          .invalidQuery, "the result has no column \(number) to order by",
          hint: "it has \(columns.count) column\(columns.count == 1 ? "" : "s"), the first of which is 1", at: expression.range)
      }
      return Int(number) - 1
    case .column(let parts) where parts.count == 1:
      return columns.ordinal(of: parts[0])
    default: return nil
    }
  }

  /// In the first mode that the query can be in: all give the whole result of an input that ends.
  private static func resolve(_ plan: LogicalPlan, _ views: [MaterializedView], _ zone: SessionZone) throws -> QueryPlan {
    let streams = views.map { StreamDefinition(name: $0.name, schema: $0.schema, provider: "memory") }
    let tables = views.map { TableDefinition(name: tableName($0.name), schema: $0.schema, provider: "memory") }
    let resolver = Resolver(
      streams: Dictionary(streams.map { ($0.name, $0) }) { first, _ in first },
      tables: Dictionary(tables.map { ($0.name, $0) }) { first, _ in first })
    func resolve(_ mode: OutputMode) throws -> QueryPlan {
      try resolver.resolve(plan, options: ResolveOptions(outputMode: mode, closesAtEnd: true, zone: zone))
    }
    for mode in [OutputMode.append, .complete] { if let plan = try? resolve(mode) { return plan } }
    return try resolve(.update)
  }
}

extension [MaterializedView] {
  fileprivate func hint(for name: String) -> String {
    NearNames.hint(for: name, among: map(\.name).sorted(), otherwise: "the views are") ?? "this job keeps no views"
  }
}

extension LogicalPlan {
  /// The plan in which what is joined is called as a table is, and looks as before.
  fileprivate var withJoinedViewsAsTables: LogicalPlan { renamingTables(isRight: false) }

  private func renamingTables(isRight: Bool) -> LogicalPlan {
    func inner(_ plan: LogicalPlan) -> LogicalPlan { plan.renamingTables(isRight: isRight) }
    switch self {
    case .stream(let name, let range):
      return isRight ? .alias(name, .stream(AdHocQuery.tableName(name), at: range)) : self
    case .alias(let name, let input): return .alias(name, inner(input))
    case .join(var join):
      join.left = inner(join.left)
      join.right = join.right.renamingTables(isRight: true)
      return .join(join)
    case .watermark(let column, let delay, let input): return .watermark(column: column, delay: delay, inner(input))
    case .filter(let condition, let input): return .filter(condition, inner(input))
    case .project(let items, let input): return .project(items, inner(input))
    case .aggregate(let grouping, let input): return .aggregate(grouping, inner(input))
    case .qualify(let condition, let input): return .qualify(condition, inner(input))
    case .deduplicate(let columns, let input): return .deduplicate(columns, inner(input))
    case .invalid: return self
    }
  }

  /// The result with further columns, made of its own.
  fileprivate func selecting(_ items: [SelectItem]) -> LogicalPlan {
    .project([SelectItem(Expression(.star))] + items, self)
  }

  /// The same SELECT with one more item; `nil` where that would change which rows there are.
  fileprivate func alsoSelecting(_ item: SelectItem) -> LogicalPlan? {
    switch self {
    case .project(let items, let input): return .project(items + [item], input)
    case .aggregate(var grouping, let input):
      grouping.items.append(item)
      return .aggregate(grouping, input)
    case .qualify(let condition, let input): return input.alsoSelecting(item).map { .qualify(condition, $0) }
    default: return nil
    }
  }
}
