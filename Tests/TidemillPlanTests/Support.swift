import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

/// Streams, and short ways to a plan or an error.
enum Support {
  static let schema = Schema(
    Field("product_id", .string), Field("sales_amount", .int), Field("quantity", .bigint), Field("price", .double),
    Field("cost", .decimal(precision: 10, scale: 2)), Field("event_time", .timestamp), Field("day", .date),
    Field("shipped", .timestamp), Field("paid", .boolean), Field("user.id", .string, path: ["user", "id"]))

  static let sales = StreamDefinition(
    name: "sales", schema: schema, watermark: WatermarkDefinition(column: "event_time", delay: .minutes(10)),
    provider: "json", options: ["path": "sales"])

  static let plain = StreamDefinition(name: "plain", schema: schema, provider: "json")

  static let resolver = Resolver(streams: ["sales": sales, "plain": plain])
}

let sales = DataFrame.stream("sales")
let plain = DataFrame.stream("plain")

func resolve(
  _ frame: DataFrame, _ mode: OutputMode = .update, closesAtEnd: Bool = false, spark: Bool = false
) throws -> QueryPlan {
  try Support.resolver.resolve(
    frame.plan, options: ResolveOptions(outputMode: mode, closesAtEnd: closesAtEnd, isSparkCompatible: spark))
}

/// The error that resolving gives.
func failure(_ frame: DataFrame, _ mode: OutputMode = .update, spark: Bool = false) throws -> TidemillError {
  try #require(throws: TidemillError.self) { try resolve(frame, mode, spark: spark) }
}

/// The typed form of one expression over `plain`.
func typed(_ column: ColumnExpression) throws -> TypedExpression {
  let plan = try resolve(plain.select(column.alias("x")))
  for case .project(let items) in plan.stages { return items[0].expression }
  Issue.record("the expression was no projection")
  return TypedExpression(.boolean, .literal(.null))
}

func text(_ column: ColumnExpression) throws -> String {
  let plan = try resolve(plain.select(column.alias("x")))
  let line = try #require(plan.explain().split(separator: "\n").first { $0.contains("Project") })
  return String(line.dropFirst("  Project ".count).dropLast(" AS x".count))
}

func aggregation(_ plan: QueryPlan) throws -> Aggregation {
  for case .aggregate(let aggregation) in plan.stages { return aggregation }
  throw TidemillError(.invalidQuery, "the plan has no aggregation")
}
