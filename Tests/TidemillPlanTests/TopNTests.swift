import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct TopNTests {
  private let totals = sales.groupBy("product_id", window("event_time", "30 minutes").alias("w"))
    .agg(sum("sales_amount").alias("total"))

  private let rank = rowNumber().over(Window.partitionBy("w").orderBy(col("total").desc()))

  private func topN(_ plan: QueryPlan) throws -> TopN {
    for case .topN(let topN) in plan.stages { return topN }
    throw TidemillError(.invalidQuery, "the plan has no top-N")
  }

  @Test func filterOnARowNumberIsATopN() throws {
    let plan = try resolve(totals.withColumn("rn", rank).filter(col("rn") <= 3), .append)
    let topN = try topN(plan)
    #expect(topN.limit == 3)
    #expect(topN.rankName == "rn")
    #expect(plan.resultSchema.fields.map(\.name) == ["product_id", "w", "total", "rn"])
    #expect(plan.resultKey == [0, 1])
    // The window parts, the total orders, and the product breaks ties.
    let schema = plan.schema(before: plan.stages.firstIndex(of: .topN(topN))!)
    #expect(topN.partition.map { schema[$0].name } == ["w"])
    #expect(topN.order.map { schema[$0.ordinal].name } == ["total", "product_id"])
    #expect(topN.order.map(\.ascending) == [false, true])
    #expect(topN.order.map(\.nullsFirst) == [false, true])
    #expect(topN.window.map { schema[$0].type } == .window)
  }

  @Test func rowNumberThatNobodySelectsIsNotKept() throws {
    let plan = try resolve(totals.withColumn("rn", rank).filter(col("rn") < 4).select("product_id", "total"))
    #expect(try topN(plan).limit == 3)
    #expect(try topN(plan).rankName == nil)
    #expect(plan.resultKey == nil)
  }

  @Test(arguments: [
    (col("rn") <= 2, 2), (col("rn") < 3, 2), (col("rn") == 1, 1), (lit(2) >= col("rn"), 2), (lit(3) > col("rn"), 2),
    (lit(1) == col("rn"), 1), (col("rn") <= 5 && col("rn") <= 2, 2),
  ]) func boundsAreRead(_ condition: ColumnExpression, _ limit: Int) throws {
    let plan = try resolve(totals.withColumn("rn", rank).filter(condition))
    #expect(try topN(plan).limit == limit)
    #expect(!plan.stages.contains { if case .filter = $0 { true } else { false } })
  }

  @Test func otherConditionsHoldAfterTheTopN() throws {
    let plan = try resolve(totals.withColumn("rn", rank).filter(col("rn").between(2, 3) && col("total") > 10))
    let text = plan.explain().split(separator: "\n").map(String.init)
    let topN = try #require(text.firstIndex { $0.contains("TopN 3") })
    #expect(text[..<topN].contains { $0.contains("Filter (rn >= 2)") })
    #expect(text[..<topN].contains { $0.contains("Filter (total > 10)") })
  }

  @Test func qualifyBoundsARowNumberDirectly() throws {
    let select: LogicalPlan = .aggregate(
      Grouping(
        keys: [col("product_id").expression, window("event_time", "30 minutes").expression],
        items: [
          SelectItem(col("product_id").expression), SelectItem(window("event_time", "30 minutes").expression, as: "w"),
          SelectItem(sum("sales_amount").expression, as: "total"),
        ]), .stream("sales", at: nil))
    let byName = try resolve(DataFrame(.qualify((rank <= 3).expression, select)), .append)
    #expect(byName.resultSchema.fields.map(\.name) == ["product_id", "w", "total"])
    #expect(byName.resultKey == [0, 1])
    #expect(try topN(byName).rankName == nil)
    // The same in the words of the select below it, and by the start of the window.
    let inFull = rowNumber().over(
      Window.partitionBy(window("event_time", "30 minutes")).orderBy(sum("sales_amount").desc()))
    #expect(try resolve(DataFrame(.qualify((inFull <= 3).expression, select))).identity == byName.identity)
    let byStart = rowNumber().over(Window.partitionBy("w.start").orderBy(col("total").desc()))
    #expect(try resolve(DataFrame(.qualify((byStart <= 3).expression, select))).identity == byName.identity)
    let more = try resolve(DataFrame(.qualify((rank <= 3 && sum("sales_amount") > 5).expression, select)))
    #expect(more.explain().contains("TopN 3"))
    #expect(more.stages.contains { if case .filter = $0 { true } else { false } })
  }

  @Test func expressionsToOrderByAreComputedBelowAndDropped() throws {
    let rank = rowNumber().over(Window.partitionBy("w").orderBy((col("total") % 10).desc(), lower("product_id")))
    let plan = try resolve(totals.withColumn("rn", rank).filter(col("rn") <= 3).select("product_id", "w", "total"))
    #expect(plan.explain().contains("(total % 10) AS __order"))
    #expect(plan.resultSchema.fields.map(\.name) == ["product_id", "w", "total"])
    #expect(plan.schema(before: plan.stages.count) == plan.resultSchema)
  }

  @Test func rowNumberWithoutABoundIsRefused() throws {
    #expect(try failure(totals.withColumn("rn", rank)).hint?.contains("QUALIFY rn <= 3") == true)
    #expect(try failure(totals.withColumn("rn", rank).filter(col("rn") > 3)).message.contains("top-N"))
    #expect(try failure(totals.withColumn("rn", rank).filter(col("rn") <= 0)).message.contains("no rows"))
  }

  @Test func rowNumberOfAStreamIsRefused() throws {
    let rank = rowNumber().over(Window.partitionBy("product_id").orderBy("price"))
    #expect(try failure(sales.withColumn("rn", rank).filter(col("rn") <= 3)).message.contains("grouped query"))
  }

  @Test func appendNeedsTheWindowAmongThePartitionColumns() throws {
    let overall = rowNumber().over(Window.orderBy(col("total").desc()))
    let frame = totals.withColumn("rn", overall).filter(col("rn") <= 3)
    #expect(try failure(frame, .append).hint?.contains("PARTITION BY") == true)
    #expect(try resolve(frame, .update).warnings.contains { $0.contains("keeps every group") })
  }
}
