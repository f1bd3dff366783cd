import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

@Suite struct OutputModeTests {
  private let hour = window("event_time", "1 hour")

  @Test func appendNeedsAWindowThatCloses() throws {
    #expect(try failure(sales.groupBy("product_id").count(), .append).hint?.contains("update mode") == true)
    #expect(try failure(plain.groupBy(hour).count(), .append).hint?.contains("WATERMARK FOR") == true)
    let other = try failure(sales.groupBy(window("shipped", "1 hour")).count(), .append)
    #expect(other.message.contains("`event_time`"))
    #expect(try resolve(sales.groupBy(hour).count(), .append).warnings.isEmpty)
  }

  @Test func errorPointsAtTheWindow() throws {
    var window = hour
    window.expression.range = TextRange(40..<60)
    #expect(try failure(plain.groupBy("product_id", window).count(), .append).range == TextRange(40..<60))
  }

  @Test func endOfInputClosesEverything() throws {
    #expect(try resolve(plain.groupBy(hour).count(), .append, closesAtEnd: true).warnings.isEmpty)
    #expect(try resolve(plain.groupBy("product_id").count(), .append, closesAtEnd: true).warnings.isEmpty)
    #expect(try resolve(plain.dropDuplicates(["product_id"]), .append, closesAtEnd: true).warnings.isEmpty)
  }

  @Test func completeNeedsAnAggregationAndWarns() throws {
    #expect(try failure(sales.select("price"), .complete).message.contains("needs an aggregation"))
    #expect(try resolve(sales.groupBy(hour).count(), .complete).warnings.count == 1)
  }

  @Test func unboundedStateIsWarnedOf() throws {
    #expect(try resolve(sales.groupBy("product_id").count()).warnings.first?.contains("groups of product_id") == true)
    #expect(try resolve(plain.groupBy(hour).count()).warnings.first?.contains("without a watermark") == true)
    #expect(try resolve(plain.dropDuplicates(["product_id"])).warnings.first?.contains("distinct row") == true)
    #expect(try resolve(sales.dropDuplicates(["product_id"])).warnings.isEmpty)
    #expect(try resolve(sales.agg(count("*"))).warnings.isEmpty)
  }

  @Test func timeToLiveBoundsPlainKeysOnly() throws {
    let plan = try resolve(sales.groupBy("product_id").timeToLive("1 day").count())
    #expect(try aggregation(plan).timeToLive == .days(1))
    #expect(plan.warnings.isEmpty)
    #expect(try failure(sales.groupBy(hour).timeToLive("1 day").count()).message.contains("a window needs no"))
    #expect(try failure(plain.groupBy("product_id").timeToLive("1 day").count()).message.contains("no watermark"))
    #expect(try failure(sales.groupBy("product_id").timeToLive("long").count()).message == "'long' is no interval")
    #expect(try failure(sales.groupBy("product_id").timeToLive("0 days").count()).message.contains("longer than"))
  }

  @Test func sparkRefusesSessionsInUpdateMode() throws {
    let sessions = sales.groupBy("product_id", sessionWindow("event_time", "1 minute")).count()
    #expect(try resolve(sessions).warnings.isEmpty)
    #expect(try failure(sessions, .update, spark: true).message.contains("Spark"))
  }

  @Test func duplicatesOfResultsAreRefusedUnlessThereAreNone() throws {
    let counts = sales.groupBy("product_id", hour).count()
    #expect(try failure(counts.select("count").distinct()).message.contains("aggregated results"))
    #expect(try resolve(counts.distinct()).identity == resolve(counts).identity)
    #expect(try failure(sales.dropDuplicates(["produkt_id"])).hint == "did you mean `product_id`?")
  }
}
