import TidemillColumns
import TidemillPlan

/// A seeded generator of valid queries over `RandomStream`, typed directly.
struct RandomPlans {
  private let options: RandomOptions
  private var expressions: RandomExpressions
  private var random: SplitMix64 {
    get { expressions.random }
    set { expressions.random = newValue }
  }
  private var columns: [RandomColumn] {
    get { expressions.columns }
    set { expressions.columns = newValue }
  }
  private var stages: [Stage] = []
  private var eventTimeOrdinal = 0
  private var mode = OutputMode.update
  private var hasWatermark = true
  /// Whether windows close with the watermark; those over another time than the event time close with the input only.
  private var followsWatermark = true
  /// Ordinals that identify a row at this stage, as far as they are still there.
  private var key: [Int]?
  /// The ordinal of the window column, behind an aggregate with one.
  private var window: Int?

  init(seed: UInt64, options: RandomOptions) {
    self.options = options
    expressions = RandomExpressions(
      random: SplitMix64(seed: seed),
      columns: RandomStream.schema.fields.map { RandomColumn(name: $0.name, type: $0.type, isExact: true) })
  }

  mutating func plan() -> QueryPlan {
    let (mode, grouping) = pickModeAndGrouping()
    self.mode = mode
    hasWatermark =
      grouping == .timeToLive || (mode == .append && grouping != .stateless) || random.chance(percent: 85)
    let delay = TimeSpan.seconds(random.pick([0, 5, 30, 120]))
    if options.allowsJoins { join() }
    beforeAggregate()
    if options.allowsJoins, random.chance(percent: 30) { join() }
    if grouping != .stateless {
      aggregate(grouping)
      if grouping != .timeToLive { afterAggregate() }
    }
    let watermark = hasWatermark ? WatermarkDefinition(column: "event_time", delay: delay) : nil
    var plan = QueryPlan(
      stream: StreamDefinition(
        name: "events", schema: RandomStream.schema, watermark: watermark, provider: "memory"),
      scanSchema: RandomStream.schema, eventTime: hasWatermark ? 0 : nil, delay: hasWatermark ? delay : nil,
      stages: stages, outputMode: mode, resultSchema: RandomStream.schema, resultKey: key)
    plan.resultSchema = plan.schema(before: stages.count)
    return plan
  }

  /// Append mode needs windows that close; complete mode needs an aggregate.
  private mutating func pickModeAndGrouping() -> (OutputMode, RandomOptions.Grouping) {
    var fitting: [(OutputMode, RandomOptions.Grouping)] = []
    for mode in options.modes {
      for grouping in options.groupings {
        switch (mode, grouping) {
        case (.append, .plain), (.append, .timeToLive), (.complete, .stateless), (.complete, .timeToLive): break
        default: fitting.append((mode, grouping))
        }
      }
    }
    return random.pick(fitting)
  }

  private mutating func beforeAggregate() {
    if random.chance(percent: 50) { stages.append(.filter(expressions.condition(depth: 2))) }
    if options.allowsDeduplication, random.chance(percent: 20) {
      stages.append(
        .deduplicate(random.pick([[1, 2], [1, 0], [2], [1, 3, 6]]), withinWatermark: random.chance(percent: 70)))
    }
    guard random.chance(percent: 40) else { return }
    // The event time moves, so that its ordinal is not always 0.
    let others = random.some(Array(columns.indices.dropFirst()), percent: 70)
    var items = others.map { NamedExpression(columns[$0].name, TypedExpression(columns[$0].type, .column($0))) }
    var made = others.map { columns[$0] }
    for index in 0..<random.count(0...2) {
      let type = random.pick([.int, .string, .double, .bigint, RandomExpressions.money] as [DataType])
      items.append(NamedExpression("made\(index)", expressions.expression(type, depth: 2)))
      made.append(RandomColumn(name: "made\(index)", type: type, isExact: type != .double))
    }
    eventTimeOrdinal = random.count(0...items.count)
    items.insert(NamedExpression("event_time", TypedExpression(.timestamp, .column(0))), at: eventTimeOrdinal)
    made.insert(columns[0], at: eventTimeOrdinal)
    stages.append(.project(items))
    columns = made
  }

