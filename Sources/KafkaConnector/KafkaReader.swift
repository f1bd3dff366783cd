#if Kafka
  import CRdkafka
  import Dispatch
  import KafkaBridge
  import TidemillColumns
  import TidemillConnectors

  /// Reads all partitions of a stream ahead of its slices, from given offsets on, within a limit of memory.
  ///
  /// Two threads: one moves messages from librdkafka's queues into chunks, the other looks after partitions and the broker. What
  /// they know is in `shared`; slices and tasks take from there.
  final class KafkaReader: Sendable {
    let shared: Monitor<ReaderState>
    let signal: InputSignal
    let options: KafkaOptions
    let queues = Monitor<[PartitionQueue]>([])
    let consumer: KafkaConsumer
    let bell = Bell()
    private let pool: ChunkPool
    private let report: @Sendable (String) -> Void

    /// How many bytes of messages wait in memory for their slices, over all partitions.
    static let readAhead = 64 << 20
    /// What one chunk holds at most, but for a single longer batch of librdkafka's.
    private static let chunkSize = 512 << 10

    /// - Parameters:
    ///   - table: where to begin; empty for a new stream.
    ///   - isBounded: whether only what is there now is wanted.
    init(
      _ options: KafkaOptions, from table: PartitionTable, keepsExtras: Bool, isBounded: Bool, signal: InputSignal,
      report: @escaping @Sendable (String) -> Void
    ) throws {
      self.options = options
      pool = ChunkPool(keepsExtras: keepsExtras)
      self.signal = signal
      self.report = report
      consumer = try KafkaConsumer(options.connection, group: options.group)
      var state = ReaderState()
      state.partitions = table.entries.map { ReadPartition($0.partition, at: $0.next) }
      shared = Monitor(state)
      let control = PartitionControl(
        options, consumer: consumer, isNew: table.entries.isEmpty, isBounded: isBounded, reader: self, report: report)
      let threads = DispatchGroup()
      DispatchQueue(label: "tidemill.kafka.read").async(group: threads) { self.readUntilStopped() }
      DispatchQueue(label: "tidemill.kafka.control").async(group: threads) { control.runUntilStopped() }
      threads.notify(queue: DispatchQueue(label: "tidemill.kafka.close")) { self.close() }
    }

    /// Makes the threads end and then the client, in the background.
    func stop() {
      shared.change { $0.isStopping = true }
      bell.ring()
      signal.notify()
    }

    private func close() {
      queues.withLock { queues in
        for queue in queues {
          tidemill_bell_attach(nil, queue.pointer)
          rd_kafka_queue_destroy(queue.pointer)
        }
        queues = []
      }
      for partition in shared.withLock({ $0.partitions.filter(\.isStarted).map(\.partition) }) { consumer.stop(partition) }
      consumer.close()
    }

    /// Ends the job with an error.
    func fail(_ error: TidemillError) {
      shared.change { $0.failure = $0.failure ?? error }
      signal.notify()
    }

    // MARK: The reading thread

    /// A partition's queue of librdkafka, by the partition's number.
    struct PartitionQueue: @unchecked Sendable {
      var index: Int
      var partition: TopicPartition
      var version: Int
      var pointer: OpaquePointer
      /// Whether the partition has another queue by now.
      var isRetired = false
    }

    private func readUntilStopped() {
      while !shared.withLock({ $0.isStopping || $0.failure != nil }) {
        var moved = false
        for queue in queues.withLock({ $0 }) where !queue.isRetired && read(queue) { moved = true }
        if moved { signal.notify() } else { bell.wait(milliseconds: 100) }
      }
      signal.notify()
    }

    /// Moves what a queue has, as far as there is room.
    ///
    /// - Returns: whether there may be more.
    private func read(_ queue: PartitionQueue) -> Bool {
      var next = shared.withLock { state -> Int64? in
        let partition = state.partitions[queue.index]
        let share = max(Self.readAhead / state.partitions.count, 1 << 20)
        guard partition.version == queue.version, partition.buffer.byteCount < share else { return nil }
        return partition.next
      }
      guard next != nil else { return false }
      let chunk = MessageChunk(pool)
      var outcome = tidemill_kafka_outcome()
      var isAtEnd = false
      var error: (code: Int32, text: String)?
      var moved = false
      while chunk.byteCount < Self.chunkSize {
        tidemill_kafka_consume(queue.pointer, 0, 1000, options.format.layout, chunk.memory, &next!, &outcome)
        if outcome.out_of_memory != 0 {
          fail(
            TidemillError(.outOfMemory, "\(options.owner): no memory for its messages", hint: "give the process more memory"))
          return false
        }
        if outcome.error != 0 {
          error = (
            outcome.error, withUnsafeBytes(of: outcome.error_text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
          )
        }
        if outcome.messages == 0 && outcome.reached_end == 0 { break }
        moved = true
        isAtEnd = outcome.reached_end != 0
        if outcome.messages < 1000 { break }
      }
      // The broker says only after a while that nothing more has come; its last answer said where the end was.
      if moved && !isAtEnd, let end = consumer.knownEnd(of: queue.partition), next! >= end { isAtEnd = true }
      publish(chunk, queue, next: next!, isAtEnd: isAtEnd, moved: moved, error: error)
      return moved
    }

    private func publish(
      _ chunk: MessageChunk, _ queue: PartitionQueue, next: Int64, isAtEnd: Bool, moved: Bool,
      error: (code: Int32, text: String)?
    ) {
      guard moved || error != nil else { return }
      shared.change { state in
        guard state.partitions[queue.index].version == queue.version else { return }
        if moved {
          state.partitions[queue.index].buffer.append(chunk)
          state.partitions[queue.index].next = next
          state.partitions[queue.index].isAtEnd = isAtEnd
          state.partitions[queue.index].hungrySince = nil
        }
        guard let error else { return }
        switch rd_kafka_resp_err_t(error.code) {
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
          RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
          state.partitions[queue.index].needsCheck = true
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
          RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR_INVALID_MSG:
          state.failure =
            state.failure
            ?? TidemillError(
              .io,
              "\(options.owner): \(state.partitions[queue.index].partition) cannot be read: "
                + options.connection.redacted(error.text),
              hint: "check the rights of the user, and whether this librdkafka has the topic's compression")
        default: break  // librdkafka tries again by itself.
        }
      }
    }
  }

  extension ValueFormat {
    /// How the bridge lays out values of this format.
    var layout: Int32 {
      switch self {
      case .json: Int32(tidemill_kafka_json)
      case .csv: Int32(tidemill_kafka_csv)
      case .text: Int32(tidemill_kafka_text)
      }
    }
  }
#endif
