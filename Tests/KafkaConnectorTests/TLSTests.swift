#if Kafka
  import Foundation
  import Testing

  /// Brokers that speak TLS: by a proxy, since the tests' own does not.
  @Suite(
    .enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"),
    .enabled(if: TLSProxy.isPossible, "openssl is missing, so there are no certificates"))
  struct TLSTests {
    private let broker: Broker
    private let client: BrokerClient
    private let input = "in-" + UUID().uuidString
    private let output = "out-" + UUID().uuidString

    init() throws {
      broker = try Broker.shared.get()
      client = try BrokerClient(broker)
      try client.create(input, partitions: 2)
      try client.create(output, partitions: 1)
    }

    /// - Parameter options: more options of both ends, beginning with a comma.
    private func script(_ servers: String, _ options: String) -> String {
      """
      CREATE STREAM sales (product STRING, amount INT) USING kafka OPTIONS (
        'kafka.bootstrap.servers' '\(servers)', subscribe '\(input)', startingOffsets 'earliest',
        'kafka.receive.message.max.bytes' '1000000000'\(options));
      CREATE SINK totals USING kafka OPTIONS ('kafka.bootstrap.servers' '\(servers)', topic '\(output)'\(options));
      INSERT INTO totals WITH (mode 'update')
        SELECT product, SUM(amount) AS total, COUNT(*) AS n FROM sales GROUP BY product;
      """
    }

    @Test func aStreamAndASinkWorkOverTLS() async throws {
      let proxy = try await TLSProxy(broker)
      for partition: Int32 in 0..<2 {
        try client.send(
          (0..<500).map { "{\"product\":\"p\($0 % 3)\",\"amount\":\($0)}" }, to: input, partition: partition)
      }
      let folder = try Folder()
      try folder.write(
        "q.sql",
        script(proxy.servers, ", 'kafka.security.protocol' 'ssl', 'kafka.ssl.ca.location' '\(proxy.authority)'"))
      let outcome = try await folder.run(["run", "q.sql", "--checkpoint", "state", "--once", "--quiet"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      var totals: [String: String] = [:]
      for message in try BrokerClient.read(output, of: broker) { totals[message.key ?? ""] = message.value }
      let expected = (0..<3).map { product in
        let amounts = (0..<500).filter { $0 % 3 == product }
        return "{\"product\":\"p\(product)\",\"total\":\(2 * amounts.reduce(0, +)),\"n\":\(2 * amounts.count)}"
      }
      #expect(totals.values.sorted() == expected)
    }

    @Test func aBrokerThatNobodyVouchesForIsNotTalkedTo() async throws {
      let proxy = try await TLSProxy(broker)
      let folder = try Folder()
      try folder.write(
        "q.sql", script(proxy.servers, ", 'kafka.security.protocol' 'ssl', unavailableTimeout '1 second'"))
      let outcome = try await folder.run(["run", "q.sql", "--checkpoint", "state", "--once"])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("certificate"), "\(outcome.errors)")
      #expect(try BrokerClient.read(output, of: broker).isEmpty)
    }
  }
#endif
