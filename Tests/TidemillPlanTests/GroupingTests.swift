import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

private func item(_ column: ColumnExpression, _ alias: String? = nil) -> SelectItem {
  SelectItem(column.expression, as: alias)
}

@Suite struct GroupingTests {
  private let hour = window("event_time", "1 hour")

  private func grouped(_ keys: [ColumnExpression], _ items: [SelectItem], having: ColumnExpression? = nil) -> DataFrame {
    DataFrame(
      .aggregate(
        Grouping(keys: keys.map(\.expression), items: items, having: having?.expression), .stream("sales", at: nil)))
  }

  @Test func hourlySalesResolve() throws {
    let plan = try resolve(
      grouped(
        [col("product_id"), hour],
        [item(col("product_id")), item(sum("sales_amount"), "total_sales"), item(hour, "hour_window")]))
    let aggregation = try aggregation(plan)
    #expect(aggregation.keys.map(\.name) == ["product_id"])
    #expect(aggregation.window?.kind == .fixed(size: .hours(1), slide: .hours(1), start: .zero))
    #expect(aggregation.window?.followsWatermark == true)
    #expect(aggregation.calls.map(\.function) == [.sum])
    #expect(
      plan.resultSchema
        == Schema(Field("product_id", .string), Field("total_sales", .bigint), Field("hour_window", .window)))
    #expect(plan.resultKey == [0, 2])
    #expect(plan.warnings.isEmpty)
  }

  @Test func keysMayBeOrdinalsAliasesOrExpressions() throws {
    let items = [item(lower("product_id"), "product"), item(hour, "w"), item(count("*"), "n")]
    let written = try resolve(grouped([lower("product_id"), hour], items))
    #expect(try resolve(grouped([1, 2], items)).identity == written.identity)
    #expect(try resolve(grouped([col("product"), col("w")], items)).identity == written.identity)
    #expect(try failure(grouped([4], items)).message == "GROUP BY 4 is none of the 3 selected columns")
  }

  @Test func equalAggregatesAreComputedOnce() throws {
    let plan = try resolve(
      grouped(
        [col("product_id"), hour],
        [
          item(col("product_id")), item(sum("sales_amount"), "a"), item(sum("sales_amount") / count("*"), "b"),
          item(hour, "w"),
        ], having: sum("sales_amount") > 10 && count("*") > 1))
    #expect(try aggregation(plan).calls.map(\.function) == [.sum, .countRows])
    #expect(plan.explain().contains("Filter ((sum(sales_amount) > 10) AND (count(1) > 1))"))
  }

  @Test func havingSeesAliases() throws {
    let items = [item(hour, "w"), item(sum("sales_amount"), "total")]
    let plan = try resolve(grouped([hour], items, having: col("total") > 10))
    #expect(plan.explain().contains("Filter (sum(sales_amount) > 10)"))
  }

  @Test func partsOfTheWindowAreSelectable() throws {
    let plan = try resolve(grouped([hour], [item(col("window.start")), item(col("window.end")), item(count("*"), "n")]))
    #expect(plan.resultSchema.fields.map(\.name) == ["start", "end", "n"])
    // The start of a window of fixed length identifies it.
    #expect(plan.resultKey == [0])
  }

  @Test func columnNeitherGroupedNorAggregatedIsNamed() throws {
    let range = TextRange(7..<12)
    let price = ColumnExpression(Expression(.column(["price"]), at: range))
    let error = try failure(grouped([col("product_id")], [item(price + sum("sales_amount"), "x")]))
    #expect(error.message == "the column `price` is neither grouped nor aggregated")
    #expect(error.hint?.contains("max(price)") == true)
    #expect(error.range == range)
  }

  @Test func aggregatesHaveSparksTypes() throws {
    let plan = try resolve(
      sales.groupBy(hour).agg(
        sum("sales_amount").alias("a"), sum("price").alias("b"), sum("cost").alias("c"), avg("quantity").alias("d"),
        avg("cost").alias("e"), count("price").alias("f"), min("product_id").alias("g"), max("paid").alias("h")))
    #expect(
      plan.resultSchema.fields.dropFirst().map(\.type) == [
        .bigint, .double, .decimal(precision: 20, scale: 2), .double, .decimal(precision: 14, scale: 6), .bigint,
        .string, .boolean,
      ])
  }

  @Test func aggregatesThatAreNotThereAreRefusedByName() throws {
    #expect(try failure(sales.groupBy(hour).agg(sum("product_id"))).message == "sum() takes numbers, and this is STRING")
    let distinct = ColumnExpression(Expression(.aggregate("sum", [col("price").expression], distinct: true, filter: nil)))
    #expect(try failure(sales.groupBy(hour).agg(distinct)).message == "sum(DISTINCT …) is not there")
    let two = ColumnExpression(Expression(.call("count", [col("price").expression, col("paid").expression])))
    #expect(try failure(sales.groupBy(hour).agg(two)).message == "count() takes one argument, not 2")
    #expect(try failure(sales.filter(sum("price") > 1)).hint?.contains("HAVING") == true)
    #expect(try failure(sales.groupBy(hour).agg(sum(sum("price")))).message.contains("cannot be used in the argument"))
  }

  @Test func countOfAConstantCountsRows() throws {
    let plan = try resolve(sales.groupBy(hour).agg(count(lit(1)), sum("price").filter(col("paid"))))
    #expect(plan.resultSchema.fields.map(\.name)[1] == "count(1)")
    #expect(try aggregation(plan).calls[0].function == .countRows)
    #expect(try aggregation(plan).calls[1].filter?.type == .boolean)
  }

  @Test func selectOfAggregatesAloneIsOneGroup() throws {
    let plan = try resolve(sales.select(sum("price").alias("total")), closesAtEnd: true)
    #expect(try aggregation(plan).keyCount == 0)
    #expect(plan.resultKey == [])
  }

  @Test func unselectedKeyLeavesNoResultKey() throws {
    #expect(try resolve(sales.groupBy("product_id", hour).count().select("product_id", "count")).resultKey == nil)
    #expect(try resolve(sales.select("product_id")).resultKey == nil)
  }
}