  /// A join with one of the random tables, by one or two keys.
  private mutating func join() {
    let table = random.pick(RandomTables.all)
    var side = RandomExpressions(
      random: random, columns: table.schema.fields.map { RandomColumn(name: $0.name, type: $0.type, isExact: true) })
    var sideStages: [Stage] = []
    if side.random.chance(percent: 25) { sideStages.append(.filter(side.condition(depth: 1))) }
    var values = table.schema.fields.enumerated().map {
      NamedExpression("\(table.name).\($1.name)", TypedExpression($1.type, .column($0)))
    }
    if side.random.chance(percent: 25) {
      values.append(NamedExpression("made", side.expression(side.random.pick([.int, .string, .double]), depth: 1)))
    }
    var keys: [TypedExpression] = []
    var sideKeys: [NamedExpression] = []
    for type in side.random.pick([[.int], [.string], [.string], [.int, .string], [.double], [.date, .int]] as [[DataType]]) {
      sideKeys.append(NamedExpression("key\(keys.count)", side.column(type) ?? side.literal(type)))
      keys.append(expressions.column(type) ?? expressions.leaf(type))
    }
    random = side.random
    let kind = random.pick(JoinKind.allCases)
    columns += values.map {
      RandomColumn(name: $0.name, type: $0.expression.type, isExact: $0.expression.type != .double || $0.name != "made")
    }
    let condition = random.chance(percent: 35) ? expressions.expression(.boolean, depth: 2) : nil
    stages.append(
      .join(
        TableJoin(
          kind: kind,
          side: TableSide(
            table: table, scanSchema: table.schema, stages: sideStages + [.project(values + sideKeys)],
            valueCount: values.count), keys: keys, condition: condition)))
  }

  private mutating func aggregate(_ grouping: RandomOptions.Grouping) {
    var keys: [NamedExpression] = []
    for index in 0..<random.count(grouping == .timeToLive ? 1...2 : 0...2) {
      let type = random.pick([.string, .int, .string, .int, .boolean, .date, .double] as [DataType])
      let expression = random.chance(percent: 75) ? expressions.leaf(type) : expressions.expression(type, depth: 2)
      keys.append(NamedExpression("key\(index)", expression))
    }
    var assignment: WindowAssignment?
    if let kind = windowKind(grouping) {
      let others = columns.indices.filter { columns[$0].type == .timestamp && $0 != eventTimeOrdinal }
      let isOther = !others.isEmpty && random.chance(percent: 12)
      followsWatermark = hasWatermark && !isOther
      assignment = WindowAssignment(
        name: "window", kind: kind,
        time: TypedExpression(.timestamp, .column(isOther ? random.pick(others) : eventTimeOrdinal)),
        followsWatermark: followsWatermark)
    }
    let timeToLive = grouping == .timeToLive ? TimeSpan.seconds(random.pick([5, 20, 60])) : nil
    let calls = (0..<random.count(1...4)).map { call("total\($0)") }
    add(
      Aggregation(keys: keys, window: assignment, calls: calls.map(\.call), timeToLive: timeToLive),
      exact: calls.map(\.isExact))
  }

  private mutating func windowKind(_ grouping: RandomOptions.Grouping) -> WindowAssignment.Kind? {
    let start = TimeSpan.seconds(random.pick([0, 0, 5, -3]))
    switch grouping {
    case .stateless, .plain, .timeToLive: return nil
    case .tumbling:
      let size = TimeSpan.seconds(random.pick([7, 10, 60, 300]))
      return .fixed(size: size, slide: size, start: start)
    case .sliding:
      let (size, slide) = random.pick([(60, 15), (60, 25), (10, 3), (300, 60), (30, 7)] as [(Int64, Int64)])
      return .fixed(size: .seconds(size), slide: .seconds(slide), start: start == .seconds(5) ? .seconds(1) : start)
    case .session: return .session(gap: .seconds(random.pick([3, 10, 45])))
    }
  }

  private mutating func call(_ name: String) -> (call: AggregateCall, isExact: Bool) {
    let filter = random.chance(percent: 25) ? expressions.expression(.boolean, depth: 1) : nil
    func made(
      _ function: AggregateFunction, _ argument: TypedExpression?, _ type: DataType, exact: Bool = true
    ) -> (AggregateCall, Bool) {
      (AggregateCall(name: name, function: function, argument: argument, filter: filter, resultType: type), exact)
    }
    let types: [DataType] = [
      .int, .bigint, .double, .string, .date, .timestamp, .boolean, RandomExpressions.money,
    ]
    if random.chance(percent: 2) {
      // Two rows of a group are beyond a BIGINT: the query must fail.
      return made(.sum, TypedExpression(.bigint, .literal(.integer(5_000_000_000_000_000_000))), .bigint)
    }
    switch random.integer(0...7) {
    case 0: return made(.countRows, nil, .bigint)
    case 1: return made(.count, expressions.expression(random.pick(types), depth: 1), .bigint)
    case 2: return made(.countDistinct, expressions.expression(random.pick(types), depth: 1), .bigint)
    case 3, 4:
      let function = random.pick([.min, .max] as [AggregateFunction])
      let type = random.pick(types.filter { $0 != .boolean })
      return made(function, expressions.expression(type, depth: 1), type, exact: type != .double)
    case 5: return made(.trySum, expressions.expression(random.pick([.int, .bigint]), depth: 2), .bigint)
    default:
      let isAverage = random.chance(percent: 40)
      let function = isAverage ? AggregateFunction.avg : .sum
      switch random.integer(0...2) {
      case 0:
        let argument = expressions.leaf(random.pick([.int, .bigint]))
        return made(function, argument, isAverage ? .double : .bigint, exact: !isAverage)
      case 1:
        let argument = expressions.column(.double, exactOnly: true) ?? expressions.literal(.double)
        return made(function, argument, .double, exact: !isAverage)
      default:
        let type = isAverage ? DataType.decimal(precision: 14, scale: 6) : .decimal(precision: 20, scale: 2)
        return made(function, expressions.expression(RandomExpressions.money, depth: 1), type)
      }
    }
  }

