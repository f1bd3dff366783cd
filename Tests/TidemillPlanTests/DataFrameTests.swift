import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct DataFrameTests {
  @Test func chainGivesTheSamePlanAsSQLWould() {
    let frame = sales.withWatermark("event_time", "10 minutes")
      .groupBy("product_id", window("event_time", "1 hour"))
      .agg(sum("sales_amount").alias("total_sales"))
    let product = Expression(.column(["product_id"]))
    let hour = Expression(
      .call("window", [Expression(.column(["event_time"])), Expression(.literal(.string("1 hour"), .string))]))
    let total = Expression(.call("sum", [Expression(.column(["sales_amount"]))]))
    #expect(
      frame.plan
        == .aggregate(
          Grouping(
            keys: [product, hour], items: [SelectItem(product), SelectItem(hour), SelectItem(total, as: "total_sales")]),
          .watermark(column: "event_time", delay: .minutes(10), .stream("sales", at: nil))))
  }

  @Test func withColumnAddsOrReplaces() throws {
    let plan = try resolve(
      plain.select("price", "paid").withColumn("price", col("price") * 2).withColumn("twice", col("price") * 2))
    #expect(plan.resultSchema == Schema(Field("price", .double), Field("paid", .boolean), Field("twice", .double)))
  }

  @Test func swiftLiteralsAreConstants() throws {
    #expect(try text(col("product_id") == "a" && col("paid") == true || !(col("quantity") != 5)).contains("'a'"))
    #expect(lit(5).expression.node == .literal(.integer(5), .int))
    #expect(lit(5_000_000_000).expression.node == .literal(.integer(5_000_000_000), .bigint))
    #expect(try typed(col("price") - 1 / 2).type == .double)
  }

  @Test func filterAboveAnAggregationIsHaving() throws {
    let plan = try resolve(
      sales.groupBy(window("event_time", "5 minutes").alias("w")).count().where(col("count") > 10))
    #expect(plan.explain().contains("Filter (count > 10)"))
    #expect(plan.resultKey == [0])
  }

  @Test func badIntervalsAreToldWhenTheQueryIsResolved() throws {
    #expect(
      try failure(plain.filter(col("event_time") > col("shipped") + interval("an hour"))).message == "'an hour' is no interval")
    #expect(try failure(plain.groupBy(window("event_time", "an hour")).count()).message == "'an hour' is no interval")
  }

  @Test func sortDirectionsHaveSparksNulls() {
    #expect(col("a").desc().key.nullsFirst == false)
    #expect(col("a").asc().key.nullsFirst)
    #expect(col("a").desc().nullsFirst().key.nullsFirst)
  }
}
