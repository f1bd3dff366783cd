import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct TypeTests {
  @Test func numbersMeetAtTheWiderType() throws {
    #expect(try typed(col("sales_amount") + col("sales_amount")).type == .int)
    #expect(try typed(col("sales_amount") + col("quantity")).type == .bigint)
    #expect(try typed(col("quantity") * col("price")).type == .double)
    #expect(try text(col("sales_amount") + col("quantity")) == "(CAST(sales_amount AS BIGINT) + quantity)")
    #expect(try text(col("price") > 1) == "(price > 1.0D)")
  }

  @Test func divisionOfIntegersIsOfDoubles() throws {
    #expect(
      try text(col("sales_amount") / col("quantity")) == "(CAST(sales_amount AS DOUBLE) / CAST(quantity AS DOUBLE))")
  }

  @Test func decimalsFollowSparksRules() throws {
    func decimal(_ precision: Int, _ scale: Int) -> DataType { .decimal(precision: precision, scale: scale) }
    #expect(try typed(col("cost") + col("cost")).type == decimal(11, 2))
    #expect(try typed(col("cost") * col("cost")).type == decimal(21, 4))
    #expect(try typed(col("cost") / col("cost")).type == decimal(23, 13))
    #expect(try typed(col("cost") % col("cost")).type == decimal(10, 2))
    // A constant counts its own digits, a column all that its type may have.
    #expect(try typed(col("cost") * 2).type == decimal(12, 2))
    #expect(try typed(col("cost") + col("quantity")).type == decimal(23, 2))
    #expect(try typed(col("cost") + col("price")).type == .double)
    let wide = col("cost").cast(decimal(38, 10))
    #expect(try typed(wide * wide).type == decimal(38, 6))
    #expect(try typed(wide + wide).type == decimal(38, 9))
  }

  @Test func textIsComparedAsTheOtherSidesType() throws {
    #expect(try text(col("product_id") == 42) == "(CAST(product_id AS BIGINT) = 42)")
    #expect(try text(col("sales_amount") > "1.5") == "(CAST(sales_amount AS DOUBLE) > 1.5D)")
    #expect(try text(col("event_time") >= "2024-03-01 12:00:00") == "(event_time >= TIMESTAMP '2024-03-01T12:00:00Z')")
    #expect(try text(col("day") == "2024-03-01") == "(day = DATE '2024-03-01')")
    #expect(try text(col("event_time") > col("day")) == "(event_time > CAST(day AS TIMESTAMP))")
  }

  @Test func constantTextThatIsNoTimestampIsAnErrorAtItsPlace() throws {
    let range = TextRange(30..<40)
    let literal = ColumnExpression(Expression(.literal(.string("yesterday"), .string), at: range))
    let error = try failure(plain.filter(col("event_time") > literal))
    #expect(error.message == "'yesterday' is no TIMESTAMP")
    #expect(error.range == range)
    #expect(try failure(plain.filter(col("sales_amount") == "many")).message == "'many' is no BIGINT")
  }

  @Test func textConstantsAreReadInTheSessionsZone() throws {
    let frame = plain.filter(col("event_time") > "2024-03-01 12:00:00").select("paid")
    let zone = try #require(SessionZone(name: "+02:00"))
    let plan = try Support.resolver.resolve(frame.plan, options: ResolveOptions(zone: zone))
    #expect(plan.explain().contains("2024-03-01T10:00:00Z"))
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    #expect(try failure(plain.filter(col("paid") == col("event_time"))).message.contains("cannot be compared"))
    #expect(try failure(plain.filter(col("sales_amount"))).message == "WHERE needs a condition, and this is INT")
  }

  @Test func timesMoveByIntervals() throws {
    #expect(try text(col("event_time") + interval("10 minutes")) == "timestamp_add_micros(event_time, 600000000)")
    #expect(try text(col("event_time") - interval("1 second")) == "timestamp_add_micros(event_time, -1000000)")
    #expect(try typed(col("shipped") - col("event_time")).type == .bigint)
    #expect(
      try text(col("shipped") - col("event_time") > interval("1 minute"))
        == "(timestamp_diff_micros(shipped, event_time) > 60000000)")
    #expect(try typed(col("day") + 1).type == .date)
    #expect(try typed(col("day") + interval("2 days")).type == .date)
    #expect(try typed(col("day") + interval("2 hours")).type == .timestamp)
    #expect(try failure(plain.select(interval("1 hour"))).message.contains("interval"))
    #expect(try failure(plain.select(col("price") + interval("1 hour"))).message.contains("cannot be added to DOUBLE"))
  }

  @Test func choicesHaveOneType() throws {
    #expect(try typed(when(col("paid"), col("sales_amount")).otherwise(col("price"))).type == .double)
    #expect(try typed(coalesce("cost", "quantity")).type == .decimal(precision: 22, scale: 2))
    #expect(try typed(coalesce("product_id", "quantity")).type == .string)
    #expect(try typed(coalesce("event_time", lit("2024-01-01"))).type == .timestamp)
    #expect(try typed(when(col("paid"), lit(.null, .string)).otherwise(1)).type == .int)
    #expect(try failure(plain.select(coalesce("paid", "price"))).message.contains("no type in common"))
  }

  @Test func constantsInAListAreValuesOfItsType() throws {
    #expect(try text(col("product_id").isIn("a", "b")) == "(product_id IN ('a', 'b'))")
    #expect(try text(col("quantity").isIn(1, 2)) == "(quantity IN (1, 2))")
    #expect(try text(col("sales_amount").isIn(1, 2.5)) == "(CAST(sales_amount AS DOUBLE) IN (1.0D, 2.5D))")
    #expect(try text(col("day").isIn("2024-03-01")) == "(day IN (DATE '2024-03-01'))")
    #expect(try failure(plain.filter(col("quantity").isIn("many"))).message == "'many' is no BIGINT")
    #expect(try text(col("quantity").isIn(col("sales_amount"), 2)).contains(" OR "))
  }

  @Test func constantsAreFolded() throws {
    #expect(try typed(-lit(5)).kind == .literal(.integer(-5)))
    #expect(try typed(-lit(2_147_483_648)) == TypedExpression(.int, .literal(.integer(-2_147_483_648))))
    #expect(try typed(lit(60) * 60).kind == .literal(.integer(3600)))
    #expect(try typed(lit(2_147_483_647) + 1).kind == .literal(.null))
    #expect(try typed(lit("12").cast(.int)).kind == .literal(.integer(12)))
    #expect(try typed(lit("twelve").cast(.int)).kind == .literal(.null))
  }

  @Test func castsThatMeanNothingAreRefusedWithAWayOut() throws {
    #expect(try failure(plain.select(col("event_time").cast(.bigint))).hint?.contains("unix_timestamp") == true)
    #expect(try failure(plain.select(col("quantity").cast(.timestamp))).hint?.contains("timestamp_millis") == true)
  }
}
