import Foundation
import Tidemill
import TidemillTesting

// The Swift of README.md and of the guide, compiled. `GuideTests` sees to it that each block of Swift there is here.
enum GuideSnippets {
  static func chain() async throws {
    let session = Session()
    let sales = session.readStream
      .schema("product_id STRING, sales_amount INT, event_time TIMESTAMP")
      .json("Examples/hourly-sales/data")
    let totals =
      sales
      .withWatermark("event_time", "10 minutes")
      .groupBy("product_id", window("event_time", "1 hour").alias("hour_window"))
      .agg(sum("sales_amount").alias("total_sales"))
    let query = try await totals.writeStream.outputMode(.update).format("console").start()
    try await query.awaitTermination()
  }

  static func expressions(_ sales: DataFrame) -> DataFrame {
    sales
      .filter(col("sales_amount") > 0 && !col("product_id").startsWith("test-"))
      .withColumn("size", when(col("sales_amount") >= 100, "large").otherwise("small"))
      .groupBy("size", window("event_time", "1 hour", "15 minutes").alias("w"))
      .agg(
        count("*").alias("sales"),
        count("*").filter(col("product_id") == "tea").alias("teas"),
        (sum("sales_amount") / countDistinct("product_id")).alias("per_product")
      )
      .select("size", col("w").getField("start").alias("began"), "sales", "teas", "per_product")
  }

  static func follow(_ query: StreamingQuery) async throws {
    let view = query.views[0]
    let newest = ViewQuery(order: [ViewOrder(ViewColumn(view.window!, .start), isDescending: true)], limit: 100)
    var snapshot = try await view.read(newest)
    var epoch = snapshot.epoch
    following: while true {
      switch try await view.changes.next(after: epoch) {
      case .change(let change):
        print(String(decoding: change.json, as: UTF8.self))
        epoch = change.epoch
      case .lost:
        snapshot = try await view.read(newest)
        epoch = snapshot.epoch
      case .ended: break following
      }
    }
    let best = try await Session.query("SELECT * FROM hourly ORDER BY total_sales DESC LIMIT 3", over: query.views)
    print(best.epochs, best.batch.rows)
  }

  static func joins() -> DataFrame {
    let session = Session()
    let products = session.read.name("products").schema("id STRING, name STRING, category STRING").csv("products.csv")
    let sales = session.readStream.name("sales").schema("product_id STRING, amount INT").json("sales")
    let named = sales.join(products, on: col("product_id") == col("products.id"), how: .left)

    let prices = session.memoryTable("prices", schema: Schema(Field("product_id", .string), Field("price", .int)))
    prices.replace([[.string("tea"), .integer(3)]])
    let priced = named.join(session.table("prices"), on: "product_id")
    return priced
  }

  static func memoryStream(_ session: Session) async throws -> [[Value]] {
    struct Click: Encodable {
      var userID: String
      var at: Date
    }
    let clicks = session.memoryStream(
      "clicks", schema: Schema(Field("userID", .string), Field("at", .timestamp)), eventTime: "at")
    try clicks.push(Click(userID: "ada", at: Date(timeIntervalSince1970: 1_700_000_000)))
    try clicks.push(Click(userID: "ada", at: Date(timeIntervalSince1970: 1_700_000_060)))
    clicks.finish()

    let counts = try session.sql(
      """
      SELECT userID, COUNT(*) AS clicks, window(at, '1 hour') AS hour_window
      FROM clicks GROUP BY userID, window(at, '1 hour')
      """)
    let (query, batches) = try await counts.writeStream.trigger(.once).results()
    var rows: [[Value]] = []
    for try await result in batches {
      rows += result.batch.rows
    }
    try await query.awaitTermination()
    return rows
  }

  static func foreachBatch(_ totals: DataFrame, _ directory: String) async throws {
    let query = try await totals.writeStream
      .queryName("totals")
      .checkpoint(directory)
      .trigger(.availableNow)
      .foreachBatch { batch, epoch in
        for row in batch.rows { print(epoch, row) }
      }
      .start()
    try await query.awaitTermination()
  }

  static func script(_ text: String) async throws -> MemorySink {
    let session = Session()
    let plan = try session.plan(text, PlanOptions(closesAtEnd: true))
    let sink = MemorySink()
    var options = StartOptions()
    options.trigger = .once
    let query = try session.start(plan, options) { _ in sink }
    try await query.awaitTermination()
    return sink
  }

  static func driver(_ plan: QueryPlan, _ batch: Batch) throws -> Batch {
    let result = try StreamDriver(plan).run([.rows(batch), .endOfEpoch, .endOfInput])
    return result.epochs[0].changes
  }

  static func manualClock(_ totals: DataFrame, _ sink: MemorySink) async throws -> StreamingQuery {
    let clock = ManualClock()
    let query = try await totals.writeStream
      .trigger(.interval(.minutes(1)))
      .options { $0.clock = clock }
      .to(sink)
      .start()
    await clock.waitForSleeper()
    clock.advance(by: .minutes(1))
    return query
  }

  static func goldenStream(_ text: String) throws -> [String] {
    let stream = try GoldenStream(text, name: "late-row.test")
    let problems = stream.run()
    return problems
  }
}
