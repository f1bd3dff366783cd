import TidemillDataFrame
import TidemillPlan

/// A query in SQL as the same query by PySpark's chain: each part of the plan by the call that a user would write for it.
enum DataFrameFace {
  /// `nil` for what the chain says in another way: QUALIFY, GROUP BY an alias or an ordinal, columns without a name of their own.
  static func rebuild(_ plan: LogicalPlan) -> DataFrame? {
    switch plan {
    case .stream(let name, _): DataFrame.stream(name)
    case .alias(let name, let input): rebuild(input)?.alias(name)
    case .watermark(let column, let delay, let input): rebuild(input)?.withWatermark(column, delay)
    case .filter(let condition, let input): rebuild(input)?.filter(ColumnExpression(condition))
    case .project(let items, let input): rebuild(input)?.select(items.map(column))
    case .deduplicate(let columns, let input): rebuild(input)?.dropDuplicates(columns)
    case .aggregate(let grouping, let input): rebuild(input).flatMap { group($0, grouping) }
    case .join(let join): rebuild(join.left).flatMap { left in rebuild(join.right).map { self.join(left, $0, join) } }
    case .qualify, .invalid: nil
    }
  }

  private static func join(_ left: DataFrame, _ right: DataFrame, _ join: Join) -> DataFrame {
    switch join.condition {
    case .on(let condition): left.join(right, on: ColumnExpression(condition), how: join.kind)
    case .using(let names): left.join(right, on: names.map { ownName($0)! }, how: join.kind)
    }
  }

  private static func column(_ item: SelectItem) -> ColumnExpression {
    ColumnExpression(item.expression, name: item.alias)
  }

  /// `groupBy(keys).agg(aggregates)`, the filter that HAVING is, and a `select` for the order of the columns.
  private static func group(_ frame: DataFrame, _ grouping: Grouping) -> DataFrame? {
    var keyNames = [String?](repeating: nil, count: grouping.keys.count)
    var aggregates: [ColumnExpression] = []
    var names: [String] = []
    for item in grouping.items {
      if let key = grouping.keys.firstIndex(of: item.expression) {
        guard let name = item.alias ?? ownName(item.expression), keyNames[key] ?? name == name else { return nil }
        keyNames[key] = name
        names.append(name)
      } else {
        // A row number is selected over the aggregates, not as one of them.
        if case .rowNumber = item.expression.node { return nil }
        guard let name = item.alias else { return nil }
        aggregates.append(column(item))
        names.append(name)
      }
    }
    for key in grouping.keys {
      if case .literal = key.node { return nil }
      if case .column(let parts) = key.node, grouping.items.contains(where: { $0.alias == parts.last && $0.expression != key })
      {
        return nil
      }
    }
    let having = "having"
    if let condition = grouping.having { aggregates.append(ColumnExpression(condition, name: having)) }
    let keys = zip(grouping.keys, keyNames).map { ColumnExpression($0, name: $1) }
    var grouped = frame.groupBy(keys)
    if let span = grouping.timeToLive { grouped = grouped.timeToLive(span.description) }
    var result = grouped.agg(aggregates)
    if grouping.having != nil { result = result.filter(named(having)) }
    return result.select(names.map(named))
  }

  private static func named(_ name: String) -> ColumnExpression { ColumnExpression(Expression(.column([name]))) }

  /// What a key is called that nobody names.
  private static func ownName(_ expression: Expression) -> String? {
    switch expression.node {
    case .column(let parts): parts.last
    case .call("window", _): "window"
    case .call("session_window", _): "session_window"
    default: nil
    }
  }
}
