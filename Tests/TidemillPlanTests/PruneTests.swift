import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct PruneTests {
  @Test func scanReadsOnlyWhatIsUsedAndTheEventTime() throws {
    let plan = try resolve(sales.filter(col("paid")).select("price"))
    #expect(plan.scanSchema.fields.map(\.name) == ["price", "event_time", "paid"])
    #expect(plan.eventTime == 1)
    #expect(plan.stages.first == .filter(TypedExpression(.boolean, .column(2))))
    #expect(plan.schema(before: plan.stages.count) == plan.resultSchema)
  }

  @Test func aggregatesThatNobodyReadsAreNotComputed() throws {
    let totals = sales.groupBy("product_id", window("event_time", "1 hour").alias("w"))
      .agg(sum("price").alias("a"), sum("cost").alias("b"))
    let plan = try resolve(totals.select("product_id", "w", "b"))
    #expect(try aggregation(plan).calls.map(\.resultType) == [.decimal(precision: 20, scale: 2)])
    #expect(plan.scanSchema.ordinal(of: "price") == nil)
  }

  @Test func projectionsThatChangeNothingVanish() throws {
    let plan = try resolve(plain.select("*").select("*").alias("q").filter(col("q.paid")).select("paid", "price"))
    #expect(plan.stages.count == 2)
  }

  @Test func countingRowsReadsNothing() throws {
    let plan = try resolve(plain.select("price").agg(count("*").alias("n")))
    #expect(plan.scanSchema.count == 0)
    #expect(plan.stages.count == 2)
    #expect(plan.resultSchema == Schema(Field("n", .bigint)))
  }

  @Test func nestedFieldsKeepTheirPathInTheScanOnly() throws {
    let plan = try resolve(plain.select("*"))
    #expect(plan.scanSchema == Support.schema)
    #expect(plan.resultSchema[9] == Field("user.id", .string))
    #expect(plan.schema(before: plan.stages.count) == plan.resultSchema)
  }
}
