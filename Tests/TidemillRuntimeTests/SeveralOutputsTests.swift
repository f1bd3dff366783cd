import FileConnector
import Foundation
import Testing
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillTesting

#if SQLite
  import GRDB
  import SQLiteConnector
#endif

/// One aggregation, several sinks, each in a mode of its own.
@Suite struct SeveralOutputsTests {
  @Test func outputsShareOneStateAndEachHasItsMode() async throws {
    let events = try EventStream(beside: [.append], (.update, EventStream.perMinute))
    events.arrive(("a", 1, 5), ("b", 2, 10))
    let job = try events.start()
    try await job.settle()
    events.arrive(("a", 4, 20), ("a", 8, 80))
    try await job.settle()
    #expect(events.rows() == ["a [0,60) 1", "b [0,60) 2", "a [0,60) 5", "a [60,120) 8"])
    #expect(events.rows("q0_append").sorted() == ["a [0,60) 5", "b [0,60) 2"])
    #expect(events.input.readCount == 4)
    let last = try #require(events.progress.all.last)
    #expect(events.progress.all.count == 2)
    #expect(last.stateOperators.map(\.name) == ["aggregate"])
    #expect(last.sinks.map(\.mode) == [.update, .append])
    #expect(last.sinks.map(\.numOutputRows) == [2, 2])
    #expect(last.numOutputRows == 4)
    #expect(last.sinkDescription == "memory, memory")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(last.json.utf8)) as? [String: Any])
    #expect((json["sinks"] as? [[String: Any]])?.map { $0["outputMode"] as? String } == ["update", "append"])
  }

  /// Runs a job with some outputs, then one with others on its checkpoint.
  private func goingOn(
    _ sql: String, _ first: (OutputMode, beside: [OutputMode]), _ second: (OutputMode, beside: [OutputMode])
  ) async throws -> EventStream {
    let earlier = try EventStream(beside: first.beside, (first.0, sql))
    earlier.arrive(("a", 1, 5), ("b", 2, 10), ("a", 4, 130))
    let job = try earlier.start(onDisk: true)
    try await job.settle()
    try await job.stop()
    let later = try EventStream(after: earlier, beside: second.beside, (second.0, sql))
    let again = try later.start(onDisk: true)
    later.arrive(("a", 16, 140), ("c", 64, 400))
    try await again.settle()
    return later
  }

  @Test func anOutputThatIsAddedGetsWhatComesFromThenOn() async throws {
    let added = try await goingOn(EventStream.perMinute, (.update, []), (.update, [.append]))
    #expect(added.rows() == ["a [120,180) 20", "c [360,420) 64"])
    // [0,60) had closed before there was anybody to get it.
    #expect(added.rows("q0_append") == ["a [120,180) 20"])
    let removed = try await goingOn(EventStream.perMinute, (.update, [.append]), (.update, []))
    #expect(removed.rows() == added.rows())
  }

  private static let best =
    "SELECT k, w, total FROM (\(EventStream.perMinute)) QUALIFY row_number() OVER (PARTITION BY w ORDER BY total DESC) <= 1"

