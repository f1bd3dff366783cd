import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct WindowTests {
  private func kind(_ window: ColumnExpression) throws -> WindowAssignment.Kind? {
    try aggregation(try resolve(sales.groupBy(window).count())).window?.kind
  }

  @Test func lengthsAreRead() throws {
    #expect(
      try kind(window("event_time", "1 hour", "25 minutes", startTime: "5 minutes"))
        == .fixed(size: .hours(1), slide: .minutes(25), start: .minutes(5)))
    #expect(try kind(sessionWindow("event_time", "30 seconds")) == .session(gap: .seconds(30)))
    let spans = Expression(.call("window", [col("event_time").expression, Expression(.interval(.hours(2)))]))
    #expect(try kind(ColumnExpression(spans)) == .fixed(size: .hours(2), slide: .hours(2), start: .zero))
  }

  @Test func lengthsThatMakeNoWindowsAreRefused() throws {
    func message(_ window: ColumnExpression) throws -> String { try failure(sales.groupBy(window).count()).message }
    #expect(try message(window("event_time", "0 seconds")).contains("longer than nothing"))
    #expect(
      try message(window("event_time", "1 hour", "1 microsecond")).contains("each row would belong to 3600000000 windows"))
    #expect(try message(window("event_time", "1 hour", "2 hours")).contains("cannot slide by 2 hours"))
    #expect(try message(window("event_time", "1 hour", "0 seconds")).contains("cannot slide"))
    #expect(try message(window("event_time", "1 hour", startTime: "-1 hour")).contains("cannot be moved"))
    #expect(try message(window("event_time", "1 month")).contains("no fixed length"))
    #expect(try message(window("event_time", "soon")) == "'soon' is no interval")
    #expect(try message(sessionWindow("event_time", "0 seconds")).contains("gap"))
    // Added to a time it would leave 64 bits.
    #expect(try message(sessionWindow("event_time", "106751991 days")) == "'106751991 days' is no interval")
    #expect(try message(window("event_time", "106751991 days")) == "'106751991 days' is no interval")
    #expect(try message(window("product_id", "1 hour")).contains("needs a timestamp"))
  }

  @Test func spansEndAtTenThousandYears() {
    #expect(TimeSpan(parsing: "106751991 days") == nil)
    #expect(TimeSpan(parsing: "-106751991 days") == nil)
    #expect(TimeSpan(parsing: "3652425 days") == TimeSpan.longest)
    #expect(TimeSpan(parsing: "3652425 days 1 microsecond") == nil)
    #expect(TimeSpan(parsing: "9223372036854775807 days") == nil)
  }

  @Test func oneWindowOnly() throws {
    let two = sales.groupBy(window("event_time", "1 hour"), sessionWindow("event_time", "1 hour")).count()
    #expect(try failure(two).message.contains("one window only"))
    #expect(try failure(sales.select(window("event_time", "1 hour"))).hint?.contains("GROUP BY") == true)
  }

  @Test func watermarkIsFollowedThroughSubqueriesAndAliases() throws {
    let renamed = sales.select("product_id", col("event_time").alias("t")).alias("q").filter(col("q.t").isNotNull())
    let plan = try resolve(renamed.groupBy(window("q.t", "1 hour")).count())
    #expect(try aggregation(plan).window?.followsWatermark == true)
    let moved = sales.withColumn("event_time", col("event_time") + interval("1 hour"))
    let other = try resolve(moved.groupBy(window("event_time", "1 hour")).count())
    #expect(try aggregation(other).window?.followsWatermark == false)
    #expect(other.warnings.first?.contains("never closes") == true)
  }

  @Test func watermarkIsDefinedOnceAndOfATimestampColumn() throws {
    let plan = try resolve(plain.withWatermark("shipped", "1 minute").groupBy(window("shipped", "1 hour")).count())
    #expect(plan.scanSchema.fields.map(\.name) == ["shipped"])
    #expect(plan.eventTime == 0)
    #expect(plan.delay == .minutes(1))
    #expect(try failure(sales.withWatermark("shipped", "1 minute")).message.contains("has a watermark already"))
    #expect(try failure(plain.withWatermark("price", "1 minute")).message.contains("must be a timestamp column"))
    #expect(try failure(plain.withWatermark("shipped", "shortly")).message == "'shortly' is no interval")
    #expect(try failure(plain.withWatermark("shipped", "-1 minute")).message.contains("negative"))
  }

  @Test func windowsAreGroupedByWindows() throws {
    let hours = sales.groupBy("product_id", window("event_time", "1 hour").alias("w")).agg(sum("price").alias("total"))
    let same = try resolve(hours.groupBy("w").agg(max("total").alias("best")), .append)
    guard case .aggregate(let outer)? = same.stages.last(where: { if case .aggregate = $0 { true } else { false } }) else {
      throw TidemillError(.invalidQuery, "no aggregation")
    }
    #expect(outer.window?.kind == .existing)
    #expect(outer.window?.followsWatermark == true)
    for time in [windowTime("w"), col("w")] {
      let days = try resolve(hours.groupBy(window(time, "1 day").alias("d")).agg(sum("total").alias("t")), .append)
      #expect(days.explain().contains("window=[1 day tumbling on window_time(w)]"))
      #expect(days.resultKey == [0])
    }
  }

  @Test func aggregatesThatRememberAllAreRefusedOverChangingResults() throws {
    let hours = sales.groupBy("product_id", window("event_time", "1 hour").alias("w")).agg(sum("price").alias("total"))
    let best = hours.groupBy("w").agg(max("total"))
    #expect(try failure(best, .update).hint?.contains("append mode") == true)
    #expect(try resolve(best, .append).warnings.isEmpty)
    let rounded = hours.groupBy("w").agg(sum("total"))
    #expect(try failure(rounded, .update).hint?.contains("DECIMAL") == true)
    #expect(try resolve(rounded, .append).warnings.isEmpty)
    #expect(try failure(hours.groupBy("w").agg(avg("total")), .update).code == .unsupported)
    let attempted = hours.groupBy("w").agg(ColumnExpression(Expression(.call("try_sum", [col("total").expression]))))
    #expect(try failure(attempted, .update).code == .unsupported)
    let exact = hours.groupBy("w").agg(sum(col("total").cast(.decimal(precision: 20, scale: 2))))
    #expect(try resolve(exact, .update).warnings.isEmpty)
    let counts = sales.groupBy("product_id", window("event_time", "1 hour").alias("w")).agg(count("*").alias("n"))
    #expect(try resolve(counts.groupBy("w").agg(sum("n"), count("*"), avg("n")), .update).warnings.isEmpty)
  }
}
