import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct NameLookupTests {
  @Test func namesAreFoundInAnyCaseAndExactOnesFirst() throws {
    let stream = StreamDefinition(
      name: "s", schema: Schema(Field("ID", .int), Field("id", .string), Field("Other", .int)), provider: "json")
    let resolver = Resolver(streams: ["s": stream])
    func type(_ name: String) throws -> DataType {
      let frame = DataFrame.stream("S").select(name)
      return try resolver.resolve(frame.plan, options: ResolveOptions()).resultSchema[0].type
    }
    #expect(try type("id") == .string)
    #expect(try type("ID") == .int)
    #expect(try type("OTHER") == .int)
    let error = #expect(throws: TidemillError.self) { try type("Id") }
    #expect(error?.message.contains("may be any of `ID`, `id`") == true)
  }

  @Test func nestedFieldsAndQualifiersLeadToColumns() throws {
    let plan = try resolve(plain.alias("p").select("user.id", "p.paid", col("p.user.id").alias("again")))
    #expect(plan.resultSchema == Schema(Field("id", .string), Field("paid", .boolean), Field("again", .string)))
    #expect(try failure(plain.alias("p").select("plain.paid")).message == "there is no column `plain.paid`")
  }

  @Test func unknownColumnNamesNearOnesAndItsPlace() throws {
    let range = TextRange(7..<17)
    let misspelt = ColumnExpression(Expression(.column(["produkt_id"]), at: range))
    let error = try failure(plain.select(misspelt))
    #expect(error.message == "there is no column `produkt_id`")
    #expect(error.hint == "did you mean `product_id`?")
    #expect(error.range == range)
    #expect(try failure(plain.select("xyzzyxyzzy")).hint?.hasPrefix("the columns are `product_id`") == true)
  }

  @Test func unknownStreamNamesNearOnes() throws {
    #expect(try failure(DataFrame.stream("sale").select("paid")).hint == "did you mean `sales`?")
  }

  @Test func windowColumnsHaveAStartAndAnEnd() throws {
    let hours = sales.groupBy(window("event_time", "1 hour").alias("w")).agg(count("*").alias("n"))
    let plan = try resolve(hours.select("w.start", "w.end", "n"))
    #expect(plan.resultSchema == Schema(Field("start", .timestamp), Field("end", .timestamp), Field("n", .bigint)))
    #expect(plan.explain().contains("Project w.start AS start, w.end AS end, n"))
  }

  @Test func namesWithoutAnAliasAreSparks() throws {
    let plan = try resolve(
      plain.groupBy("product_id", window("event_time", "1 hour"))
        .agg(
          sum("sales_amount"), count("*"), countDistinct("user.id"), sum(col("price") * 2), avg("cost").filter(col("paid"))))
    #expect(
      plan.resultSchema.fields.map(\.name) == [
        "product_id", "window", "sum(sales_amount)", "count(1)", "count(DISTINCT user.id)", "sum((price * 2))",
        "avg(cost) FILTER (WHERE paid)",
      ])
  }

  @Test func twoColumnsOfOneNameAreRefused() throws {
    let error = try failure(plain.select("paid", col("day").alias("paid")))
    #expect(error.message == "two selected columns are called `paid`")
    #expect(error.hint?.contains("AS") == true)
  }
}
