#if Postgres
  import Synchronization
  import TableTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import PostgresConnector

  /// A server that goes away and comes back, once and again: one that no other tests use.
  @Suite(.serialized) struct PostgresFaultTests {
    private static let first = Task { try await PostgresServer() }
    private static var server: PostgresServer { get async throws { try await first.value } }
    private static let schema = Schema(Field("k", .string), Field("n", .bigint))
    private static let shape = ResultShape(schema: schema, key: [0], mode: .update, zone: .utc, queryName: "totals")

    private func batch(_ rows: (k: String?, n: Int64)...) -> Batch {
      Batch(schema: Self.schema, rows: rows.map { [$0.k.map { .string($0) } ?? .null, .integer($0.n)] })
    }

    private final class Reports: Sendable {
      let texts = Mutex<[String]>([])
      var all: [String] { texts.withLock { $0 } }
      func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    /// Holds the sink back while it waits, until the server is there again.
    private final class Gate: Sendable {
      private let isOpen = Mutex(false)
      func open() { isOpen.withLock { $0 = true } }
      func pass() async throws { while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) } }
    }

    /// A sink that does this when it waits for the server.
    private func sink(
      _ server: PostgresServer, _ schema: String, _ reports: Reports, whileWaiting: @escaping @Sendable () async throws -> Void
    )
      throws
      -> PostgresSink
    {
      try PostgresSink(
        url: server.url, table: "\(schema).totals", owner: "sink hourly", report: { reports.add($0) },
        pause: { _ in try await whileWaiting() })
    }

    @Test func aServerThatComesBackIsWaitedFor() async throws {
      let server = try await Self.server
      let schema = try await server.newSchema()
      let reports = Reports()
      try await server.crash()
      // Not there yet when the job starts.
      let sink = try sink(server, schema, reports) { if reports.all.count == 2 { try await server.start() } }
      try await sink.open(Self.shape, lastEpoch: .none)
      let place = "PostgreSQL at 127.0.0.1:\(server.port)/postgres"
      #expect(reports.all.count == 3)
      #expect(reports.all[0].hasPrefix("sink hourly: waiting for \(place): "))
      #expect(reports.all[0].contains("Connection refused") && reports.all[0].hasSuffix("; try 2, again in 250 milliseconds"))
      #expect(reports.all[1].hasSuffix("; try 3, again in 500 milliseconds"))
      #expect(reports.all[2] == "sink hourly: \(place) is there again")
      // Gone between two epochs.
      try await sink.write(batch(("a", 1), (nil, 2)), epoch: Epoch(1))
      try await server.crash()
      try await server.start()
      try await sink.write(batch(("a", 3)), epoch: Epoch(2))
      #expect(try await server.query("SELECT * FROM \(schema).totals ORDER BY n") == ["∅ 2", "a 3"])
      try await sink.close()
    }

    @Test func aServerThatDiesInTheMiddleOfAnEpochGetsItAgain() async throws {
      let server = try await Self.server
      let schema = try await server.newSchema()
      let reports = Reports()
      let gate = Gate()
      let sink = try sink(server, schema, reports) { try await gate.pass() }
      try await sink.open(Self.shape, lastEpoch: .none)
      try await sink.write(batch(("a", 1), (nil, 2)), epoch: Epoch(1))
      try await server.query(
        "CREATE FUNCTION \(schema).slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'")
      try await server.query("CREATE TRIGGER slow AFTER INSERT ON \(schema).totals EXECUTE FUNCTION \(schema).slow()")
      let changes = batch(("a", 5), ("b", 6), (nil, 7))
      let writing = Task { try await sink.write(changes, epoch: Epoch(2)) }
      try await server.wait(
        for: "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tidemill' AND wait_event = 'PgSleep'")
      try await server.crash()
      try await server.start()
      #expect(try await server.query("SELECT * FROM \(schema).totals ORDER BY n") == ["a 1", "∅ 2"])
      try await server.query("DROP TRIGGER slow ON \(schema).totals")
      gate.open()
      try await writing.value
      #expect(try await server.query("SELECT * FROM \(schema).totals ORDER BY n") == ["a 5", "b 6", "∅ 7"])
      #expect(try await server.query("SELECT epoch FROM \(schema).tidemill_epochs") == ["2"])
      try await sink.close()
    }

    @Test func aCommitWhoseAnswerIsLostIsNotMadeTwice() async throws {
      let server = try await Self.server
      let schema = try await server.newSchema()
      let reports = Reports()
      let gate = Gate()
      let shape = ResultShape(schema: Self.schema, key: nil, mode: .append, zone: .utc, queryName: "totals")
      let sink = try sink(server, schema, reports) { try await gate.pass() }
      try await sink.open(shape, lastEpoch: .none)
      try await sink.write(batch(("a", 1)), epoch: Epoch(1))
      // A commit is made here and then waits for a second server, which there is not: no answer comes.
      try await server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
      try await server.query("SELECT pg_reload_conf()")
      try await server.wait(for: "SELECT 1 WHERE current_setting('synchronous_standby_names') = 'nobody'")
      let changes = batch(("b", 2), ("b", 2))
      let writing = Task { try await sink.write(changes, epoch: Epoch(2)) }
      try await server.wait(
        for: "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tidemill' AND wait_event = 'SyncRep'")
      #expect(
        try await server.query(
          "SELECT query FROM pg_stat_activity WHERE application_name = 'tidemill' AND wait_event = 'SyncRep'")
          == ["COMMIT"])
      try await server.removeSettings()
      try await server.crash()
      try await server.start()
      #expect(try await server.query("SELECT epoch FROM \(schema).tidemill_epochs") == ["2"], "the commit was made")
      gate.open()
      try await writing.value
      #expect(reports.all.count >= 2)
      #expect(try await server.query("SELECT * FROM \(schema).totals ORDER BY n") == ["a 1", "b 2", "b 2"])
      try await sink.write(batch(("c", 3)), epoch: Epoch(3))
      #expect(try await server.query("SELECT count(*) FROM \(schema).totals") == ["4"])
      try await sink.close()
    }

    @Test func aServerThatDiesAgainAndAgainEndsUpWithAllEpochs() async throws {
      let server = try await Self.server
      let schema = try await server.newSchema()
      let reports = Reports()
      let sink = try PostgresSink(
        url: server.url, table: "\(schema).totals", owner: "sink hourly", report: { reports.add($0) },
        pause: { _ in try await Task.sleep(for: .milliseconds(1)) })
      try await sink.open(Self.shape, lastEpoch: .none)
      let written = Mutex(0)
      let writing = Task {
        for epoch in 1...150 {
          let rows = (0..<200).map { [Value.string("key \(($0 * epoch) % 977)"), .integer(Int64(epoch))] }
          let unique = Dictionary(rows.map { ($0[0], $0) }) { $1 }
          try await sink.write(Batch(schema: Self.schema, rows: Array(unique.values)), epoch: Epoch(UInt64(epoch)))
          written.withLock { $0 = epoch }
        }
      }
      for goal in [10, 45, 80] {
        while written.withLock({ $0 }) < goal { try await Task.sleep(for: .milliseconds(1)) }
        try await server.crash()
        try await server.start()
      }
      try await writing.value
      var expected: [String: Int] = [:]
      for epoch in 1...150 { for row in 0..<200 { expected["key \((row * epoch) % 977)"] = epoch } }
      #expect(
        try await server.query("SELECT k, n FROM \(schema).totals").sorted()
          == expected.map { "\($0.key) \($0.value)" }.sorted())
      #expect(!reports.all.isEmpty)
      try await sink.close()
    }

    @Test func aQueryThatIsToEndDoesNotWaitForItsServer() async throws {
      // Nobody listens there.
      let (began, reports) = (ContinuousClock.now, Reports())
      let sink = try PostgresSink(
        url: "postgresql://ada:secret@127.0.0.1:1/sales", table: "totals", owner: "sink hourly",
        report: { reports.add($0) }, pause: { _ in try await Task.sleep(for: .seconds(600)) })
      let opening = Task { try await sink.open(Self.shape, lastEpoch: .none) }
      while reports.all.isEmpty { await Task.yield() }
      sink.interrupt()
      let error = await #expect(throws: TidemillError.self) { try await opening.value }
      #expect(error?.message.hasPrefix("sink hourly: stopped while it waited for PostgreSQL at 127.0.0.1:1/sales: ") == true)
      #expect(error?.hint?.contains("start again with the same checkpoint") == true)
      // Nor from then on.
      await #expect(throws: TidemillError.self) { try await sink.open(Self.shape, lastEpoch: .none) }
      #expect(reports.all.count == 1)
      #expect(ContinuousClock.now - began < .seconds(300))
    }

    @Test func aServerThatStaysAwayEndsTheJob() async throws {
      let reports = Reports()
      let sink = try PostgresSink(
        url: "postgresql://u@127.0.0.1:1/db", table: "t",
        options: PostgresSink.Options(retryLimit: TimeSpan(microseconds: 600_000)),
        owner: "sink hourly", report: { reports.add($0) }, pause: { _ in })
      let error = await tidemillError { try await sink.open(Self.shape, lastEpoch: .none) }
      #expect(error?.message.hasPrefix("PostgreSQL at 127.0.0.1:1/db could not be used for") == true)
      #expect(error?.hint?.contains("start again with the same checkpoint") == true)
      #expect(error?.isRetryable == true)
      // How many attempts the limit leaves room for is the machine's matter; that it waits is told before each further one.
      #expect((1...2).contains(reports.all.count))
    }

    @Test func aTableThatSomebodyHoldsIsWaitedForInSight() async throws {
      let server = try await PostgresServer.shared
      let schema = try await server.newSchema()
      let reports = Reports()
      let other = try PostgresConnection(PostgresAddress(server.url, owner: "test"))
      let gate = Gate()
      // The server gives up a wait for a lock at once.
      let sink = try PostgresSink(
        url: server.url + "?options=-c%20lock_timeout%3D1ms", table: "\(schema).totals", owner: "sink hourly",
        report: { text in
          reports.add(text)
          gate.open()
        }, pause: { _ in try await Task.sleep(for: .milliseconds(1)) })
      try await sink.open(Self.shape, lastEpoch: .none)
      try other.run("BEGIN")
      try other.run("LOCK TABLE \(schema).totals")
      let changes = batch(("a", 1))
      let writing = Task { try await sink.write(changes, epoch: Epoch(1)) }
      try await gate.pass()
      try other.run("COMMIT")
      try await writing.value
      #expect(reports.all[0].contains("canceling statement due to lock timeout; try 2"))
      #expect(reports.all.last?.hasSuffix("is there again") == true)
      #expect(try await server.query("SELECT * FROM \(schema).totals") == ["a 1"])
    }

    @Test func aTableThatHasLostEpochsIsNotWrittenOn() async throws {
      let server = try await PostgresServer.shared
      let schema = try await server.newSchema()
      let sink = try PostgresSink(url: server.url, table: "\(schema).totals")
      try await sink.open(Self.shape, lastEpoch: .none)
      for epoch in 1...3 { try await sink.write(batch(("a", Int64(epoch))), epoch: Epoch(UInt64(epoch))) }
      // What a copy of the server would hold that lagged behind.
      try await server.query("UPDATE \(schema).tidemill_epochs SET epoch = 2")
      let error = await tidemillError { try await sink.write(batch(("a", 4)), epoch: Epoch(4)) }
      #expect(error?.message == "table \(schema).totals ends at epoch 2, and epoch 3 had been written to it")
    }

    @Test func failuresAreToldApart() {
      func failure(_ state: String?) -> PostgresFailure { PostgresFailure(message: "no", state: state) }
      for state in [nil, "08006", "57P01", "57P03", "53300", "55P03", "40001", "40P01"] {
        #expect(failure(state).isRetryable, "\(state ?? "")")
      }
      for state in ["28P01", "3D000", "42501", "53100", "23505", "22021", "42P01"] {
        #expect(!failure(state).isRetryable, "\(state)")
      }
    }
  }
#endif