  @Test func anOutputWhoseStateIsNotThereIsRefused() async throws {
    let error = try await #require(throws: TidemillError.self) {
      try await goingOn(Self.best, (.update, []), (.update, [.append]))
    }
    #expect(error.code == .checkpoint)
    #expect(error.message.contains("in update mode, and the query now runs in append and update mode"))
    #expect(error.hint?.contains("ROW_NUMBER") == true)
    // What one mode kept for itself goes with its output.
    let removed = try await goingOn(Self.best, (.update, [.append]), (.append, []))
    #expect(removed.rows() == ["a [120,180) 20"])
    let kept = try await goingOn(Self.best, (.append, [.update]), (.append, [.update]))
    #expect(kept.rows("q0_update") == ["a [120,180) 20", "c [360,420) 64"])
  }

  private func error(_ insert: String, declaring sink: String = "") -> TidemillError? {
    let script = """
      CREATE STREAM s (k STRING, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute') USING json OPTIONS (path 'in');
      CREATE SINK a USING json OPTIONS (path 'a'); CREATE SINK b USING json OPTIONS (path 'b'); \(insert)
      """
    do { _ = try Session().plan(script) } catch { return error as? TidemillError }
    return nil
  }

  @Test func whatCannotShareAStateIsRefusedByName() {
    let perKey = "SELECT k, count(*) AS n FROM s GROUP BY k"
    let perMinute = "SELECT k, window(ts, '1 minute') AS w, count(*) AS n FROM s GROUP BY k, window(ts, '1 minute')"
    #expect(error("INSERT INTO a, b \(perKey)") == nil)
    #expect(error("INSERT INTO a WITH (mode 'append'), b \(perMinute)") == nil)
    #expect(error("INSERT INTO a WITH (mode 'append'), b \(perKey)")?.message.contains("append mode gives a result") == true)
    let complete = error("INSERT INTO a, b WITH (mode 'complete') \(perMinute)")
    #expect(complete?.message.contains("complete mode keeps every window open") == true)
    #expect(complete?.range != nil)
    #expect(error("INSERT INTO a, a \(perKey)")?.message == "the sink `a` stands twice in one INSERT")
    #expect(error("INSERT INTO a, c \(perKey)")?.message == "there is no sink `c`")
    #expect(error("INSERT INTO a, \(perKey)")?.message.contains("the name of a sink") == true)
    #expect(error("INSERT INTO a, b \(perKey); INSERT INTO b \(perKey)")?.message.contains("two queries write") == true)
    let ttls = error("INSERT INTO a WITH (ttl '1 day'), b WITH (ttl '2 days') \(perKey)")
    #expect(ttls?.message.contains("cannot have two ttls") == true)
    #expect(error("INSERT INTO a WITH (ttl '1 day'), b \(perKey)") == nil)
    #expect(error("INSERT INTO a, b WITH (path 'x') \(perKey)")?.message == "INSERT has no option path")
  }

  @Test func explainNamesEachOutput() throws {
    let plan = try Session().plan(
      """
      CREATE STREAM s (k STRING, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute') USING json OPTIONS (path 'in');
      CREATE SINK a USING json OPTIONS (path 'a'); CREATE SINK b USING json OPTIONS (path 'b', mode 'append');
      EXPLAIN INSERT INTO a, b
      SELECT k, window(ts, '1 minute') AS w, count(*) AS n FROM s GROUP BY k, window(ts, '1 minute')
      """)
    #expect(plan.explanations[0].hasPrefix("Output update key=[k, w] to a\nOutput append key=[k, w] to b\n  "))
  }

  #if SQLite
    private struct Broken: Error {}

    /// Breaks writes off: before they reach the sink, or after they did and before the job knows.
    private final class Breaking: Sink {
      enum Moment { case never, before, after }
      private let inner: any Sink
      private let moment: Moment

      init(_ inner: any Sink, _ moment: Moment) {
        self.inner = inner
        self.moment = moment
      }

      var description: String { inner.description }
      func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try await inner.open(shape, lastEpoch: lastEpoch) }
      func write(_ batch: Batch, epoch: Epoch) async throws {
        if moment == .before { throw Broken() }
        try await inner.write(batch, epoch: epoch)
        if moment == .after { throw Broken() }
      }
      func close() async throws { try await inner.close() }
    }

    private func table(_ path: String) throws -> [String] {
      let database = try DatabaseQueue(path: path)
      defer { try? database.close() }
      return try database.read { db in
        try Row.fetchAll(db, sql: "SELECT k, total, w_start FROM totals").map { row in
          row.databaseValues.map { String.fromDatabaseValue($0) ?? "NULL" }.joined(separator: " ")
        }.sorted()
      }
    }

    private func lines(_ disk: SimulatedFileSystem) throws -> [String] {
      guard disk.exists("finals") else { return [] }
      return try disk.names(in: "finals").filter { $0.hasSuffix(".json") }.flatMap { name in
        String(decoding: try disk.read("finals/\(name)"), as: UTF8.self).split(separator: "\n").map(String.init)
      }.sorted()
    }

    /// A table of what changed and files of what is final, with the job broken off before, between and after their writes.
    @Test(arguments: [
      EventStream.perMinute,
      "SELECT k, session_window(ts, '20 seconds') AS w, sum(v) AS total FROM events GROUP BY k, session_window(ts, '20 seconds')",
      Self.best,
    ])
    func everySinkHasEveryEpochOnceWhereverTheJobIsBrokenOff(sql: String) async throws {
      let directory = NSTemporaryDirectory() + "tidemill-outputs-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: directory) }
      func start(
        _ events: EventStream, _ database: String, table: Breaking.Moment = .never, files: Breaking.Moment = .never
      ) throws -> JobDriver {
        let sqlite = SQLiteSink(path: "\(directory)/\(database).db", table: "totals")
        let finals = FileSink(
          directory: "finals", writer: JSONWriter(zone: .utc), fileExtension: "json", files: events.disk)
        events.makeSink = { $0 == "q0" ? Breaking(sqlite, table) : Breaking(finals, files) }
        return try events.start(onDisk: true)
      }
      let straight = try EventStream(beside: [.append], (.update, sql))
      let whole = try start(straight, "straight")
      var events = try EventStream(beside: [.append], (.update, sql))
      var job: JobDriver? = try start(events, "broken")
      let moments: [(table: Breaking.Moment, files: Breaking.Moment)] = [
        (.before, .never), (.after, .never), (.never, .before), (.never, .after), (.never, .never),
      ]
      func arrive(_ rows: (k: String?, v: Int64, at: Int)...) {
        for row in rows {
          events.arrive(row)
          straight.arrive(row)
        }
      }
      func restart(_ moment: (table: Breaking.Moment, files: Breaking.Moment)) throws {
        // The lock of the checkpoint dies with its job.
        job = nil
        events = try EventStream(after: events, beside: [.append], (.update, sql))
        job = try start(events, "broken", table: moment.table, files: moment.files)
      }
      for round in 0..<15 {
        arrive(("a", Int64(round), round * 9), (round % 2 == 0 ? "b" : "c", 3, round * 12))
        try await whole.settle()
        if round % 3 == 2 { try await job!.stop() } else { try await job!.settle() }
        try restart(moments[round % moments.count])
        arrive(("d", 1, round * 9))
        try await whole.settle()
        _ = try? await job!.settle()
        try restart((.never, .never))
        try await job!.settle()
        #expect(try table("\(directory)/broken.db") == table("\(directory)/straight.db"), "after round \(round)")
        #expect(try lines(events.disk) == lines(straight.disk), "after round \(round)")
      }
      #expect(try lines(straight.disk).count >= 2)
      try await job!.stop()
      try await whole.stop()
    }
  #endif
}
