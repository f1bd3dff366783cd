import TidemillColumns
import TidemillPlan

/// The static tables that random queries join: keys that come once, several times and not at all, and NULLs everywhere.
enum RandomTables {
  static let all = [
    TableDefinition(
      name: "products",
      schema: Schema(
        Field("id", .int), Field("code", .string), Field("weight", .double), Field("note", .string), Field("since", .date),
        Field("price", RandomExpressions.money), Field("listed", .timestamp), Field("active", .boolean)), provider: "memory"),
    TableDefinition(
      name: "users",
      schema: Schema(Field("name", .string), Field("level", .int), Field("ratio", .double), Field("born", .date)),
      provider: "memory"),
  ]

  static func rows(of table: TableDefinition, _ random: inout SplitMix64) -> [[Value]] {
    let count = random.pick([0, 1, 4, 12, 30])
    return (0..<count).map { _ in
      table.schema.fields.map { field in random.chance(percent: 6) ? .null : value(field.type, &random) }
    }
  }

  /// Of the values that the random stream has, too.
  private static func value(_ type: DataType, _ random: inout SplitMix64) -> Value {
    switch type {
    case .int: .integer(random.chance(percent: 30) ? 1 : random.integer(-3...8))
    case .string:
      .string(
        random.pick([
          "anna", "bert", "Carla", "", "a name of more than twelve bytes", "a name of more than twelve letters", "日本", "nobody",
        ]))
    case .double: .double(random.chance(percent: 5) ? .nan : Double(random.integer(-8...8)) / 4)
    case .date: .date(random.integer(-3...3))
    case .decimal(_, let scale): .decimal(unscaled: Int128(random.integer(-500...500_000)), scale: scale)
    case .timestamp: .timestamp(EventTime(microseconds: 1_709_290_800_000_000 + random.integer(-90_000_000...90_000_000)))
    case .boolean: .boolean(random.chance(percent: 50))
    case .bigint: .integer(random.integer(-1_000...1_000))
    case .window: .null
    }
  }
}

extension QueryPlan {
  /// The tables that it joins, each once, in a fixed order.
  var randomTables: [TableDefinition] { RandomTables.all.filter { table in joins.contains { $0.side.table == table } } }
}
