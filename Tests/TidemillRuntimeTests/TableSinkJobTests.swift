#if SQLite
  import Foundation
  import GRDB
  import SQLiteConnector
  import TableTesting
  import Testing
  import Tidemill
  import TidemillTesting

  #if Postgres
    import PostgresConnector
  #endif

  /// Jobs that write a database and are broken off at any step.
  @Suite struct TableSinkJobTests {
    private struct Broken: Error {}

    /// Breaks some writes off: before they reach the table, or after they did and before the job knows.
    private final class Breaking: Sink {
      private let inner: any Sink
      private let breaks: @Sendable (Epoch) -> (before: Bool, after: Bool)

      init(_ inner: any Sink, _ breaks: @escaping @Sendable (Epoch) -> (before: Bool, after: Bool)) {
        self.inner = inner
        self.breaks = breaks
      }

      var description: String { inner.description }
      func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await inner.open(shape, lastEpoch: lastEpoch) }
      func write(_ batch: Batch, epoch: Epoch) async throws {
        if breaks(epoch).before { throw Broken() }
        try await inner.write(batch, epoch: epoch)
        if breaks(epoch).after { throw Broken() }
      }
      func close() async throws { try await inner.close() }
    }

    private static let queries = [
      "SELECT k, window(ts, '1 minute') AS w, sum(v) AS total FROM events GROUP BY k, window(ts, '1 minute')",
      "SELECT k, session_window(ts, '20 seconds') AS w, sum(v) AS total FROM events GROUP BY k, session_window(ts, '20 seconds')",
      "SELECT sum(v) AS total, window(ts, '1 minute') AS w FROM events GROUP BY k, window(ts, '1 minute')",
    ]

    private func shown(_ rows: [[Value]]) -> [String] {
      rows.map { row in
        row.flatMap { value in
          if case .window(let start, let end) = value { return [shown(start), shown(end)] }
          return [value.description]
        }.joined(separator: " ")
      }.sorted()
    }

    private func shown(_ time: EventTime) -> String { String(time.description.dropLast()) + ".000000Z" }

    private func rows(ofDatabase path: String) throws -> [String] {
      let database = try DatabaseQueue(path: path)
      defer { try? database.close() }
      return try database.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM totals").map { row in
          row.databaseValues.map { $0.isNull ? "NULL" : String.fromDatabaseValue($0) ?? "\($0)" }.joined(separator: " ")
        }.sorted()
      }
    }

    @Test(arguments: OutputMode.allCases, 0..<3)
    func tableOfSQLiteHoldsTheResultWhereverTheJobIsBrokenOff(mode: OutputMode, query: Int) async throws {
      let directory = NSTemporaryDirectory() + "tidemill-job-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let path = directory + "/results.db"
      try await breakOff(mode, Self.queries[query], SQLiteSink(path: path, table: "totals")) { try rows(ofDatabase: path) }
    }

    #if Postgres
      @Test(arguments: OutputMode.allCases, 0..<3)
      func tableOfPostgresHoldsTheResultWhereverTheJobIsBrokenOff(mode: OutputMode, query: Int) async throws {
        let server = try await PostgresServer.shared
        let table = "\(try await server.newSchema()).totals"
        try await breakOff(mode, Self.queries[query], try PostgresSink(url: server.url, table: table)) {
          // Times as SQLite has them.
          try await server.query("SELECT row_to_json(t) FROM \(table) t").map { row in
            let object = try JSONSerialization.jsonObject(with: Data(row.utf8)) as! [String: Any]
            return row.columnsInOrder.map { name in
              switch object[name] {
              case let text as String: text.replacingOccurrences(of: "+00:00", with: ".000000Z")
              case let number as NSNumber: number.stringValue
              default: "NULL"
              }
            }.joined(separator: " ")
          }.sorted()
        }
      }
    #endif

    private func breakOff(
      _ mode: OutputMode, _ sql: String, _ makeSink: @escaping @autoclosure () throws -> any Sink,
      content: () async throws -> [String]
    ) async throws {
      let straight = try EventStream((mode, sql))
      let whole = try straight.start()
      var events = try EventStream((mode, sql))
      var job: JobDriver?
      func start(_ breaks: @escaping @Sendable (Epoch) -> (before: Bool, after: Bool)) throws {
        // The lock of the checkpoint dies with its job.
        job = nil
        let next = try EventStream(after: events, (mode, sql))
        let sink = try makeSink()
        next.makeSink = { _ in Breaking(sink, breaks) }
        events = next
        job = try next.start(onDisk: true)
      }
      try start { _ in (false, false) }
      for round in 0..<12 {
        let rows: [(k: String?, v: Int64, at: Int)] = [
          ("a", Int64(round), round * 9), (nil, 1, round * 9 + 2), (round % 2 == 0 ? "b" : "c", 3, round * 12),
        ]
        for row in rows {
          events.arrive(row)
          straight.arrive(row)
        }
        try await whole.settle()
        let kind = round % 4
        if kind == 0 {
          try await job!.settle()
        } else {
          if kind == 3 { try await job!.stop() } else { try await job!.settle() }
          try start { _ in (kind == 1, kind == 2) }
          events.arrive(("d", 1, round * 9))
          straight.arrive(("d", 1, round * 9))
          try await whole.settle()
          // A job that is broken off is gone, as a killed process is.
          _ = try? await job!.settle()
          try start { _ in (false, false) }
          try await job!.settle()
        }
        #expect(try await content() == shown(straight.sinks["q0"]!.table), "after round \(round)")
      }
      #expect(!straight.sinks["q0"]!.table.isEmpty)
      try await job!.stop()
    }
  }

  extension String {
    /// The names of a JSON object's members as they stand.
    fileprivate var columnsInOrder: [String] {
      ["k", "total", "w_start", "w_end"].compactMap { name in range(of: "\"\(name)\":").map { (name, $0.lowerBound) } }
        .sorted { $0.1 < $1.1 }.map(\.0)
    }
  }
#endif
