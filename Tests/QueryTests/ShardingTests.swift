import ReferenceEngine
import Testing
import TidemillColumns
import TidemillEngine
import TidemillPlan
import TidemillSQL
import TidemillTesting

/// Groups in shards give what groups in one table give, whoever works on them and in which order.
@Suite struct ShardingTests {
  private static let schema = Schema(Field("k", .string), Field("v", .bigint), Field("ts", .timestamp))
  private static let second: Int64 = 1_000_000

  private static func plan(_ window: String, _ mode: OutputMode) throws -> QueryPlan {
    let stream = StreamDefinition(
      name: "events", schema: schema, watermark: WatermarkDefinition(column: "ts", delay: .minutes(1)), provider: "memory")
    return try Resolver(streams: ["events": stream]).resolve(
      SQLParser.parseQuery(
        "SELECT k, \(window) AS w, sum(v) AS total, count(*) AS n, max(v) AS most, min(k) AS first FROM events GROUP BY k, \(window)"
      ),
      options: ResolveOptions(outputMode: mode))
  }

  /// Epochs of batches: hardly any key comes twice in a batch, and few in the next.
  private static func epochs(_ plan: QueryPlan, rowsPerBatch: Int) -> [[Batch]] {
    var random = SplitMix64(seed: 4)
    return (0..<3).map { epoch in
      (0..<4).map { number in
        let base: Int64 = (1_700_000_000 + Int64(epoch * 4 + number) * 20) * second
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for _ in 0..<rowsPerBatch {
          let key = random.count(0...rowsPerBatch * 3)
          let name = key % 9 == 0 ? "a key longer than twelve bytes: \(key)" : "k\(key)"
          builders[0].append(key == 0 ? Value.null : Value.string(name))
          builders[1].append(key % 11 == 0 ? Value.null : Value.integer(Int64(key)))
          let time: Int64 = base + random.integer(0...30 * second)
          builders[2].append(Value.timestamp(EventTime(microseconds: time)))
        }
        let batch = Batch(schema: schema, count: rowsPerBatch, columns: builders.map { $0.finish() })
        let columns = plan.scanSchema.fields.map { batch.columns[schema.ordinal(of: $0.name)!] }
        return Batch(schema: plan.scanSchema, count: rowsPerBatch, columns: columns)
      }
    }
  }

  /// The rows of each epoch, in the order in which they came.
  private static func run(
    _ plan: QueryPlan, _ epochs: [[Batch]], _ sharding: KeySharding, lanes: Int, work: ParallelWork = .serial,
    restoringWith restored: KeySharding? = nil
  ) throws -> [[String]] {
    var settings = EngineSettings(lanes: lanes, work: work)
    settings.sharding = sharding
    var pipeline = try QueryPipeline(plan, settings: settings)
    pipeline.expect(partitions: 1)
    return try epochs.enumerated().map { number, batches in
      let prepared = batches.map { pipeline.prepare($0, partition: 0) }
      for batch in prepared { pipeline.order(batch) }
      for (index, batch) in prepared.enumerated().reversed() { pipeline.absorb(batch, lane: index % lanes) }
      let output = try pipeline.finishEpoch(EpochEnd(isFinal: number == epochs.count - 1))
      if let restored {
        settings.sharding = restored
        let next = try QueryPipeline(plan, settings: settings)
        next.expect(partitions: 1)
        try next.restore(pipeline.snapshot())
        pipeline = next
      }
      return output.changes.rows.enumerated().map { row, values in
        "\(output.changes.weight(row)) \(values.map(\.description).joined(separator: " | "))"
      }
    }
  }

  private static let backwards = ParallelWork { count, body in
    for index in (0..<count).reversed() { body(index) }
  }

  @Test(
    arguments: [OutputMode.append, .update, .complete], ["window(ts, '1 minute')", "window(ts, '1 minute', '15 seconds')"])
  func shardsChangeNoResult(mode: OutputMode, window: String) throws {
    let plan = try Self.plan(window, mode)
    let epochs = Self.epochs(plan, rowsPerBatch: 120)
    let expected = try Self.run(plan, epochs, .never, lanes: 1).map { $0.sorted() }
    #expect(expected.joined().count > 700)
    let first = try Self.run(plan, epochs, .always, lanes: 1)
    #expect(first.map { $0.sorted() } == expected)
    // Not even the order of rows depends on lanes.
    #expect(try Self.run(plan, epochs, .always, lanes: 3, work: Self.backwards) == first)
    #expect(try Self.run(plan, epochs, .always, lanes: 2, restoringWith: .always).map { $0.sorted() } == expected)
    #expect(try Self.run(plan, epochs, .always, lanes: 2, restoringWith: .never).map { $0.sorted() } == expected)
    #expect(try Self.run(plan, epochs, .never, lanes: 2, restoringWith: .always).map { $0.sorted() } == expected)
  }

  /// What is written after a restart is what would have been written without.
  @Test(arguments: ["window(ts, '1 minute')", "window(ts, '1 minute', '15 seconds')"])
  func aRestartChangesNoOrder(window: String) throws {
    let plan = try Self.plan(window, .append)
    let epochs = Self.epochs(plan, rowsPerBatch: 120)
    for sharding in [KeySharding.never, .always] {
      let expected = try Self.run(plan, epochs, sharding, lanes: 1)
      #expect(expected.filter { !$0.isEmpty }.count > 1)
      #expect(try Self.run(plan, epochs, sharding, lanes: 1, restoringWith: sharding) == expected)
    }
  }

  @Test func manyKeysAreShardedByThemselves() throws {
    let plan = try Self.plan("window(ts, '1 hour')", .append)
    let epochs = Self.epochs(plan, rowsPerBatch: 10_000)
    let expected = try Self.run(plan, epochs, .never, lanes: 2).map { $0.sorted() }
    #expect(try Self.run(plan, epochs, .automatic, lanes: 2, work: Self.backwards).map { $0.sorted() } == expected)
  }
}
