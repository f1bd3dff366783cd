import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct ExplainTests {
  private let totals = sales.filter(col("price") > 1.5)
    .groupBy("product_id", window("event_time", "1 hour").alias("w")).agg(sum("sales_amount").alias("total"))

  @Test func planIsATree() throws {
    let rank = rowNumber().over(Window.partitionBy("w").orderBy(col("total").desc()))
    let plan = try resolve(totals.withColumn("rn", rank).filter(col("rn") <= 3).select("product_id", "w", "total"))
    #expect(
      plan.explain() == """
        Output update key=[product_id, w]
          TopN 3 partition=[w] order=[total DESC, product_id ASC]
            Project product_id, w, sum(sales_amount) AS total
              Aggregate keys=[product_id] window=[1 hour tumbling on event_time] aggregates=[sum(sales_amount)]
                Filter (price > 1.5D)
                  Scan sales [product_id STRING, sales_amount INT, price DOUBLE, event_time TIMESTAMP] watermark event_time - 10 minutes
        State: open windows, until the watermark passes them; the rows of each partition, until its window closes

        """)
  }

  @Test func identityLeavesOutHowTheQueryIsRun() throws {
    var moved = Support.sales
    moved.options = ["path": "elsewhere"]
    let here = try resolve(totals)
    let there = try Resolver(streams: ["sales": moved]).resolve(
      totals.plan, options: ResolveOptions(outputMode: .append, closesAtEnd: true))
    #expect(here.identity == there.identity)
    #expect(QueryPlan.difference(here.identity, there.identity) == nil)
  }

  @Test func differenceIsNamed() throws {
    let hours = try resolve(totals).identity
    let days = sales.filter(col("price") > 1.5).groupBy("product_id", window("event_time", "1 day").alias("w"))
      .agg(sum("sales_amount").alias("total"))
    let difference = try #require(QueryPlan.difference(hours, try resolve(days).identity))
    #expect(difference.contains("1 hour tumbling") && difference.contains("1 day tumbling"))
    var typed = Support.sales
    typed.schema.fields[1].type = .bigint
    let other = try Resolver(streams: ["sales": typed]).resolve(totals.plan, options: ResolveOptions())
    #expect(
      QueryPlan.difference(hours, other.identity)
        == "the checkpoint has `column sales_amount INT`, the query has `column sales_amount BIGINT`")
  }

  @Test func textConstantsStayOnOneLine() throws {
    let plan = try resolve(plain.filter(col("product_id") == "it's\na \\ test").select("price"))
    #expect(plan.identity.contains(#"(product_id = 'it''s\na \\ test')"#))
  }
}
