#if Postgres
  import Foundation
  import TableTesting
  import Testing

  /// The program as users run it, killed while it writes to a real PostgreSQL.
  @Suite struct PostgresCrashTests {
    private static func script(_ server: PostgresServer, _ schema: String) -> String {
      """
      SET idle.timeout = off;
      SET epoch.bytes = 1500;
      SET snapshot.bytes = 20000;
      CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute')
        USING json OPTIONS (path 'sales');
      CREATE SINK totals USING postgres OPTIONS (url '\(server.url)', table '\(schema).totals');
      CREATE SINK minutes USING postgres OPTIONS (url '\(server.url)', table '\(schema).minutes');
      INSERT INTO totals WITH (mode 'update')
        SELECT product, SUM(amount) AS total, COUNT(*) AS n FROM sales GROUP BY product;
      INSERT INTO minutes WITH (mode 'append')
        SELECT product, SUM(amount) AS total, COUNT(*) AS n FROM sales GROUP BY product, window(ts, '1 minute');
      """
    }

    private func progressLines(_ place: Workplace) -> Int {
      ((try? place.read("p.jsonl")) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
    }

    private func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

    @Test func killedWhileItCommitsTheTablesHoldEverySaleOnce() async throws {
      let server = try await PostgresServer.shared
      let schema = try await server.newSchema()
      let place = try Workplace()
      try place.write("q.sql", Self.script(server, schema))
      // What must come out is counted here, by nobody's engine.
      var totals: [String: (total: Int, n: Int)] = [:]
      var minutes: [String: (total: Int, n: Int)] = [:]
      var generator = Numbers(seed: 20)
      for file in 0..<12 {
        var lines = ""
        for row in 0..<250 {
          let (product, amount, second) = ("p\(generator.below(9))", generator.below(1000), file * 250 + row)
          let minute = "2026-03-02T10:" + twoDigits(second / 60)
          totals[product, default: (0, 0)].total += amount
          totals[product, default: (0, 0)].n += 1
          minutes["\(product) \(minute)", default: (0, 0)].total += amount
          minutes["\(product) \(minute)", default: (0, 0)].n += 1
          let time = "\(minute):\(twoDigits(second % 60))Z"
          lines += "{\"product\":\"\(product)\",\"amount\":\(amount),\"ts\":\"\(time)\"}\n"
        }
        try place.write("all/\(file + 10).json", lines)
      }
      try FileManager.default.createDirectory(atPath: place("sales"), withIntermediateDirectories: true)
      let arguments = ["run", "q.sql", "--checkpoint", "state", "--progress", "p.jsonl", "--quiet"]
      var child = try Program.start(arguments, in: place)
      for name in place.names("all") {
        let before = progressLines(place)
        try place.write("sales/\(name)", try place.read("all/\(name)"))
        // Epochs of a few rows follow each other: nearly always one is on its way into the tables.
        let wanted = before + 1 + generator.below(6)
        try await eventually("progress: \(child.errors)") { progressLines(place) >= wanted || !child.isRunning }
        try await Task.sleep(for: .microseconds(generator.below(8000)))
        #expect(child.isRunning, "\(child.errors)")
        try await child.killAndWait()
        child = try Program.start(arguments, in: place)
      }
      try await child.killAndWait()
      let last = try await Program.run(arguments + ["--once"], in: place)
      #expect(last.status == 0, "\(last.errors)")

      func lines(_ expected: [String: (total: Int, n: Int)]) -> [String] {
        expected.map { "\($0.key.split(separator: " ")[0]) \($0.value.total) \($0.value.n)" }.sorted()
      }
      #expect(try await server.query("SELECT product, total, n FROM \(schema).totals").sorted() == lines(totals))
      #expect(try await server.query("SELECT product, total, n FROM \(schema).minutes").sorted() == lines(minutes))
    }
  }

  /// Numbers by seed (the generator of Knuth's MMIX).
  private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
  }
#endif
