#if Kafka
  import Foundation
  import Testing
  import TidemillColumns
  import TidemillConnectors

  @testable import KafkaConnector

  @Suite(.enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"))
  struct KafkaSourceTests {
    private let broker: Broker
    private let client: BrokerClient
    private let topic = "t-" + UUID().uuidString
    private let numbers = Schema(Field("n", .bigint))
    /// An hour ago, in milliseconds: a broker throws away what is too old.
    private let start = Int64(Date().timeIntervalSince1970 - 3600) * 1000

    init() throws {
      broker = try Broker.shared.get()
      client = try BrokerClient(broker)
    }

    private func messages(_ numbers: some Sequence<Int>) -> [String] { numbers.map { "{\"n\":\($0)}" } }

    @Test func messagesComeInTheOrderOfTheirPartitionAndAgainFromTheSlice() async throws {
      try client.create(topic, partitions: 3)
      for partition in 0..<3 {
        try client.send(
          messages(0..<50).map { $0.replacing("}", with: ",\"p\":\(partition)}") }, to: topic, partition: Int32(partition))
      }
      let schema = Schema(Field("p", .bigint), Field("n", .bigint))
      let reading = SourceReading(broker, schema, ["subscribe": topic])
      let source = try reading.source()
      let slices = try await source.slices(byteLimit: 300)
      #expect(slices.count > 5, "a small limit makes many slices")
      var rows: [Int: [[Value]]] = [:]
      var perSlice: [[Int: [[Value]]]] = []
      for slice in slices {
        let read = try source.read(slice)
        perSlice.append(read.rows)
        rows.merge(read.rows) { $0 + $1 }
        #expect(read.rejected.isEmpty)
      }
      #expect(source.partitionCount == 3)
      for partition in 0..<3 {
        #expect(rows[partition] == (0..<50).map { [.integer(Int64(partition)), .integer(Int64($0))] })
      }
      // What a job that is started again does.
      let again = try reading.source()
      for (slice, before) in zip(slices.dropFirst(2), perSlice.dropFirst(2)) { #expect(try again.read(slice).rows == before) }
      // And in the same process, out of order.
      #expect(try source.read(slices[1]).rows == perSlice[1])
      #expect(try source.read(slices[0]).rows == perSlice[0])
      let more = try await source.nextSlice(after: slices.last!.end, byteLimit: 1000, isFinal: false)
      #expect(more == nil)
    }

    @Test func whatComesLaterIsReadFromThePositionOn() async throws {
      try client.create(topic, partitions: 1)
      try client.send(messages(0..<3), to: topic)
      let reading = SourceReading(broker, numbers, ["subscribe": topic])
      var position = SourcePosition.beginning
      do {
        let source = try reading.source()
        for slice in try await source.slices() { position = slice.end }
        try client.send(messages(3..<5), to: topic)
        let slice = try await source.awaitedSlice(after: position)
        #expect(try source.read(slice).rows == [0: [[.integer(3)], [.integer(4)]]])
        position = slice.end
      }
      try client.send(messages(5..<6), to: topic)
      let source = try reading.source()
      let slice = try await source.awaitedSlice(after: position)
      #expect(try source.read(slice).rows == [0: [[.integer(5)]]])
    }

    @Test func latestBeginsAtTheEndAndRecordsWhere() async throws {
      try client.create(topic, partitions: 2)
      try client.send(messages(0..<3), to: topic)
      let reading = SourceReading(broker, numbers, ["subscribe": topic, "startingOffsets": "latest"])
      let first = try await reading.source().awaitedSlice(after: .beginning)
      #expect(first.byteCount == 0)
      // Stopped before anything came: what came meanwhile is not missed.
      try client.send(messages(3..<5), to: topic)
      let source = try reading.source()
      #expect(try source.tasks(for: first).isEmpty)
      let slice = try await source.awaitedSlice(after: first.end)
      #expect(try source.read(slice).rows == [0: [[.integer(3)], [.integer(4)]]])
    }

    @Test func offsetsAndTimesSayWhereToBegin() async throws {
      try client.create(topic, partitions: 2)
      for partition in 0..<2 as Range<Int32> {
        try client.send(
          (0..<5).map { TestMessage("{\"n\":\($0)}", partition: partition, timestamp: start + Int64($0) * 1000) },
          to: topic)
      }
      func firsts(_ options: [String: String]) async throws -> [Int: Int64] {
        var reading = SourceReading(broker, numbers, ["subscribe": topic], isBounded: true)
        reading.options["startingoffsets"] = nil
        for (name, value) in options { reading.options[name.lowercased()] = value }
        let source = try reading.source()
        var result: [Int: Int64] = [:]
        for slice in try await source.slices() {
          for (partition, rows) in try source.read(slice).rows where result[partition] == nil {
            if case .integer(let number) = rows[0][0] { result[partition] = number }
          }
        }
        return result
      }
      #expect(try await firsts(["startingOffsets": "{\"\(topic)\":{\"0\":2,\"1\":-2}}"]) == [0: 2, 1: 0])
      #expect(try await firsts(["startingOffsets": "{\"\(topic)\":{\"0\":-1,\"1\":4}}"]) == [1: 4])
      #expect(try await firsts(["startingTimestamp": "\(start + 2500)"]) == [0: 3, 1: 3])
      #expect(
        try await firsts(["startingOffsetsByTimestamp": "{\"\(topic)\":{\"0\":\(start + 1000),\"1\":\(start + 7_200_000)}}"])
          == [0: 1])
      await #expect(throws: TidemillError.self) { try await firsts(["startingOffsets": "{\"\(topic)\":{\"0\":2}}"]) }
    }

    @Test func columnsTellWhatKafkaKnowsOfAMessage() async throws {
      try client.create(topic, partitions: 2)
      try client.send(
        [
          TestMessage("{\"n\":1}", key: "k1", partition: 1, headers: ["a": "x\"y", "b": "2"], timestamp: start + 123),
          TestMessage("no json", key: "k2", partition: 1, timestamp: start + 124),
          TestMessage("{\"n\":3}", partition: 1, timestamp: start + 125),
        ], to: topic)
      let schema = Schema(
        Field("_key", .string), Field("n", .bigint), Field("_headers", .string), Field("_topic", .string),
        Field("_partition", .int), Field("_offset", .bigint), Field("_timestamp", .timestamp))
      let source = try SourceReading(broker, schema, ["subscribe": topic], eventTime: 6).source()
      let slice = try await source.awaitedSlice(after: .beginning)
      let read = try source.read(slice, latest: EventTime(microseconds: (start + 124) * 1000))
      #expect(
        read.rows[1] == [
          [
            .string("k1"), .integer(1), .string(#"[{"key":"a","value":"x\"y"},{"key":"b","value":"2"}]"#), .string(topic),
            .integer(1), .integer(0), .timestamp(EventTime(microseconds: (start + 123) * 1000)),
          ]
        ])
      #expect(read.rejected.map(\.reason) == [.malformed, .future])
      #expect(read.rejected.map(\.offset) == [1, 2])
      #expect(Set(read.rejected.map(\.origin)) == ["\(topic)/1"])
    }

    @Test func poisonedMessagesAreRejectedOneByOne() async throws {
      try client.create(topic, partitions: 1)
      let huge = String(repeating: "x", count: 300_000)
      let values: [String?] = [
        "{\"n\":1}", nil, "", "  \n ", "{\"n\":2", "{\"n\":3}\n{\"n\":4}", "{\n  \"n\": 5\n}\n", "{\"n\":6,\"s\":\"a\nb\"}",
        huge,
        "{\"n\":7}", "{\"n\":\"\\\"\\\\\"}", "\u{FEFF}{\"n\":8}", "{\"n\":9}",
      ]
      try client.send(values.map { TestMessage($0) }, to: topic)
      let source = try SourceReading(broker, numbers, ["subscribe": topic]).source()
      var rows: [[Value]] = []
      var rejected: [RejectedRow] = []
      for slice in try await source.slices() {
        let read = try source.read(slice)
        rows += read.rows[0] ?? []
        rejected += read.rejected
      }
      #expect(rows == [1, 5, 7, 9].map { [.integer($0)] })
      #expect(rejected.map(\.offset) == [1, 2, 3, 4, 5, 7, 8, 10, 11])
      #expect(rejected[0].detail == "a message without a value (a tombstone)")
      #expect(rejected[1].detail == "an empty message")
      #expect(rejected[6].text.count == 64 << 10)
    }

    @Test func csvAndTextAreReadMessageByMessage() async throws {
      try client.create(topic, partitions: 1)
      try client.send(["1,tea", "2,\"a,b\"\n", "3", "4,x\n5,y"].map { TestMessage($0) } + [TestMessage(nil)], to: topic)
      let schema = Schema(Field("n", .bigint), Field("s", .string))
      let csv = try SourceReading(broker, schema, ["subscribe": topic, "format": "csv"]).source()
      let slice = try await csv.awaitedSlice(after: .beginning)
      let read = try csv.read(slice)
      #expect(read.rows == [0: [[.integer(1), .string("tea")], [.integer(2), .string("a,b")]]])
      #expect(read.rejected.map(\.offset) == [2, 3, 4])
      let text = try SourceReading(broker, Schema(Field("value", .string)), ["subscribe": topic, "format": "text"]).source()
      let lines = try text.read(try await text.awaitedSlice(after: .beginning)).rows[0]
      #expect(lines == [[.string("1,tea")], [.string("2,\"a,b\"\n")], [.string("3")], [.string("4,x\n5,y")], [.null]])
    }

    @Test func abortedTransactionsAreNeitherReadNorWaitedFor() async throws {
      try client.create(topic, partitions: 1)
      let writer = try BrokerClient(broker, ["transactional.id": topic])
      try client.send(messages(0..<2), to: topic)
      try writer.begin()
      try writer.send(messages(100..<105), to: topic)
      try writer.abort()
      try writer.begin()
      try writer.send(messages(2..<4), to: topic)
      try writer.commit()
      try writer.begin()
      try writer.send(messages(200..<205), to: topic)
      try writer.abort()
      let reading = SourceReading(broker, numbers, ["subscribe": topic])
      let source = try reading.source()
      let slices = try await source.slices()
      let rows = try slices.flatMap { try source.read($0).rows[0] ?? [] }
      #expect(rows == (0..<4).map { [.integer(Int64($0))] })
      let again = try reading.source()
      #expect(try slices.flatMap { try again.read($0).rows[0] ?? [] } == rows)
      try client.send(messages(4..<5), to: topic)
      let slice = try await again.awaitedSlice(after: slices.last!.end)
      #expect(try again.read(slice).rows == [0: [[.integer(4)]]])
    }

    @Test func newPartitionsGetTheNextNumbersAndKeepThem() async throws {
      try client.create(topic, partitions: 1)
      try client.send(messages(0..<2), to: topic)
      let reading = SourceReading(broker, numbers, ["subscribe": topic])
      let source = try reading.source()
      let first = try await source.awaitedSlice(after: .beginning)
      #expect(try source.read(first).rows == [0: [[.integer(0)], [.integer(1)]]])
      try client.grow(topic, to: 3)
      // A client that knows the topic from before does not see its new partitions at once.
      try BrokerClient(broker).send(messages(10..<12), to: topic, partition: 2)
      let second = try await source.awaitedSlice(after: first.end)
      #expect(try source.read(second).rows == [2: [[.integer(10)], [.integer(11)]]])
      #expect(source.partitionCount == 3)
      #expect(reading.reports.all.contains { $0.contains("new partitions \(topic)/1, \(topic)/2") })
      let again = try reading.source()
      #expect(try again.read(second).rows == [2: [[.integer(10)], [.integer(11)]]])
    }

    @Test func aPatternFindsTopicsThatAppear() async throws {
      try client.create(topic + "-a", partitions: 1)
      try client.send(messages(0..<1), to: topic + "-a")
      let reading = SourceReading(broker, numbers, ["subscribePattern": topic + "-[ab]"])
      let source = try reading.source()
      let first = try await source.awaitedSlice(after: .beginning)
      try client.create(topic + "-c", partitions: 1)
      try client.create(topic + "-b", partitions: 1)
      try client.send(messages(7..<8), to: topic + "-b")
      let second = try await source.awaitedSlice(after: first.end)
      #expect(try source.read(second).rows == [1: [[.integer(7)]]])
      #expect(source.partitionCount == 2)
    }

    @Test func onlyWhatIsThereAtTheStartIsReadByAQueryThatEnds() async throws {
      try client.create(topic, partitions: 2)
      try client.send(messages(0..<5), to: topic)
      let source = try SourceReading(broker, numbers, ["subscribe": topic], isBounded: true).source()
      let first = try await source.awaitedSlice(after: .beginning, byteLimit: 16)
      try client.send(messages(5..<9), to: topic)
      let rest = try await source.slices(after: first.end)
      #expect(try ([first] + rest).flatMap { try source.read($0).rows[0] ?? [] } == (0..<5).map { [.integer(Int64($0))] })
    }

    @Test func partitionsAdvanceTogetherInTime() async throws {
      try client.create(topic, partitions: 2)
      // Partition 1 holds a tenth of the messages for the same time.
      try client.send((0..<2000).map { TestMessage("{\"n\":\($0)}", timestamp: start + Int64($0) * 100) }, to: topic)
      try client.send(
        (0..<200).map { TestMessage("{\"n\":\($0 * 10)}", partition: 1, timestamp: start + Int64($0) * 1000) }, to: topic)
      let source = try SourceReading(broker, numbers, ["subscribe": topic, "maxOffsetsPerTrigger": "220"]).source()
      var highest: [Int: Int64] = [:]
      for (number, slice) in try await source.slices().enumerated() {
        for (partition, rows) in try source.read(slice).rows {
          if case .integer(let number) = rows.last![0] { highest[partition] = number }
        }
        // At first one partition may have come in before the other. A message of the second stands for ten of the first.
        if number >= 3 { #expect(abs(highest[0]! - highest[1]!) <= 10, "slice \(number)") }
      }
      #expect(highest == [0: 1999, 1: 1990])
    }

    @Test func lostOffsetsStopTheStreamOrAreReported() async throws {
      try client.create(topic, partitions: 1)
      try client.send(messages(0..<10), to: topic)
      var reading = SourceReading(broker, numbers, ["subscribe": topic])
      let first = try await reading.source().awaitedSlice(after: .beginning, byteLimit: 1)
      try client.deleteRecords(topic, before: 6)
      let strict = try reading.source()
      let error = await #expect(throws: TidemillError.self) { _ = try await strict.awaitedSlice(after: first.end) }
      #expect(error?.message == "stream s: offsets 1 to 5 of \(topic)/0 are gone: the broker begins at 6")
      #expect(error?.hint?.contains("failOnDataLoss 'false'") ?? false)
      // A slice that was recorded, too.
      let replaying = try reading.source()
      #expect(throws: TidemillError.self) { _ = try replaying.read(first) }

      reading.options["failondataloss"] = "false"
      let lenient = try reading.source()
      let slice = try await lenient.awaitedSlice(after: first.end)
      #expect(try lenient.read(slice).rows == [0: (6..<10).map { [.integer($0)] }])
      #expect(reading.reports.all.contains { $0.contains("offsets 1 to 5 of \(topic)/0 are gone") })
      let next = try await lenient.nextSlice(after: slice.end, byteLimit: 100, isFinal: false)
      #expect(next == nil)
    }

    @Test func aTopicMadeAnewIsToldFromTheOldOne() async throws {
      try client.create(topic, partitions: 1)
      try client.send(messages(0..<10), to: topic)
      var reading = SourceReading(broker, numbers, ["subscribe": topic])
      let first = try await reading.source().awaitedSlice(after: .beginning)
      try client.delete(topic)
      try client.create(topic, partitions: 1)
      try client.send(messages(20..<22), to: topic)
      let strict = try reading.source()
      let error = await #expect(throws: TidemillError.self) { _ = try await strict.awaitedSlice(after: first.end) }
      #expect(error?.message.contains("\(topic)/0 ends at offset 2, but was read up to 10") ?? false)
      reading.options["failondataloss"] = "false"
      let lenient = try reading.source()
      let slice = try await lenient.awaitedSlice(after: first.end)
      #expect(try lenient.read(slice).rows == [0: [[.integer(20)], [.integer(21)]]])
    }

    @Test func aBrokerThatIsGoneIsNoEmptyPartition() async throws {
      let own = try Broker()
      try BrokerClient(own).create(topic, partitions: 1)
      try BrokerClient(own).send(messages(0..<3), to: topic)
      let reading = SourceReading(own, numbers, ["subscribe": topic, "kafka.reconnect.backoff.max.ms": "200"])
      let source = try reading.source()
      let slices = try await source.slices()
      #expect(source.unsettledPartitions.isEmpty)
      try own.stop()
      while source.unsettledPartitions != [0] { try await Task.sleep(for: .milliseconds(5)) }
      #expect(reading.reports.all.contains { $0.contains("cannot be reached") })
      #expect(source.isReadToItsEnd, "a query that ends with what is there waits")
      try own.start()
      try BrokerClient(own).send(messages(3..<4), to: topic)
      let slice = try await source.awaitedSlice(after: slices.last!.end)
      #expect(try source.read(slice).rows == [0: [[.integer(3)]]])
      while !source.unsettledPartitions.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      #expect(reading.reports.all.contains { $0.contains("answers again") })
    }

    @Test func aRecoveryThatIsToEndDoesNotWaitForItsBroker() async throws {
      try client.create(topic, partitions: 1)
      try client.send(messages(0..<3), to: topic)
      let slice = try #require(try await SourceReading(broker, numbers, ["subscribe": topic]).source().slices().first)
      // Nobody listens there.
      let source = try SourceReading(
        broker, numbers, ["subscribe": topic, "kafka.bootstrap.servers": "127.0.0.1:1", "unavailableTimeout": "1 hour"]
      ).source()
      let task = try #require(try source.tasks(for: slice).first)
      let reading = Task.detached { try task.read(latest: .distantFuture) }
      source.interrupt()
      let error = await #expect(throws: TidemillError.self) { _ = try await reading.value }
      #expect(error?.message == "stream s: stopped while it waited for kafka at 127.0.0.1:1")
    }

    @Test func aBrokerThatStaysAwayEndsTheStreamWithAWord() async throws {
      let options = [
        "subscribe": topic, "kafka.bootstrap.servers": "127.0.0.1:1", "unavailableTimeout": "100 milliseconds",
      ]
      let source = try SourceReading(broker, numbers, options).source()
      let error = await #expect(throws: TidemillError.self) { _ = try await source.awaitedSlice(after: .beginning) }
      #expect(error?.message.contains("kafka at 127.0.0.1:1 has not answered") ?? false)
      #expect(error?.isRetryable ?? false)
    }
  }
#endif
