#if Kafka
  import CRdkafka
  import Foundation
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import KafkaConnector

  @Suite(.enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"))
  struct KafkaSinkTests {
    private let broker: Broker
    private let client: BrokerClient
    private let topic = "t-" + UUID().uuidString
    private let schema = Schema(Field("k", .string), Field("n", .bigint))

    init() throws {
      broker = try Broker.shared.get()
      client = try BrokerClient(broker)
      try client.create(topic, partitions: 1)
    }

    private func sink(
      _ options: [String: String] = [:], mode: OutputMode = .update, reports: Reports = Reports(), of broker: Broker? = nil
    ) throws -> KafkaSink {
      var all = ["kafka.bootstrap.servers": (broker ?? self.broker).servers, "topic": topic]
      for (name, value) in options { all[name.lowercased()] = value }
      return try KafkaSink(
        SinkContext(definition: SinkDefinition(name: "out", provider: "kafka", options: all), mode: mode) { reports.add($0) })
    }

    private func shape(key: [Int]? = [0], mode: OutputMode = .update) -> ResultShape {
      ResultShape(schema: schema, key: key, mode: mode, zone: .utc, queryName: "q")
    }

    private func batch(_ rows: [(String, Int64)], weights: [Int8]? = nil) -> Batch {
      Batch(schema: schema, rows: rows.map { [.string($0.0), .integer($0.1)] }, weights: weights)
    }

    private func messages(_ broker: Broker? = nil) throws -> [TestMessage] {
      try BrokerClient.read(topic, of: broker ?? self.broker)
    }

    @Test func rowsAreMessagesByKeyAndARowThatIsGoneIsATombstone() async throws {
      let sink = try sink()
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(batch([("a", 1), ("b \"x\"", 2)]), epoch: Epoch(1))
      try await sink.write(batch([]), epoch: Epoch(2))
      try await sink.write(batch([("a", 1), ("b \"x\"", 3)], weights: [-1, 1]), epoch: Epoch(3))
      try await sink.close()
      let read = try messages()
      #expect(read.map(\.key) == ["a", "b \"x\"", "a", "b \"x\""])
      #expect(read.map(\.value) == [#"{"k":"a","n":1}"#, #"{"k":"b \"x\"","n":2}"#, nil, #"{"k":"b \"x\"","n":3}"#])
    }

    @Test func aQueryThatIsToEndDoesNotWaitForItsBroker() async throws {
      let reports = Reports()
      // Nobody listens there.
      let sink = try sink(["kafka.bootstrap.servers": "127.0.0.1:1", "unavailableTimeout": "1 second"], reports: reports)
      sink.interrupt()
      let error = await #expect(throws: TidemillError.self) { try await sink.open(shape(), lastEpoch: .none) }
      #expect(error?.message.hasPrefix("sink out: stopped while it waited for kafka at 127.0.0.1:1: ") == true)
      #expect(reports.all.isEmpty)
    }

    @Test func aKeyOfSeveralColumnsIsAnObjectAndNoKeyIsNone() async throws {
      let sink = try sink()
      try await sink.open(shape(key: [1, 0]), lastEpoch: .none)
      try await sink.write(batch([("a", 1)]), epoch: Epoch(1))
      try await sink.close()
      let plain = try self.sink(["transactionalId": "plain-" + topic])
      try await plain.open(shape(key: nil), lastEpoch: .none)
      try await plain.write(batch([("a", 1), ("b", 2)], weights: [-1, 1]), epoch: Epoch(1))
      try await plain.close()
      let read = try messages()
      #expect(read.map(\.key) == [#"{"n":1,"k":"a"}"#, nil, nil])
      #expect(read.last?.value == #"{"k":"b","n":2}"#)
      #expect(read[1].value == #"{"k":"a","n":1,"_op":"delete"}"#)
    }

    @Test func anEpochThatTheTopicHasIsNotWrittenAgain() async throws {
      let first = try sink()
      try await first.open(shape(), lastEpoch: .none)
      for epoch in 1...3 as ClosedRange<UInt64> {
        try await first.write(batch([("e", Int64(epoch))]), epoch: Epoch(epoch))
      }
      try await first.close()
      let second = try sink()
      try await second.open(shape(), lastEpoch: Epoch(4))
      for epoch in 2...5 as ClosedRange<UInt64> {
        try await second.write(batch([("e", Int64(epoch))]), epoch: Epoch(epoch))
      }
      try await second.close()
      #expect(try messages().map(\.value) == (1...5).map { "{\"k\":\"e\",\"n\":\($0)}" })
    }

    @Test func aProcessThatWasReplacedIsShutOut() async throws {
      let zombie = try sink()
      try await zombie.open(shape(), lastEpoch: .none)
      try await zombie.write(batch([("z", 1)]), epoch: Epoch(1))
      let next = try sink()
      try await next.open(shape(), lastEpoch: Epoch(1))
      let error = await #expect(throws: TidemillError.self) {
        try await zombie.write(self.batch([("z", 2)]), epoch: Epoch(2))
      }
      #expect(error?.message.contains("another process writes to \(topic)") ?? false)
      try await next.write(batch([("n", 2)]), epoch: Epoch(2))
      try await next.close()
      try await zombie.close()
      #expect(try messages().map(\.key) == ["z", "n"])
    }

    @Test func resultsOfAnotherJobAreNotAddedToUnlessTheUserSaysSo() async throws {
      let first = try sink()
      try await first.open(shape(), lastEpoch: .none)
      try await first.write(batch([("a", 1)]), epoch: Epoch(7))
      try await first.close()
      let error = await #expect(throws: TidemillError.self) {
        try await self.sink().open(self.shape(), lastEpoch: .none)
      }
      #expect(error?.message.contains("holds results of another job up to epoch 7") ?? false)
      let taking = try sink(["takeOver": "true"])
      try await taking.open(shape(), lastEpoch: .none)
      try await taking.write(batch([("b", 1)]), epoch: Epoch(1))
      try await taking.close()
      #expect(try messages().map(\.key) == ["a", "b"])
    }

    @Test func anEpochOfManyRowsIsOneTransaction() async throws {
      let sink = try sink(["kafka.queue.buffering.max.messages": "5000"])
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(batch((0..<40_000).map { ("k\($0 % 10)", Int64($0)) }), epoch: Epoch(1))
      try await sink.close()
      let read = try messages()
      #expect(read.count == 40_000)
      #expect(read.last?.value == "{\"k\":\"k9\",\"n\":39999}")
    }

    @Test func aBrokerThatGoesAndComesIsWaitedFor() async throws {
      let own = try Broker()
      try BrokerClient(own).create(topic, partitions: 1)
      let reports = Reports()
      let sink = try sink(["kafka.reconnect.backoff.max.ms": "200"], reports: reports, of: own)
      try await sink.open(shape(), lastEpoch: .none)
      try await sink.write(batch([("a", 1)]), epoch: Epoch(1))
      try own.stop()
      async let second: Void = sink.write(batch([("a", 2)]), epoch: Epoch(2))
      try own.start()
      try await second
      try await sink.write(batch([("a", 3)]), epoch: Epoch(3))
      try await sink.close()
      #expect(try messages(own).map(\.value) == (1...3).map { "{\"k\":\"a\",\"n\":\($0)}" })
    }

    @Test func aBrokerThatStaysAwayEndsTheJobWithAWord() async throws {
      let own = try Broker()
      try BrokerClient(own).create(topic, partitions: 1)
      let reports = Reports()
      let sink = try sink(["unavailableTimeout": "100 milliseconds"], reports: reports, of: own)
      try own.stop()
      let error = await #expect(throws: TidemillError.self) { try await sink.open(self.shape(), lastEpoch: .none) }
      #expect(error?.isRetryable ?? false)
      #expect(error?.message.contains("could not be written to") ?? false)
    }

    @Test func completeModeAndUnknownOptionsAreRefused() throws {
      #expect(throws: TidemillError.self) { try self.sink(mode: .complete) }
      #expect(throws: TidemillError.self) { try self.sink(["kafka.acks": "0"]) }
      #expect(throws: TidemillError.self) { try self.sink(["kafka.no.such.thing": "1"]) }
      #expect(throws: TidemillError.self) { try self.sink(["topics": "x"]) }
    }
  }
#endif
