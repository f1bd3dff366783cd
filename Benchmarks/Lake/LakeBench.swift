#if Lake
  import DeltaConnector
  import DeltaLog
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan
#endif

/// Times the Delta sink alone, for Benchmarks/lake.py, which does the same with another writer:
///
///     tidemill-lake-bench append SOURCE TARGET PARTITIONS
///     tidemill-lake-bench update TARGET GROUPS CHANGED COMMITS
///
/// Prints a line of JSON for each commit.
@main enum LakeBench {
  static func main() async throws {
    #if Lake
      let arguments = Array(CommandLine.arguments.dropFirst())
      switch (arguments.first, arguments.count) {
      case ("append", 4): try await append(arguments[1], arguments[2], partitionBy: arguments[3])
      case ("update", 5):
        try await update(
          arguments[1], groups: Int(arguments[2]) ?? 0, changed: Int(arguments[3]) ?? 0, commits: Int(arguments[4]) ?? 0)
      default: print("usage: tidemill-lake-bench append SOURCE TARGET PARTITIONS | update TARGET GROUPS CHANGED COMMITS")
      }
    #else
      print("{\"missing\":\"the package trait Lake\"}")
    #endif
  }

  #if Lake
    /// The rows of a Delta table, which are read before the time counts, into a new one, in one commit.
    private static func append(_ source: String, _ target: String, partitionBy: String) async throws {
      guard let view = try DeltaTableView.load(LocalLakeStore(root: source)) else { return }
      let names = view.schema.fields.map(\.name).filter { !view.partitionColumns.contains($0) }
      let batches = try view.files.map { try view.rows(of: $0, columns: names) }
      let schema = batches[0].schema
      let rows = Batch.concatenating(batches, schema: schema)
      let options = DeltaSinkOptions(partitionBy: partitionBy.split(separator: ",").map { String($0) })
      try await time(target, options, ResultShape(schema: schema, key: nil, mode: .append, zone: .utc, queryName: "bench")) {
        $0 == 1 ? rows : nil
      }
    }

    /// Groups by a text, of which some, chosen at random, change with each commit behind the first.
    private static func update(_ target: String, groups: Int, changed: Int, commits: Int) async throws {
      let schema = Schema(Field("product_id", .string), Field("n", .bigint), Field("total", .bigint))
      var random = Random(state: 7)
      func batch(_ groups: some Collection<Int>, epoch: Int) -> Batch {
        let names = ColumnBuilder(.string, capacity: groups.count)
        let counts = ColumnBuilder(.bigint, capacity: groups.count)
        let totals = ColumnBuilder(.bigint, capacity: groups.count)
        for group in groups {
          let digits = String(group)
          names.append(string: "p-" + String(repeating: "0", count: 8 - digits.count) + digits)
          counts.append(int64: Int64(epoch))
          totals.append(int64: Int64(random.next() % 100_000))
        }
        return Batch(
          schema: schema, count: groups.count, columns: [names.finish(), counts.finish(), totals.finish()])
      }
      let shape = ResultShape(schema: schema, key: [0], mode: .update, zone: .utc, queryName: "bench")
      try await time(target, DeltaSinkOptions(), shape) { epoch in
        if epoch == 1 { return batch(0..<groups, epoch: 1) }
        if epoch > commits + 1 { return nil }
        var chosen: Set<Int> = []
        while chosen.count < changed { chosen.insert(Int(random.next() % UInt64(groups))) }
        return batch(chosen.sorted(), epoch: epoch)
      }
    }

    private static func time(
      _ target: String, _ options: DeltaSinkOptions, _ shape: ResultShape, _ batch: (Int) -> Batch?
    ) async throws {
      let sink = DeltaSink(
        LocalLakeStore(root: target), format: ParquetRowFormat(), codec: ParquetCheckpoints(), options: options, owner: "bench",
        now: DeltaConnector.now, report: { print($0) })
      let clock = ContinuousClock()
      let opening = try await clock.measure { try await sink.open(shape, lastEpoch: .none) }
      var epoch = 1
      while let rows = batch(epoch) {
        let writing = try await clock.measure { try await sink.write(rows, epoch: Epoch(UInt64(epoch))) }
        let seconds = (writing + (epoch == 1 ? opening : .zero)) / .seconds(1)
        let metrics = sink.metrics
        print(
          "{\"rows\":\(rows.count),\"seconds\":\(seconds),\"bytes\":\(metrics["numOutputBytes"] ?? 0),"
            + "\"files\":\(metrics["numAddedFiles"] ?? 0),\"writtenRows\":\(metrics["numWrittenRows"] ?? 0)}")
        epoch += 1
      }
      try await sink.close()
    }

    private struct Random {
      var state: UInt64

      mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
      }
    }
  #endif
}
