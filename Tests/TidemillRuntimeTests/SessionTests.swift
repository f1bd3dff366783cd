import Foundation
import Synchronization
import Testing
import Tidemill
import TidemillTesting

/// The Swift face, on real files.
@Suite struct SessionTests: ~Copyable {
  private let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory + "/sales", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private static let columns = "product_id STRING, sales_amount INT, event_time TIMESTAMP"

  /// Files that appear as a whole.
  private func write(_ name: String, _ sales: [(product: String, amount: Int, time: String)]) throws {
    let lines = sales.map {
      "{\"product_id\":\"\($0.product)\",\"sales_amount\":\($0.amount),\"event_time\":\"2024-01-01T\($0.time)Z\"}\n"
    }
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: "\(directory)/sales/\(name)"), options: .atomic)
  }

  private func totals(_ session: Session) -> DataFrame {
    session.readStream.name("sales").schema(Self.columns).json("\(directory)/sales")
      .withWatermark("event_time", "10 minutes")
      .groupBy("product_id", window("event_time", "1 hour"))
      .agg(sum("sales_amount").alias("total_sales"))
  }

  private func results(_ name: String) throws -> [String] {
    let path = "\(directory)/\(name)"
    return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix("_") && !$0.hasPrefix(".") }
      .sorted().flatMap { try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8).split(separator: "\n").map(String.init) }
  }

  private static func line(_ product: String, _ hour: Int, _ total: Int) -> String {
    "{\"product_id\":\"\(product)\",\"window\":{\"start\":\"2024-01-01T\(hour):00:00Z\","
      + "\"end\":\"2024-01-01T\(hour + 1):00:00Z\"},\"total_sales\":\(total)}"
  }

  @Test func aChainOverADirectoryWritesFilesAndGoesOnFromItsCheckpoint() async throws {
    try write("1.json", [("p1", 5, "10:01:00"), ("p2", 7, "10:02:00")])
    func run(_ trigger: Trigger) async throws {
      let query = try await totals(Session()).writeStream.outputMode(.append).format("json").queryName("hourly")
        .checkpoint("\(directory)/checkpoint").trigger(trigger).start("\(directory)/out")
      #expect(try await query.awaitTermination() == .finished)
    }
    try await run(.availableNow)
    #expect(try results("out").isEmpty)
    try write("2.json", [("p1", 1, "10:59:00"), ("p1", 2, "11:30:00")])
    try await run(.availableNow)
    #expect(try results("out").sorted() == [Self.line("p1", 10, 6), Self.line("p2", 10, 7)])
    try await run(.once)
    #expect(try results("out").sorted() == [Self.line("p1", 10, 6), Self.line("p1", 11, 2), Self.line("p2", 10, 7)])
  }

  @Test func anotherQueryOnTheCheckpointIsRefusedWithTheDifference() async throws {
    try write("1.json", [("p1", 5, "10:01:00")])
    let session = Session()
    let query = try await totals(session).writeStream.to(MemorySink()).checkpoint("\(directory)/checkpoint").trigger(.once)
      .start()
    try await query.awaitTermination()
    let other = session.table("sales").withWatermark("event_time", "10 minutes")
      .groupBy("product_id", window("event_time", "2 hours")).agg(sum("sales_amount").alias("total_sales"))
    let path = "\(directory)/checkpoint"
    let error = await #expect(throws: TidemillError.self) {
      try await other.writeStream.to(MemorySink()).checkpoint(path).trigger(.once).start()
    }
    #expect(error?.code == .checkpoint)
    #expect(
      error?.message.contains("1 hour") == true && error?.message.contains("2 hours") == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("SET timezone = '+02:00';\n", "+02:00"), ("SET compatibility = 'spark';\n", "spark"),
  ])
  func anotherWayToReadTheRowsIsRefusedWithTheDifference(settings: String, difference: String) async throws {
    try write("1.json", [("p1", 5, "10:01:00")])
    func run(_ settings: String) async throws {
      let session = Session()
      let plan = try session.plan(
        settings + """
          CREATE STREAM sales (\(Self.columns), WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
          USING json OPTIONS (path '\(directory)/sales');
          SELECT product_id, count(*) AS n FROM sales GROUP BY product_id
          """, PlanOptions(outputMode: .update))
      var options = StartOptions()
      options.trigger = .availableNow
      options.checkpoint = "\(directory)/checkpoint"
      try await session.start(plan, options) { _ in MemorySink() }.awaitTermination()
    }
    try await run("")
    let error = await #expect(throws: TidemillError.self) { try await run(settings) }
    #expect(error?.code == .checkpoint)
    #expect(error?.message.contains(difference) == true, "\(String(describing: error))")
    // The refusal has changed nothing.
    try await run("")
  }

  @Test func aSecondJobOnTheCheckpointIsRefusedUntilTheFirstHasEnded() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    let frame = session.table("events").select("k")
    let path = "\(directory)/checkpoint"
    func start() async throws -> StreamingQuery {
      try await frame.writeStream.outputMode(.append).to(MemorySink()).checkpoint(path).start()
    }
    let first = try await start()
    let error = await #expect(throws: TidemillError.self) { try await start() }
    #expect(error?.code == .checkpoint)
    #expect(error?.message.contains("in use") == true)
    await first.stop()
    try await first.awaitTermination()
    stream.finish()
    try await start().awaitTermination()
  }

  @Test func linesOfRejectedRowsAreCountedInTheirFiles() async throws {
    try Data("{\"k\":\"a\",\"v\":1}\n\n{\"k\":\"b\",\"v\":\"x\"}\nnonsense\n".utf8)
      .write(to: URL(fileURLWithPath: "\(directory)/sales/1.json"))
    let session = Session()
    let plan = try session.plan(
      """
      CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path '\(directory)/sales', rejected 'bad');
      CREATE SINK bad USING json OPTIONS (path '\(directory)/bad');
      SELECT k, v FROM s
      """, PlanOptions(outputMode: .append))
    var options = StartOptions()
    options.trigger = .once
    let sink = MemorySink()
    let query = try session.start(plan, options) { _ in sink }
    try await query.awaitTermination()
    #expect(sink.rows == [[.string("a"), .integer(1)]])
    let bad = try results("bad").map { try jsonObject($0) }
    #expect(bad.map { $0["_line"] as? Int } == [3, 4])
    #expect(bad.map { $0["_reason"] as? String } == ["wrong_type", "malformed"])
    #expect(bad.map { $0["_row"] as? String } == ["{\"k\":\"b\",\"v\":\"x\"}", "nonsense"])
    #expect(bad.allSatisfy { ($0["_origin"] as? String)?.hasSuffix("1.json") == true })
  }

  @Test func columnsAreLearnedFromFilesThatNobodyDeclared() async throws {
    try write("1.json", [("p1", 5, "10:01:00"), ("p1", 6, "10:02:00")])
    let sink = MemorySink()
    let query = try await Session().readStream.json("\(directory)/sales").groupBy("product_id")
      .agg(sum("sales_amount").alias("total")).writeStream.outputMode(.complete).to(sink).trigger(.once).start()
    try await query.awaitTermination()
    #expect(sink.table == [[.string("p1"), .integer(11)]])
  }
}

