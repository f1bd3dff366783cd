import Dispatch
import Foundation
import Synchronization
import Tidemill
import TidemillFiles

/// Measures through the public face what an application sees: it pushes events into a stream and reads the changes of a grouped
/// result; each change says which push it counts.
@main enum Latency {
  static func main() async {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      try await measure(options)
    } catch let mistake as Options.Mistake {
      FileHandle.standardError.write(Data("\(mistake.text)\n\n\(Options.help)\n".utf8))
      exit(2)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  private static func measure(_ options: Options) async throws {
    let directory = options.directory ?? "latency-checkpoint"
    guard !LocalFileSystem().exists(directory) else {
      throw Options.Mistake(text: "\(directory) is there already: name another with --directory")
    }
    try LocalFileSystem().createDirectory(directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let disk = try syncs(in: directory)

    let session = Session()
    let stream = session.memoryStream("sales", schema: Pushing.schema, eventTime: "ts")
    let epochs = Mutex(0)
    let (query, batches) = try await session.sql(
      """
      SELECT product, window(ts, '1 minute') AS minute, count(*) AS sales, sum(amount) AS total, max(push) AS push
      FROM sales GROUP BY product, window(ts, '1 minute')
      """
    ).withWatermark("ts", "10 seconds").writeStream.outputMode(.update).checkpoint("\(directory)/state").results()
    let pushing = Pushing(stream, options)
    let warmUp = 1_000_000 / options.interval
    Thread.detachNewThread { pushing.run(for: .seconds(options.seconds + 1)) }

    var latencies: [Duration] = []
    var next = 0
    for try await result in batches {
      let now = ContinuousClock.now
      epochs.withLock { $0 += 1 }
      // What is not the last of its window may be of an earlier push; the highest is the last that the result counts.
      let column = result.batch.columns[result.batch.schema.ordinal(of: "push")!]
      var last = -1
      for row in 0..<result.batch.count where !column.isNull(row) { last = max(last, Int(column.int64[row])) }
      while next <= last {
        if next >= warmUp { latencies.append(now - pushing.time(of: next)) }
        next += 1
      }
    }
    try await query.awaitTermination()
    report(Percentiles(latencies), disk, epochs: epochs.withLock { $0 }, options)
  }

  /// What the disk alone takes to make a record of an epoch's size durable.
  private static func syncs(in directory: String) throws -> Percentiles {
    let file = try LocalFileSystem().create("\(directory)/probe")
    defer { try? file.close() }
    var durations: [Duration] = []
    for _ in 0..<1000 {
      try file.write(Array(repeating: 7, count: 128))
      durations.append(try ContinuousClock().measure { try file.sync() })
    }
    return Percentiles(durations)
  }

  private static func report(_ latencies: Percentiles, _ disk: Percentiles, epochs: Int, _ options: Options) {
    if options.isJSON {
      print(
        "{\"rate\":\(options.rate),\"seconds\":\(options.seconds),\"rows_per_push\":\(options.rowsPerPush),"
          + "\"epochs\":\(epochs),\"latency_ms\":\(latencies.json),\"fdatasync_ms\":\(disk.json)}")
      return
    }
    print("\(options.rate) events a second for \(options.seconds) s, \(options.rowsPerPush) a push; \(epochs) epochs")
    print("push to result, ms:   \(latencies.text)")
    print("fdatasync alone, ms:  \(disk.text)")
  }
}