  /// Appends an aggregation and describes its output.
  private mutating func add(_ aggregation: Aggregation, exact: [Bool]) {
    stages.append(.aggregate(aggregation))
    let leading = aggregation.keyCount
    columns = aggregation.outputSchema.fields.enumerated().map { ordinal, field in
      let isExact = ordinal < leading ? field.type != .double : exact[ordinal - leading]
      return RandomColumn(name: field.name, type: field.type, isExact: isExact)
    }
    key = Array(0..<leading)
    window = aggregation.window == nil ? nil : leading - 1
  }

  private mutating func afterAggregate() {
    if random.chance(percent: 30) { stages.append(.filter(expressions.condition(depth: 1))) }
    if options.allowsChaining, random.chance(percent: 20) { chain() }
    if options.allowsTopN, random.chance(percent: 25) { topN() }
    if random.chance(percent: 25) { projectResult() }
  }

  /// A second aggregate: over the same windows, over longer ones, or (where nothing must close) over none.
  private mutating func chain() {
    let keys = random.some(key!.filter { $0 != window }, percent: 40).map {
      NamedExpression(columns[$0].name, TypedExpression(columns[$0].type, .column($0)))
    }
    var assignment: WindowAssignment?
    if let window, mode == .append || random.chance(percent: 60) {
      let column = TypedExpression(.window, .column(window))
      let time = TypedExpression(.timestamp, .function(.windowTime, [column]))
      let longer = WindowAssignment.Kind.fixed(size: .minutes(15), slide: .minutes(15), start: .zero)
      let isLonger = random.chance(percent: 50)
      assignment = WindowAssignment(
        name: "outer", kind: isLonger ? longer : .existing, time: isLonger ? time : column,
        followsWatermark: followsWatermark)
    }
    var calls = [AggregateCall(name: "groups", function: .countRows, argument: nil, resultType: .bigint)]
    if let summed = expressions.column(.bigint) {
      calls.append(AggregateCall(name: "all", function: .trySum, argument: summed, resultType: .bigint))
    }
    if let summed = expressions.column(.double, exactOnly: true) {
      calls.append(AggregateCall(name: "money", function: .sum, argument: summed, resultType: .double))
    }
    add(Aggregation(keys: keys, window: assignment, calls: calls), exact: calls.map { _ in true })
  }

  private mutating func topN() {
    let key = key!
    var partition = random.some(key, percent: 40)
    // A rank is final only when nothing can come before it any more.
    if mode == .append, let window, !partition.contains(window) { partition = (partition + [window]).sorted() }
    var order: [TopN.Order] = []
    let ranked = columns.indices.filter { !key.contains($0) }
    if !ranked.isEmpty {
      let best = random.pick(ranked)
      let ascending = random.chance(percent: 30)
      order.append(TopN.Order(ordinal: best, ascending: ascending, nullsFirst: ascending))
    }
    for ordinal in key where !partition.contains(ordinal) {
      order.append(TopN.Order(ordinal: ordinal, ascending: true, nullsFirst: true))
    }
    let rankName = random.chance(percent: 50) ? "rank" : nil
    stages.append(
      .topN(
        TopN(
          partition: partition, order: order, limit: random.count(1...3), rankName: rankName, key: key,
          window: followsWatermark ? window.flatMap { partition.contains($0) ? $0 : nil } : nil)))
    if let rankName { columns.append(RandomColumn(name: rankName, type: .bigint, isExact: true)) }
  }

  /// The select list: columns in another order, mostly with the whole key, and something computed.
  private mutating func projectResult() {
    let keepsKey = random.chance(percent: 75)
    let chosen = columns.indices.reversed().filter { keepsKey && key!.contains($0) || random.chance(percent: 70) }
    var items = chosen.map { NamedExpression(columns[$0].name, TypedExpression(columns[$0].type, .column($0))) }
    items.append(NamedExpression("computed", expressions.expression(random.pick([.bigint, .string]), depth: 2)))
    stages.append(.project(items))
    key = key!.allSatisfy(chosen.contains) ? key!.map { chosen.firstIndex(of: $0)! } : nil
  }
}
