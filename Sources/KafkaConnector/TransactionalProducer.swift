#if Kafka
  import CRdkafka
  import KafkaBridge
  import TidemillColumns
  import TidemillConnectors

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// Why a transaction failed.
  struct TransactionFailure: Error {
    enum Kind: Hashable {
      /// Another process has taken over this one's identity.
      case fenced
      /// Nothing that trying again would mend.
      case permanent
      /// The broker may take it another time.
      case transient
    }

    var kind: Kind
    var text: String
  }

  /// The epoch that a topic has, and the process that wrote it.
  struct EpochMark: Hashable {
    var epoch: UInt64
    var writer: String
  }

  /// One client of librdkafka that writes in transactions. All calls block.
  final class TransactionalProducer {
    private let client: OpaquePointer
    private let events: OpaquePointer
    private let topic: OpaquePointer
    private let topicName: String
    private let identity: String
    private let configuration: KafkaConfiguration
    private let timeout: Int32
    /// Told when messages are not taken for some seconds.
    var onWait: () -> Void = {}
    /// Whether nobody wants to wait any more for messages that are not taken.
    var isInterrupted: () -> Bool = { false }

    /// Connects, and ends whatever transaction an earlier process of this identity had left open.
    init(_ configuration: KafkaConfiguration, topic name: String, identity: String, patience: Duration) throws {
      self.configuration = configuration
      self.identity = identity
      topicName = name
      timeout = patience < .seconds(5) ? max(500, Int32(patience / .milliseconds(1))) : 5000
      events = tidemill_kafka_events_create()
      do {
        let conf = try configuration.conf(
          defaults: [
            "client.id": "tidemill", "linger.ms": "5", "compression.codec": "lz4", "transaction.timeout.ms": "60000",
            "message.timeout.ms": "60000", "queue.buffering.max.kbytes": "65536", "socket.keepalive.enable": "true",
            "reconnect.backoff.max.ms": "2000",
          ], fixed: ["transactional.id": identity])
        tidemill_kafka_events_attach(events, conf)
        client = try configuration.client(RD_KAFKA_PRODUCER, conf)
      } catch {
        tidemill_kafka_events_destroy(events)
        throw error
      }
      topic = rd_kafka_topic_new(client, name, nil)
      do { try retrying { rd_kafka_init_transactions(client, timeout) } } catch {
        close()
        throw error
      }
    }

    func close() {
      // What is still on its way belongs to a transaction that nobody will commit.
      rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
      rd_kafka_topic_destroy(topic)
      rd_kafka_destroy(client)
      tidemill_kafka_events_destroy(events)
    }

    /// One transaction: what `produce` sends, and the epoch's mark.
    func write(_ mark: EpochMark, _ produce: (TransactionalProducer) throws -> Void) throws {
      try throwing(rd_kafka_begin_transaction(client))
      do {
        try produce(self)
        try flush()
        FailPoint.reached(.afterRows)
        try send(mark)
        FailPoint.reached(.beforeCommit)
        try retrying { rd_kafka_commit_transaction(client, timeout) }
        FailPoint.reached(.afterCommit)
      } catch let failure as TransactionFailure {
        if failure.kind != .fenced, let error = rd_kafka_abort_transaction(client, timeout) { rd_kafka_error_destroy(error) }
        throw failure
      }
    }

    func send(_ rows: MessageRows.Encoded) throws {
      var sent = 0
      let code = tidemill_kafka_produce(
        client, topic, rows.values, rows.valueEnds, rows.keys, rows.keyEnds.isEmpty ? nil : rows.keyEnds, rows.keyGap,
        rows.isTombstone.isEmpty ? nil : rows.isTombstone, rows.valueEnds.count, &sent)
      if code != 0 { throw failure(rd_kafka_resp_err_t(code)) }
    }

    private func flush() throws {
      var code = RD_KAFKA_RESP_ERR__TIMED_OUT
      // Messages have an end of their own after a minute.
      for second in 1...65 {
        code = rd_kafka_flush(client, 1000)
        guard code == RD_KAFKA_RESP_ERR__TIMED_OUT else { break }
        if second == 3 { onWait() }
        if second >= 3 && isInterrupted() { break }
      }
      let lost = tidemill_kafka_events_take_delivery_error(events)
      if lost != 0 { throw failure(rd_kafka_resp_err_t(lost)) }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw failure(code) }
    }

    // MARK: The mark

    private var group: String { identity }

    /// Makes the epoch's number part of the transaction.
    private func send(_ mark: EpochMark) throws {
      let list = rd_kafka_topic_partition_list_new(1)!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      let entry = rd_kafka_topic_partition_list_add(list, topicName, 0)!
      entry.pointee.offset = Int64(mark.epoch)
      // librdkafka frees it with the list.
      let text = "tidemill \(mark.writer)"
      entry.pointee.metadata = text.withCString { strdupBytes($0) }
      entry.pointee.metadata_size = text.utf8.count
      let metadata = rd_kafka_consumer_group_metadata_new(group)!
      defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
      try retrying { rd_kafka_send_offsets_to_transaction(client, list, metadata, timeout) }
    }

    private func strdupBytes(_ text: UnsafePointer<CChar>) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(strdup(text)) }

    /// The last epoch whose transaction was committed; `nil` for none.
    func lastMark() throws -> EpochMark? {
      let conf = try configuration.conf(
        defaults: ["isolation.level": "read_committed", "socket.keepalive.enable": "true"],
        fixed: ["group.id": group, "enable.auto.commit": "false"], leavingOut: Self.producerNames)
      rd_kafka_conf_set_log_cb(conf, nil)
      let reader = try configuration.client(RD_KAFKA_CONSUMER, conf)
      defer { rd_kafka_destroy(reader) }
      let list = rd_kafka_topic_partition_list_new(1)!
      defer { rd_kafka_topic_partition_list_destroy(list) }
      rd_kafka_topic_partition_list_add(list, topicName, 0)
      let code = rd_kafka_committed(reader, list, timeout)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw failure(code) }
      let found = list.pointee.elems[0]
      guard found.err == RD_KAFKA_RESP_ERR_NO_ERROR else { throw failure(found.err) }
      guard found.offset >= 0 else { return nil }
      let text = String(
        decoding: UnsafeRawBufferPointer(start: found.metadata, count: found.metadata == nil ? 0 : found.metadata_size),
        as: UTF8.self)
      return EpochMark(epoch: UInt64(found.offset), writer: String(text.dropFirst("tidemill ".count)))
    }

    /// What a producer takes and a consumer warns of.
    private static let producerNames: Set<String> = [
      "linger.ms", "compression.codec", "compression.type", "batch.size", "batch.num.messages", "transaction.timeout.ms",
      "message.timeout.ms", "queue.buffering.max.kbytes", "queue.buffering.max.messages", "partitioner",
    ]

    // MARK: Errors

    /// Calls again what says that it may be called again.
    private func retrying(_ call: () -> OpaquePointer?) throws {
      var attempts = 0
      while let error = call() {
        attempts += 1
        guard rd_kafka_error_is_retriable(error) != 0, attempts < 2 else { throw failure(consuming: error) }
        rd_kafka_error_destroy(error)
      }
    }

    private func throwing(_ error: OpaquePointer?) throws { if let error { throw failure(consuming: error) } }

    private func failure(consuming error: OpaquePointer) -> TransactionFailure {
      defer { rd_kafka_error_destroy(error) }
      return failure(rd_kafka_error_code(error), String(cString: rd_kafka_error_string(error)))
    }

    private func failure(_ code: rd_kafka_resp_err_t, _ text: String? = nil) -> TransactionFailure {
      var code = code
      var text = text ?? errorText(code)
      var buffer = [CChar](repeating: 0, count: 512)
      let fatal = rd_kafka_fatal_error(client, &buffer, buffer.count)
      if fatal != RD_KAFKA_RESP_ERR_NO_ERROR {
        code = fatal
        text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      }
      // Why nobody answered says more than that nobody did.
      rd_kafka_poll(client, 0)
      if tidemill_kafka_events_take_error(events, &buffer, buffer.count) != 0, code == RD_KAFKA_RESP_ERR__TIMED_OUT {
        text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      }
      return TransactionFailure(kind: Self.kind(code), text: configuration.redacted(text))
    }

    private static func kind(_ code: rd_kafka_resp_err_t) -> TransactionFailure.Kind {
      switch code {
      case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH: .fenced
      case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION,
        RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
        RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        .permanent
      default: .transient
      }
    }
  }
#endif