/// The Swift face, on streams in memory.
@Suite struct MemoryFaceTests {
  private struct Sale: Encodable {
    var product: String
    var amount: Int
    var user: User
    struct User: Encodable { var id: Int }
  }

  @Test func encodableValuesAreRows() async throws {
    let session = Session()
    let stream = session.memoryStream(
      "sales", schema: Schema(Field("product", .string), Field("amount", .int), Field("id", .bigint, path: ["user", "id"])))
    try stream.push([Sale(product: "p1", amount: 2, user: .init(id: 7)), Sale(product: "p2", amount: 3, user: .init(id: 8))])
    try stream.push(Sale(product: "p1", amount: 5, user: .init(id: 7)))
    stream.finish()
    let sink = MemorySink()
    let query = try await session.sql("SELECT product, id, sum(amount) AS total FROM sales GROUP BY product, id")
      .writeStream.to(sink).start()
    try await query.awaitTermination()
    #expect(sink.table.map { EventStream.text($0) }.sorted() == ["p1 7 7", "p2 8 3"])
  }

  @Test func resultsAreAnAsyncSequence() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    let (query, batches) = try await session.sql("SELECT k, v * 2 AS twice FROM events").writeStream.outputMode(.append)
      .results()
    stream.push([EventStream.row("a", 1, 0)])
    var seen: [String] = []
    for try await result in batches {
      seen += result.batch.rows.map { EventStream.text($0) }
      if seen.count == 1 { stream.push([EventStream.row("b", 2, 0)]) } else { stream.finish() }
    }
    #expect(seen == ["a 2", "b 4"])
    #expect(try await query.awaitTermination() == .finished)
  }

  @Test func resultsEndWhenTheQueryFails() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    let (query, batches) = try await session.sql("SELECT sum(v) AS t FROM events").writeStream.results()
    stream.push([EventStream.row("a", .max, 0), EventStream.row("a", .max, 0)])
    for try await result in batches { Issue.record("a result: \(result)") }
    let error = await #expect(throws: TidemillError.self) { try await query.awaitTermination() }
    #expect(error?.code == .outOfRange)
  }

  @Test func foreachBatchGetsEveryEpochInOrder() async throws {
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    let seen = Mutex<[(UInt64, Int)]>([])
    let query = try await session.table("events").filter(col("v") > 1).withColumn("w", col("v") + 1).writeStream
      .outputMode(.append).foreachBatch { batch, epoch in seen.withLock { $0.append((epoch.number, batch.count)) } }
      .options { $0.clock = ManualClock() }.start()
    stream.push([EventStream.row("a", 1, 0), EventStream.row("b", 2, 0)])
    while await query.lastEpoch == .none { await Task.yield() }
    stream.finish()
    try await query.awaitTermination()
    let epochs = seen.withLock { $0 }
    #expect(epochs.map { $0.0 } == epochs.indices.map { UInt64($0 + 1) })
    #expect(epochs.reduce(0) { $0 + $1.1 } == 1)
  }

  @Test func whatAFunctionThrowsEndsTheQuery() async throws {
    struct Refusal: Error {}
    let session = Session()
    let stream = session.memoryStream("events", schema: EventStream.schema)
    stream.push([EventStream.row("a", 1, 0)])
    let query = try await session.table("events").writeStream.outputMode(.append).foreachBatch { _, _ in throw Refusal() }
      .start()
    await #expect(throws: Refusal.self) { try await query.awaitTermination() }
  }

  @Test func explainShowsTheStepsAndAWrongQueryIsRefusedWhenItStarts() async throws {
    let session = Session()
    _ = session.memoryStream("events", schema: EventStream.schema)
    let frame = session.table("events").withWatermark("ts", "10 seconds").groupBy(window("ts", "1 minute")).agg(count("*"))
    #expect(try frame.explain().contains("1 minute"))
    await #expect(throws: TidemillError.self) { try await session.table("events").select("nope").writeStream.start() }
    await #expect(throws: TidemillError.self) { try await session.table("missing").writeStream.start() }
    await #expect(throws: TidemillError.self) { try await DataFrame.stream("events").writeStream.start() }
    #expect(throws: TidemillError.self) { try session.sql("SELEC 1") }
  }
}
