#if Kafka
  import CRdkafka
  import KafkaBridge
  import Synchronization
  import TidemillColumns

  /// An error code of librdkafka, where the caller decides what it means.
  struct KafkaFailure: Error {
    var code: rd_kafka_resp_err_t
    var text: String { errorText(code) }

    init(_ code: rd_kafka_resp_err_t) { self.code = code }
  }

  /// A client of librdkafka that reads: partitions by hand, without membership in a group.
  final class KafkaConsumer: @unchecked Sendable {
    // librdkafka's functions may be called from any thread; `topics` belongs to the control thread.

    /// What metadata say of one partition.
    struct Found {
      var partition: TopicPartition
      /// Whether it has a leader.
      var isReachable: Bool
    }

    private let client: OpaquePointer
    private let events: OpaquePointer
    private var topics: [String: OpaquePointer] = [:]
    private let timeout: Int32 = 3000
    /// Committing is asked for by other threads than the one that closes.
    private let isClosed = Mutex(false)

    /// - Throws: `TidemillError` when librdkafka refuses the configuration.
    init(_ configuration: KafkaConfiguration, group: String?) throws {
      events = tidemill_kafka_events_create()
      var fixed = ["enable.auto.commit": "false", "enable.auto.offset.store": "false", "enable.partition.eof": "true"]
      fixed["auto.offset.reset"] = "error"
      if let group { fixed["group.id"] = group }
      let conf = try configuration.conf(defaults: Self.defaults, fixed: fixed)
      tidemill_kafka_events_attach(events, conf)
      do { client = try configuration.client(RD_KAFKA_CONSUMER, conf) } catch {
        tidemill_kafka_events_destroy(events)
        throw error
      }
    }

    private static let defaults = [
      "isolation.level": "read_committed", "client.id": "tidemill", "allow.auto.create.topics": "false",
      // A partition's queue holds at most so much; what waits in Tidemill is limited besides.
      "queued.max.messages.kbytes": "16384", "queued.min.messages": "200000",
      // In librdkafka from 2.2 on; without it a full queue is looked at again only after a second.
      "fetch.queue.backoff.ms": "10",
      "fetch.message.max.bytes": "4194304", "socket.keepalive.enable": "true", "reconnect.backoff.max.ms": "2000",
    ]

    /// Ends the client. Blocks until librdkafka's threads are gone.
    func close() {
      isClosed.withLock { $0 = true }
      for topic in topics.values { rd_kafka_topic_destroy(topic) }
      topics = [:]
      rd_kafka_destroy(client)
      tidemill_kafka_events_destroy(events)
    }

    /// The last error that was not about one partition, since the last call.
    func takeError() -> (code: rd_kafka_resp_err_t, text: String)? {
      rd_kafka_poll(client, 0)
      var text = [CChar](repeating: 0, count: 512)
      let code = tidemill_kafka_events_take_error(events, &text, text.count)
      guard code != 0 else { return nil }
      return (rd_kafka_resp_err_t(code), text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    private func topic(_ name: String) -> OpaquePointer {
      if let known = topics[name] { return known }
      guard let topic = rd_kafka_topic_new(client, name, nil) else { preconditionFailure("librdkafka has no memory") }
      topics[name] = topic
      return topic
    }

    // MARK: Asking

    /// The partitions of a topic; `nil` when there is no such topic.
    func partitions(of name: String) throws -> [Found]? { try metadata(topic(name)).first { $0.name == name }?.partitions }

    /// All topics with their partitions.
    func allTopics() throws -> [(name: String, partitions: [Found])] {
      try metadata(nil).compactMap { topic in topic.partitions.map { (topic.name, $0) } }
    }

    private func metadata(_ topic: OpaquePointer?) throws -> [(name: String, partitions: [Found]?)] {
      var pointer: UnsafePointer<rd_kafka_metadata>?
      let code = rd_kafka_metadata(client, topic == nil ? 1 : 0, topic, &pointer, timeout)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let pointer else { throw KafkaFailure(code) }
      defer { rd_kafka_metadata_destroy(pointer) }
      return try (0..<Int(pointer.pointee.topic_cnt)).map { index in
        let topic = pointer.pointee.topics[index]
        let name = String(cString: topic.topic)
        switch topic.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: break
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return (name, nil)
        default: throw KafkaFailure(topic.err)
        }
        let partitions = (0..<Int(topic.partition_cnt)).map { number in
          let partition = topic.partitions[number]
          return Found(
            partition: TopicPartition(topic: name, partition: partition.id), isReachable: partition.leader >= 0)
        }
        return (name, partitions)
      }
    }

    /// The first offset that there is, and the one that the next message gets.
    func offsets(of partition: TopicPartition) throws -> (low: Int64, high: Int64) {
      var low: Int64 = 0
      var high: Int64 = 0
      let code = rd_kafka_query_watermark_offsets(client, partition.topic, partition.partition, &low, &high, timeout)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure(code) }
      return (low, high)
    }

    /// The offset of the first message of this time or later; `nil` when there is none.
    func offset(of partition: TopicPartition, atOrAfter milliseconds: Int64) throws -> Int64? {
      let list = rd_kafka_topic_partition_list_new(1)!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition).pointee.offset = milliseconds
      let code = rd_kafka_offsets_for_times(client, list, timeout)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure(code) }
      let found = list.pointee.elems[0]
      guard found.err == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure(found.err) }
      return found.offset >= 0 ? found.offset : nil
    }

    /// The end of a partition that is read, by the last answer of its broker; asks nobody.
    func knownEnd(of partition: TopicPartition) -> Int64? {
      var low: Int64 = 0
      var high: Int64 = 0
      let code = rd_kafka_get_watermark_offsets(client, partition.topic, partition.partition, &low, &high)
      return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    // MARK: Reading

    /// Begins to read a partition at an offset, in place of what was read of it before.
    ///
    /// - Returns: the queue in which its messages come, to be destroyed by the caller.
    func start(_ partition: TopicPartition, at offset: Int64, bell: Bell) throws -> OpaquePointer {
      let topic = topic(partition.topic)
      guard rd_kafka_consume_start(topic, partition.partition, offset) == 0 else { throw KafkaFailure(rd_kafka_last_error()) }
      guard let queue = rd_kafka_queue_get_partition(client, partition.topic, partition.partition) else {
        throw KafkaFailure(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
      }
      tidemill_bell_attach(bell.pointer, queue)
      return queue
    }

    func stop(_ partition: TopicPartition) { rd_kafka_consume_stop(topic(partition.topic), partition.partition) }

    /// Tells the group how far the partitions were read. Blocks until the coordinator has answered, or it cannot be found.
    func commit(_ table: PartitionTable) -> rd_kafka_resp_err_t {
      let list = rd_kafka_topic_partition_list_new(Int32(table.entries.count))!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      for entry in table.entries {
        rd_kafka_topic_partition_list_add(list, entry.partition.topic, entry.partition.partition).pointee.offset = entry.next
      }
      return isClosed.withLock { isClosed in isClosed ? RD_KAFKA_RESP_ERR__DESTROY : rd_kafka_commit(client, list, 0) }
    }
  }
#endif
