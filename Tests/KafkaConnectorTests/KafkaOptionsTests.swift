#if Kafka
  import KafkaBridge
  import Testing
  import TidemillColumns
  import TidemillPlan

  @testable import KafkaConnector

  @Suite struct KafkaOptionsTests {
    private func options(_ options: [String: String]) throws -> KafkaOptions {
      var all = ["kafka.bootstrap.servers": "h:1"]
      for (name, value) in options { all[name.lowercased()] = value }
      return try KafkaOptions(StreamDefinition(name: "s", schema: Schema([]), provider: "kafka", options: all))
    }

    private func message(_ given: [String: String]) -> String {
      let error = #expect(throws: TidemillError.self) { try options(given) }
      return error?.description ?? ""
    }

    @Test func topicsAreNamedMatchedOrAssigned() throws {
      #expect(try options(["subscribe": " b, a ,b"]).topics == .names(["a", "b"]))
      #expect(try options(["subscribePattern": "x.*"]).topics == .pattern("x.*"))
      #expect(
        try options(["assign": #"{"a":[1, 0]}"#]).topics
          == .partitions([TopicPartition(topic: "a", partition: 0), TopicPartition(topic: "a", partition: 1)]))
      #expect(message([:]).contains("needs one of subscribe"))
      #expect(message(["subscribe": "a", "assign": #"{"a":[1]}"#]).contains("needs one of subscribe"))
      #expect(message(["assign": #"{"a":[1"#]).contains("cannot be read"))
    }

    @Test func aStreamBeginsAtTheLatestUnlessToldOtherwise() throws {
      #expect(try options(["subscribe": "a"]).start == .latest)
      #expect(try options(["subscribe": "a", "startingOffsets": "Earliest"]).start == .earliest)
      #expect(
        try options(["subscribe": "a", "startingOffsets": #" {"a" : {"0": 23, "1": -2}} "#]).start
          == .offsets([TopicPartition(topic: "a", partition: 0): 23, TopicPartition(topic: "a", partition: 1): -2]))
      #expect(message(["subscribe": "a", "startingOffsets": #"{"a":{"0":-3}}"#]).contains("startingOffsets cannot be read"))
      #expect(message(["subscribe": "a", "startingOffsets": "earliest", "startingTimestamp": "1"]).contains("keep one"))
    }

    @Test func whatCannotBeIsSaidByName() {
      #expect(message(["subscribe": "a", "format": "avro"]).contains("values in avro are not read"))
      #expect(message(["subscribe": "a", "kafka.auto.offset.reset": "latest"]).contains("use startingOffsets"))
      #expect(message(["subscribe": "a", "kafka.sasl.jaas.config": "x"]).contains("kafka.sasl.username"))
      #expect(message(["subscribe": "a", "kafka.nonsense": "x"]).contains("there is no kafka.nonsense"))
      #expect(message(["subscribe": "a", "endingOffsets": "latest"]).contains("--once"))
      #expect(message(["subscribe": "a", "strartingOffsets": "latest"]).contains("no option strartingoffsets"))
      #expect(message(["subscribe": "a", "kafka.fetch.min.bytes": "many"]).contains("value of option kafka.fetch.min.bytes"))
    }

    @Test func aPasswordIsInNoMessage() throws {
      let secret = "hunter2-hunter2"
      let given = [
        "subscribe": "a", "kafka.security.protocol": "sasl_plaintext", "kafka.sasl.mechanism": "PLAIN",
        "kafka.sasl.username": "reader", "kafka.sasl.password": secret,
      ]
      let read = try options(given)
      #expect(read.connection.redacted("login of reader with \(secret) failed") == "login of *** with *** failed")
      for (name, value) in ["kafka.fetch.min.bytes": secret, "kafka.nonsense": secret, "nonsense": "x"] {
        #expect(!message(given.merging([name: value]) { $1 }).contains(secret))
      }
    }

    @Test func positionsAndSlicesSurviveEncoding() throws {
      var table = PartitionTable()
      table.entries = [
        .init(partition: TopicPartition(topic: "ä", partition: 3), next: 1 << 40),
        .init(partition: TopicPartition(topic: "b", partition: 0), next: 0),
      ]
      #expect(try PartitionTable(table.position) == table)
      let ranges = [OffsetRange(index: 1, partition: TopicPartition(topic: "b", partition: 0), from: 3, to: 9)]
      let bytes = OffsetRange.encode(ranges)
      #expect(try OffsetRange.decode(bytes) == ranges)
      for count in 0..<bytes.count { #expect(throws: (any Error).self) { try OffsetRange.decode(Array(bytes[..<count])) } }
    }

    @Test func partitionsThatAreAheadWaitForThoseBehind() {
      typealias Partition = SliceCut.Partition
      #expect(
        SliceCut.latest([
          Partition(highest: 50, handedOut: 0, isAtEnd: false), Partition(highest: 90, handedOut: 0, isAtEnd: false),
        ]) == 50)
      #expect(
        SliceCut.latest([
          Partition(highest: 50, handedOut: 0, isAtEnd: true), Partition(highest: 90, handedOut: 0, isAtEnd: true),
        ]) == .max)
      #expect(
        SliceCut.latest([
          Partition(highest: nil, handedOut: 30, isAtEnd: false), Partition(highest: 90, handedOut: 0, isAtEnd: true),
        ]) == 30)
      #expect(
        SliceCut.latest([
          Partition(highest: nil, handedOut: 30, isAtEnd: false, isOverdue: true),
          Partition(highest: 90, handedOut: 0, isAtEnd: true),
        ]) == .max)
      #expect(
        SliceCut.latest([
          Partition(highest: -1, handedOut: -1, isAtEnd: false), Partition(highest: 90, handedOut: 0, isAtEnd: false),
        ]) == 90)
    }

    @Test func aLimitEndsASliceForAllPartitionsAtTheSameTime() {
      #expect(SliceCut.narrowed(.max, times: 10...90) { $0 <= 40 } == 40)
      #expect(SliceCut.narrowed(30, times: 10...90) { $0 <= 40 } == 30, "what fits is not cut")
      #expect(SliceCut.narrowed(.max, times: 10...90) { _ in false } == 10, "something is always taken")
      #expect(SliceCut.narrowed(.max, times: -1...90) { _ in false } == .max, "without timestamps there is nothing to go by")
    }

    @Test func aBufferGivesWhatItIsAskedFor() throws {
      let pool = ChunkPool(keepsExtras: false)
      func chunk(_ offsets: Range<Int64>, time: (Int64) -> Int64 = { $0 }) -> MessageChunk {
        let chunk = MessageChunk(pool)
        for offset in offsets { #expect(chunk.add("v\(offset)", offset: offset, timestamp: time(offset))) }
        return chunk
      }
      var buffer = PartitionBuffer()
      buffer.append(chunk(0..<10))
      buffer.append(chunk(12..<20))
      #expect(buffer.chunks.count == 1, "small chunks become one")
      #expect(buffer.take(latest: 3).map(\.endOffset) == [4])
      buffer.append(chunk(20..<22))
      #expect(buffer.chunks.count == 2, "one of which somebody has a part is left alone")
      #expect(buffer.size(upTo: 20).messages == 15)
      #expect(buffer.size(upTo: 12).messages == 7)
      #expect(buffer.size(upTo: 12).bytes == 6 * 3 + 4)
      #expect(buffer.take(end: 13).map(\.endOffset) == [13])
      #expect(buffer.take(messageLimit: 2).map(\.endOffset) == [15])
      #expect(buffer.take(byteLimit: 1).map(\.endOffset) == [16])
      #expect(buffer.take(latest: 15).isEmpty)
      #expect(buffer.take().map(\.endOffset) == [20, 22])
      #expect(buffer.isEmpty)
      #expect(buffer.byteCount == 0)
    }
  }

  extension MessageChunk {
    func add(_ value: String, offset: Int64, timestamp: Int64) -> Bool {
      let bytes = Array(value.utf8)
      return tidemill_kafka_chunk_add(
        memory, Int32(tidemill_kafka_json), offset, timestamp, bytes, bytes.count, nil, 0, nil, 0) != 0
    }
  }
#endif
