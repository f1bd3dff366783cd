#if Kafka
  import Foundation
  import Synchronization
  import Testing
  import Tidemill
  import TidemillColumns

  /// The program as users run it, from Kafka to Kafka, killed at every step.
  @Suite(.enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"))
  struct KafkaJobTests {
    private let broker: Broker
    private let client: BrokerClient
    private let input = "in-" + UUID().uuidString
    private let output = "out-" + UUID().uuidString
    private let partitions: Int32 = 3

    init() throws {
      broker = try Broker.shared.get()
      client = try BrokerClient(broker)
      try client.create(input, partitions: partitions)
      try client.create(output, partitions: 1)
    }

    private func script(_ broker: Broker? = nil, options: String = "", sinkOptions: String = "", mode: String = "append")
      -> String
    {
      """
      SET epoch.bytes = 6000;
      SET snapshot.bytes = 30000;
      SET idle.timeout = off;
      CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute')
        USING kafka OPTIONS ('kafka.bootstrap.servers' '\((broker ?? self.broker).servers)', subscribe '\(input)',
          startingOffsets 'earliest', 'kafka.receive.message.max.bytes' '1000000000', maxOffsetsPerTrigger 90\(options));
      CREATE SINK totals USING kafka OPTIONS ('kafka.bootstrap.servers' '\((broker ?? self.broker).servers)', topic '\(output)'\(sinkOptions));
      INSERT INTO totals WITH (mode '\(mode)')
        SELECT product, SUM(amount) AS total, COUNT(*) AS n, window(ts, '1 minute') AS w
        FROM sales GROUP BY product, window(ts, '1 minute');
      """
    }

    /// Sales of half an hour, in each partition in order.
    private func sales(_ count: Int) -> [TestMessage] {
      let start: Int64 = 1_700_000_000_000
      let now = Int64(Date().timeIntervalSince1970) * 1000 - 3_600_000
      return (0..<count).map { number in
        let time = start + Int64(number) * 1_800_000 / Int64(count)
        let text = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(time / 1000)))
        return TestMessage(
          "{\"product\":\"p\(number % 5)\",\"amount\":\(number % 97),\"ts\":\"\(text)\"}",
          partition: Int32(number) % partitions,
          timestamp: now + Int64(number))
      }
    }

    /// The rows of the output topic; each must be there once.
    private func results(_ broker: Broker? = nil) throws -> [String] {
      try BrokerClient.read(output, of: broker ?? self.broker).compactMap(\.value)
    }

    private func expected(_ messages: [TestMessage]) async throws -> [String] {
      let directory = try Folder()
      try directory.write("in/1.json", messages.compactMap(\.value).joined(separator: "\n") + "\n")
      try directory.write(
        "q.sql",
        """
        CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute')
          USING json OPTIONS (path 'in');
        CREATE SINK totals USING json OPTIONS (path 'out');
        INSERT INTO totals WITH (mode 'append')
          SELECT product, SUM(amount) AS total, COUNT(*) AS n, window(ts, '1 minute') AS w
          FROM sales GROUP BY product, window(ts, '1 minute');
        """)
      let outcome = try await directory.run(["run", "q.sql", "--once", "--quiet"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try directory.lines("out").sorted()
    }

    @Test func killedAtEveryStepItGivesEachResultOnce() async throws {
      let messages = sales(3000)
      try client.send(messages, to: input)
      let folder = try Folder()
      try folder.write("q.sql", script())
      let arguments = ["run", "q.sql", "--checkpoint", "state", "--quiet"]
      // Between the last message and the commit, and between the commit and the note that it was done.
      for point in [
        "afterRows:1", "beforeCommit:1", "afterCommit:1", "afterRows:2", "beforeCommit:3", "afterCommit:2", "afterCommit:1",
        "beforeCommit:2",
      ] {
        let outcome = try await folder.run(arguments, environment: ["TIDEMILL_KAFKA_DIE": point])
        #expect(outcome.status == 128 + 9, "\(point): \(outcome.errors)")
      }
      // Anywhere at all.
      for number in 0..<4 {
        let child = try folder.start(arguments)
        try await folder.passes(.milliseconds(150 + 60 * number), while: child)
        child.signal(SIGKILL)
        _ = try await child.outcome()
      }
      let last = try await folder.run(arguments + ["--once"])
      #expect(last.status == 0, "\(last.errors)")
      let wanted = try await expected(messages)
      #expect(try results().sorted() == wanted)
    }

    @Test func aBrokerThatIsRestartedIsWaitedForByBothEnds() async throws {
      let own = try Broker()
      let ownClient = try BrokerClient(own)
      try ownClient.create(input, partitions: partitions)
      try ownClient.create(output, partitions: 1)
      let messages = sales(1500)
      try ownClient.send(Array(messages[..<700]), to: input)
      let folder = try Folder()
      try folder.write("q.sql", script(own, options: ", 'kafka.reconnect.backoff.max.ms' '200'"))
      let child = try folder.start(["run", "q.sql", "--checkpoint", "state"])
      // All of the 13 minutes that are over, so that no transaction is open: this broker forgets one when it ends, and yet confirms
      // it when it is back.
      try await folder.eventually("results") { try results(own).count >= 13 * 5 || !child.isRunning }
      try own.stop()
      // Which end notices first depends on what it was doing.
      let words = ["cannot be reached", "cannot be written to", "takes no messages"]
      try await folder.eventually("a word about it") {
        words.contains { child.errors.contains($0) } || !child.isRunning
      }
      try own.start()
      try BrokerClient(own).send(Array(messages[700...]), to: input)
      // What came before the restart gives 14 minutes of five products at most.
      try await folder.eventually("more results, after: \(child.errors)") {
        try results(own).count > 14 * 5 || !child.isRunning
      }
      #expect(child.isRunning, "\(child.errors)")
      child.signal(SIGTERM)
      _ = try await child.outcome()
      let last = try await folder.run(["run", "q.sql", "--checkpoint", "state", "--once", "--quiet"])
      #expect(last.status == 0, "\(last.errors)")
      let wanted = try await expected(messages)
      let found = try results(own).sorted()
      #expect(
        found == wanted,
        "missing: \(Set(wanted).subtracting(found).sorted()), more: \(found.difference(from: wanted).insertions)")
    }

    @Test func theGroupIsToldHowFarTheStreamWasRead() async throws {
      try client.send(sales(60), to: input)
      let folder = try Folder()
      try folder.write("q.sql", script(options: ", 'kafka.group.id' 'g-\(input)'"))
      let outcome = try await folder.run(["run", "q.sql", "--checkpoint", "state", "--trigger", "available-now", "--quiet"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try BrokerClient.committed("g-\(input)", input, partitions: partitions, of: broker) == [20, 20, 20])
    }

    @Test func aSecretIsNowhereToBeSeen() async throws {
      let secret = "hunter2-hunter2"
      let folder = try Folder()
      try folder.write("secret", secret + "\n")
      let text = script(
        options: ", 'kafka.security.protocol' 'sasl_plaintext', 'kafka.sasl.mechanism' 'PLAIN', 'kafka.sasl.username' 'u', "
          + "'kafka.sasl.password' '${file:\(folder.path)/secret}', unavailableTimeout '1 second'",
        sinkOptions: ", unavailableTimeout '1 second'")
      try folder.write("q.sql", text)
      // A broker with a login works, and so does what is told of one that is not there.
      let logged = try await folder.run(["run", "q.sql", "--checkpoint", "state", "--progress", "p.jsonl", "--once"])
      #expect(logged.status == 0, "\(logged.errors)")
      try folder.write("explain.sql", text.replacing("INSERT INTO", with: "EXPLAIN INSERT INTO"))
      let explained = try await folder.run(["run", "explain.sql"])
      #expect(explained.status == 0 && !explained.output.isEmpty, "\(explained.errors)")
      try folder.write("away.sql", text.replacing(broker.servers, with: "127.0.0.1:1"))
      let failed = try await folder.run(["run", "away.sql", "--checkpoint", "away", "--once"])
      #expect(failed.status != 0 && failed.errors.contains("kafka at"), "\(failed.errors)")
      for text in [explained.output, explained.errors, logged.output, logged.errors, failed.output, failed.errors] {
        #expect(!text.contains(secret))
      }
      #expect(try folder.files(containing: secret) == ["secret"])
    }
  }
#endif
