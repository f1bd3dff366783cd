#if Kafka
  import CRdkafka
  import Foundation
  import Testing

  /// A message as tests write and read it.
  struct TestMessage: Hashable {
    var value: String?
    var key: String?
    var partition: Int32 = 0
    var headers: [String: String] = [:]
    /// Milliseconds since 1970.
    var timestamp: Int64?
    var offset: Int64 = -1

    init(
      _ value: String?, key: String? = nil, partition: Int32 = 0, headers: [String: String] = [:], timestamp: Int64? = nil
    ) {
      self.value = value
      self.key = key
      self.partition = partition
      self.headers = headers
      self.timestamp = timestamp
    }
  }

  /// What tests do to a broker themselves, by librdkafka and none of the connector's code.
  final class BrokerClient: @unchecked Sendable {
    private let client: OpaquePointer
    private let isTransactional: Bool

    init(_ broker: Broker, _ settings: [String: String] = [:]) throws {
      let conf = rd_kafka_conf_new()!
      rd_kafka_conf_set_log_cb(conf, nil)
      isTransactional = settings["transactional.id"] != nil
      for (name, value) in settings.merging(["bootstrap.servers": broker.servers, "linger.ms": "0"], uniquingKeysWith: { $1 }) {
        try #require(rd_kafka_conf_set(conf, name, value, nil, 0) == RD_KAFKA_CONF_OK, "\(name)")
      }
      client = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0))
      if isTransactional { try check(rd_kafka_init_transactions(client, 20_000)) }
    }

    deinit { rd_kafka_destroy(client) }

    private func check(_ error: OpaquePointer?) throws {
      guard let error else { return }
      defer { rd_kafka_error_destroy(error) }
      throw BrokerFailure(description: String(cString: rd_kafka_error_string(error)))
    }

    // MARK: Topics

    private func administer(
      _ count: Int, _ body: (UnsafeMutablePointer<OpaquePointer?>, OpaquePointer) -> Void
    ) throws {
      let queue = rd_kafka_queue_new(client)!
      defer { rd_kafka_queue_destroy(queue) }
      var items = [OpaquePointer?](repeating: nil, count: count)
      body(&items, queue)
      let event = try #require(rd_kafka_queue_poll(queue, 20_000), "the broker does not answer")
      defer { rd_kafka_event_destroy(event) }
      guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
        throw BrokerFailure(description: String(cString: rd_kafka_event_error_string(event)))
      }
    }

    func create(_ topic: String, partitions: Int32) throws {
      try administer(1) { items, queue in
        items[0] = rd_kafka_NewTopic_new(topic, partitions, 1, nil, 0)
        rd_kafka_CreateTopics(client, items, 1, nil, queue)
        rd_kafka_NewTopic_destroy(items[0])
      }
    }

    func delete(_ topic: String) throws {
      try administer(1) { items, queue in
        items[0] = rd_kafka_DeleteTopic_new(topic)
        rd_kafka_DeleteTopics(client, items, 1, nil, queue)
        rd_kafka_DeleteTopic_destroy(items[0])
      }
    }

    func grow(_ topic: String, to partitions: Int) throws {
      try administer(1) { items, queue in
        items[0] = rd_kafka_NewPartitions_new(topic, partitions, nil, 0)
        rd_kafka_CreatePartitions(client, items, 1, nil, queue)
        rd_kafka_NewPartitions_destroy(items[0])
      }
    }

    /// Deletes the messages before an offset, as retention does.
    func deleteRecords(_ topic: String, partition: Int32 = 0, before offset: Int64) throws {
      let list = rd_kafka_topic_partition_list_new(1)!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = offset
      try administer(1) { items, queue in
        items[0] = rd_kafka_DeleteRecords_new(list)
        rd_kafka_DeleteRecords(client, items, 1, nil, queue)
        rd_kafka_DeleteRecords_destroy(items[0])
      }
    }

    // MARK: Messages

    /// Sends messages and waits until the broker has them.
    func send(_ messages: [TestMessage], to topic: String) throws {
      let handle = rd_kafka_topic_new(client, topic, nil)!
      defer { rd_kafka_topic_destroy(handle) }
      for message in messages {
        var items: [rd_kafka_vu_t] = []
        var memory: [UnsafeMutablePointer<CChar>] = []
        defer { memory.forEach { free($0) } }
        func add(_ type: rd_kafka_vtype_t, _ change: (inout rd_kafka_vu_t) -> Void) {
          var item = rd_kafka_vu_t()
          item.vtype = type
          change(&item)
          items.append(item)
        }
        func bytes(_ text: String) -> UnsafeMutablePointer<CChar> {
          memory.append(strdup(text))
          return memory.last!
        }
        add(RD_KAFKA_VTYPE_RKT) { $0.u.rkt = handle }
        add(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = message.partition }
        add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = Int32(RD_KAFKA_MSG_F_COPY) }
        if let value = message.value {
          add(RD_KAFKA_VTYPE_VALUE) {
            $0.u.mem.ptr = UnsafeMutableRawPointer(bytes(value))
            $0.u.mem.size = value.utf8.count
          }
        }
        if let key = message.key {
          add(RD_KAFKA_VTYPE_KEY) {
            $0.u.mem.ptr = UnsafeMutableRawPointer(bytes(key))
            $0.u.mem.size = key.utf8.count
          }
        }
        if let timestamp = message.timestamp { add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.u.i64 = timestamp } }
        for (name, value) in message.headers.sorted(by: { $0.key < $1.key }) {
          add(RD_KAFKA_VTYPE_HEADER) {
            $0.u.header.name = UnsafePointer(bytes(name))
            $0.u.header.val = UnsafeRawPointer(bytes(value))
            $0.u.header.size = value.utf8.count
          }
        }
        try check(rd_kafka_produceva(client, items, items.count))
      }
      guard rd_kafka_flush(client, 20_000) == RD_KAFKA_RESP_ERR_NO_ERROR else {
        throw BrokerFailure(description: "messages were not sent")
      }
    }

    func send(_ values: [String], to topic: String, partition: Int32 = 0) throws {
      try send(values.map { TestMessage($0, partition: partition) }, to: topic)
    }

    func begin() throws { try check(rd_kafka_begin_transaction(client)) }
    func commit() throws { try check(rd_kafka_commit_transaction(client, 20_000)) }
    func abort() throws { try check(rd_kafka_abort_transaction(client, 20_000)) }

    /// The offsets that a group has committed of a topic's partitions.
    static func committed(_ group: String, _ topic: String, partitions: Int32, of broker: Broker) throws -> [Int64] {
      let conf = rd_kafka_conf_new()!
      for (name, value) in ["bootstrap.servers": broker.servers, "group.id": group] {
        try #require(rd_kafka_conf_set(conf, name, value, nil, 0) == RD_KAFKA_CONF_OK)
      }
      let client = try #require(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nil, 0))
      defer { rd_kafka_destroy(client) }
      let list = rd_kafka_topic_partition_list_new(partitions)!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      for partition in 0..<partitions { rd_kafka_topic_partition_list_add(list, topic, partition) }
      try #require(rd_kafka_committed(client, list, 20_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
      return (0..<Int(partitions)).map { list.pointee.elems[$0].offset }
    }

    /// All messages of a topic that a reader of committed ones sees, partition by partition.
    static func read(_ topic: String, of broker: Broker, partitions: Int32 = 1) throws -> [TestMessage] {
      let conf = rd_kafka_conf_new()!
      for (name, value) in [
        "bootstrap.servers": broker.servers, "isolation.level": "read_committed", "enable.partition.eof": "true",
        "auto.offset.reset": "earliest", "receive.message.max.bytes": "1000000000",
      ] { try #require(rd_kafka_conf_set(conf, name, value, nil, 0) == RD_KAFKA_CONF_OK) }
      let client = try #require(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nil, 0))
      defer { rd_kafka_destroy(client) }
      let handle = rd_kafka_topic_new(client, topic, nil)!
      defer { rd_kafka_topic_destroy(handle) }
      var result: [TestMessage] = []
      for partition in 0..<partitions {
        try #require(rd_kafka_consume_start(handle, partition, Int64(RD_KAFKA_OFFSET_BEGINNING)) == 0)
        defer { rd_kafka_consume_stop(handle, partition) }
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
          guard let message = rd_kafka_consume(handle, partition, 1000) else { continue }
          defer { rd_kafka_message_destroy(message) }
          if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF { break }
          try #require(message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR)
          func text(_ bytes: UnsafeMutableRawPointer?, _ count: Int) -> String? {
            bytes.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: count), as: UTF8.self) }
          }
          var read = TestMessage(text(message.pointee.payload, message.pointee.len), partition: partition)
          read.key = text(message.pointee.key, message.pointee.key_len)
          read.offset = message.pointee.offset
          result.append(read)
        }
      }
      return result
    }
  }
#endif
