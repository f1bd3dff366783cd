import Foundation
import Tidemill

/// How fast events are taken that are pushed: `tidemill-push-bench [pushes] [at a time] [directory]`.
///
/// Each push has 1,000 sales of about 100 bytes and a key; a query sums them up by product and hour, with a checkpoint. Prints what
/// `push` took and what the whole took, until the query has them.
@main struct PushBench {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let pushes = arguments.count > 1 ? Int(arguments[1])! : 5000
    let atATime = arguments.count > 2 ? Int(arguments[2])! : 16
    let directory = (arguments.count > 3 ? arguments[3] : NSTemporaryDirectory()) + "/tidemill-push-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }

    let session = Session()
    let plan = try session.plan(
      """
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
        WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes') USING http;
      SELECT product_id, window(event_time, '1 hour') AS w, SUM(sales_amount) AS total FROM sales
      GROUP BY product_id, window(event_time, '1 hour');
      """)
    var options = StartOptions()
    options.checkpoint = directory
    let query = try session.start(plan, options) { _ in MemorySink() }
    let stream = query.pushStreams[0]
    let bodies = (0..<64).map { body($0) }
    let clock = ContinuousClock()
    let start = clock.now
    let refused = try await withThrowingTaskGroup(of: Int.self) { group in
      for client in 0..<atATime {
        group.addTask {
          var refused = 0
          for number in stride(from: client, to: pushes, by: atATime) {
            while true {
              do {
                _ = try await stream.push(bodies[number % bodies.count], key: "push \(number)")
                break
              } catch PushRefusal.full {
                refused += 1
                try await Task.sleep(for: .milliseconds(5))
              }
            }
          }
          return refused
        }
      }
      var sum = 0
      for try await count in group { sum += count }
      return sum
    }
    let pushed = clock.now - start
    while await query.totals[0].ledger.rowsIn < pushes * 1000 { try await Task.sleep(for: .milliseconds(1)) }
    let all = clock.now - start
    await query.stop()
    try await query.awaitTermination()
    func line(_ what: String, _ time: Duration) {
      let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
      let bytes = Double((0..<pushes).reduce(0) { $0 + bodies[$1 % bodies.count].count })
      print(
        "\(what): \(Int(Double(pushes) * 1000 / seconds)) events/s, \(Int(bytes / seconds / 1e6)) MB/s, "
          + "\(Int(seconds * 1000)) ms")
    }
    line("pushed", pushed)
    line("aggregated", all)
    print("refused: \(refused)")
  }

  private static func body(_ number: Int) -> [UInt8] {
    var text = ""
    for line in 0..<1000 {
      let index = number * 1000 + line
      text += "{\"product_id\":\"p\(index &* 7919 % 5000)\",\"sales_amount\":\(index % 997),"
      text += "\"event_time\":\"2024-01-01T10:\(10 + number % 50):\(10 + line % 50)Z\",\"shop\":\"s\(index % 89)\"}\n"
    }
    return Array(text.utf8)
  }
}
