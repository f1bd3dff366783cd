#if SQLite
  import Foundation
  import Testing
  import Tidemill

  /// Views that scripts make.
  @Suite struct ViewSessionTests {
    private let directory: String

    init() throws {
      directory = NSTemporaryDirectory() + "tidemill-view-session-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: directory + "/sales", withIntermediateDirectories: true)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private func write(_ name: String, _ sales: [(product: String, amount: Int, time: String)]) throws {
      let lines = sales.map {
        "{\"product\":\"\($0.product)\",\"amount\":\($0.amount),\"ts\":\"2024-01-01T\($0.time)Z\"}\n"
      }
      try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: "\(directory)/sales/\(name)"), options: .atomic)
    }

    private func script(_ statements: String) -> String {
      """
      CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '10 minutes')
        USING json OPTIONS (path '\(directory)/sales');
      \(statements)
      """
    }

    private static let hourly =
      "SELECT product, SUM(amount) AS total, window(ts, '1 hour') AS w FROM sales GROUP BY product, window(ts, '1 hour')"

    private func run(
      _ text: String, _ trigger: Trigger = .availableNow, checkpoint: String? = nil
    ) async throws -> [MaterializedView] {
      let session = Session()
      var options = StartOptions()
      options.trigger = trigger
      options.checkpoint = checkpoint
      let query = try session.start(
        session.plan(text, PlanOptions(closesAtEnd: trigger == .once)), options
      ) { _ in MemorySink() }
      try await query.awaitTermination()
      return query.views
    }

    private func totals(_ view: MaterializedView) async throws -> [String] {
      try await Session.query("SELECT product, total, w.start AS s FROM \(view.name) ORDER BY s, product", over: [view])
        .batch.rows.map { "\($0[0]) \($0[1]) \($0[2])" }
    }

    @Test func aViewGoesOnFromItsCheckpoint() async throws {
      defer { remove() }
      let text = script("CREATE MATERIALIZED VIEW hourly OPTIONS (retain '2 hours') AS \(Self.hourly)")
      try write("1.json", [("tea", 5, "10:01:00"), ("milk", 7, "10:02:00")])
      let first = try await run(text, checkpoint: directory + "/state")[0]
      #expect(try await totals(first) == ["milk 7 2024-01-01T10:00:00Z", "tea 5 2024-01-01T10:00:00Z"])
      #expect(first.options.retain == .hours(2))
      #expect(FileManager.default.fileExists(atPath: directory + "/state/views/hourly.sqlite"))
      let before = try await first.read()
      try write("2.json", [("tea", 1, "10:59:00"), ("tea", 2, "11:30:00")])
      let second = try await run(text, checkpoint: directory + "/state")[0]
      #expect(
        try await totals(second) == [
          "milk 7 2024-01-01T10:00:00Z", "tea 6 2024-01-01T10:00:00Z", "tea 2 2024-01-01T11:00:00Z",
        ])
      let after = try await second.read()
      // A checkpoint that is put back goes on from the same epoch, but not in the same way.
      #expect(after.token != before.token)
      #expect(after.epoch > before.epoch)
      guard case .change(let change) = try await second.changes.next(after: before.epoch) else {
        Issue.record("no change")
        return
      }
      #expect(change.batch.count == 2)
      guard case .ended = try await second.changes.next(after: after.epoch) else {
        Issue.record("the job has ended")
        return
      }
    }

    @Test func viewsStandBesideSinksAndShownQueries() async throws {
      defer { remove() }
      try write("1.json", [("tea", 5, "10:01:00"), ("milk", 7, "11:02:00")])
      let views = try await run(
        script(
          """
          CREATE SINK out USING json OPTIONS (path '\(directory)/out');
          CREATE MATERIALIZED VIEW hourly AS \(Self.hourly);
          CREATE MATERIALIZED VIEW IF NOT EXISTS hourly AS SELECT product FROM sales;
          CREATE MATERIALIZED VIEW rows OPTIONS (every '1 second') AS SELECT product, amount FROM sales;
          INSERT INTO out SELECT product, COUNT(*) AS n FROM sales GROUP BY product;
          SELECT COUNT(*) AS n FROM sales;
          """), .once)
      #expect(views.map(\.name) == ["hourly", "rows"])
      #expect(views.map(\.key) == [[0, 2], nil])
      let result = try await Session.query(
        "SELECT h.product, r.amount, h.total FROM hourly h JOIN rows r ON h.product = r.product ORDER BY 2", over: views)
      #expect(
        result.batch.rows == [
          [.string("tea"), .integer(5), .integer(5)], [.string("milk"), .integer(7), .integer(7)],
        ])
      #expect(Set(result.epochs.keys) == ["hourly", "rows"])
    }

    @Test(arguments: [
      (
        "CREATE MATERIALIZED VIEW v OPTIONS (keep '1 day') AS SELECT product FROM sales", "keep '1 day'",
        "a view has no option keep"
      ),
      (
        "CREATE MATERIALIZED VIEW v OPTIONS (retain 'long') AS SELECT product FROM sales", "retain 'long'",
        "retain cannot be 'long'"
      ),
      (
        "CREATE MATERIALIZED VIEW v OPTIONS (every '0 seconds') AS SELECT product FROM sales", "every '0 seconds'",
        "every cannot be"
      ),
      ("CREATE MATERIALIZED VIEW v OPTIONS (ttl '-1 day') AS SELECT product FROM sales", "ttl '-1 day'", "ttl cannot be"),
      ("CREATE MATERIALIZED VIEW sales AS SELECT product FROM sales", "sales", "there is already a stream `sales`"),
      (
        "CREATE SINK v USING console; CREATE MATERIALIZED VIEW v AS SELECT product FROM sales", "v",
        "there is already a sink `v`"
      ),
      (
        "CREATE MATERIALIZED VIEW v AS SELECT product FROM sales; CREATE SINK v USING console", "v",
        "there is already a view `v`"
      ),
      (
        "CREATE MATERIALIZED VIEW v AS SELECT product FROM sales; CREATE MATERIALIZED VIEW V AS SELECT product FROM sales", "V",
        "there is already a view"
      ),
      (
        "CREATE MATERIALIZED VIEW v AS SELECT product FROM sales; CREATE STREAM v (a INT) USING stdin", "v",
        "there is already a view `v`"
      ),
      ("CREATE MATERIALIZED VIEW v AS SELECT product FROM sales; SELECT * FROM v", "v", "`v` is a view"),
      ("CREATE SINK v USING view", "CREATE SINK v USING view", "a view is no sink"),
      ("CREATE MATERIALIZED VIEW v AS SELECT prod FROM sales", "prod", "prod"),
    ])
    func mistakesArePointedAt(statements: String, place: String, message: String) throws {
      defer { remove() }
      let text = script(statements)
      let error = #expect(throws: TidemillError.self) { try Session().plan(text) }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
      #expect(error?.range.map { $0.text(in: text) } == place)
    }

    @Test func explainSaysWhatAViewIs() throws {
      defer { remove() }
      let plan = try Session().plan(
        script("EXPLAIN CREATE MATERIALIZED VIEW hourly OPTIONS (every '10 seconds') AS \(Self.hourly)"))
      #expect(
        plan.explanations[0].hasPrefix("Output update key=[product, w] every 10 seconds to hourly\n"), "\(plan.explanations)")
    }

    @Test func aModeFromOutsideDoesNotChangeAView() throws {
      defer { remove() }
      let plan = try Session().plan(
        script("CREATE MATERIALIZED VIEW hourly AS \(Self.hourly)"), PlanOptions(outputMode: .append))
      #expect(plan.queries[0].outputs.map(\.mode) == [.update])
      #expect(plan.views == ["hourly"])
    }

    @Test func aJobThatFailsBeforeItsViewsAreOpenSaysSoToTheirReaders() async throws {
      defer { remove() }
      try write("1.json", [("tea", 5, "10:01:00")])
      let text = script("CREATE MATERIALIZED VIEW hourly AS \(Self.hourly)")
      _ = try await run(text, checkpoint: directory + "/state")
      try FileManager.default.removeItem(atPath: directory + "/state/views")
      let session = Session()
      var options = StartOptions()
      options.trigger = .availableNow
      options.checkpoint = directory + "/state"
      let query = try session.start(session.plan(text), options) { _ in MemorySink() }
      let view = query.views[0]
      await #expect(throws: TidemillError.self) { try await view.read() }
      await #expect(throws: TidemillError.self) { try await query.awaitTermination() }
      guard case .ended = try await view.changes.next(after: .none) else {
        Issue.record("the job has ended")
        return
      }
    }
  }
#endif
