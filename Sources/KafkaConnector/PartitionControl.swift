#if Kafka
  import CRdkafka
  import TidemillColumns

  /// Looks after a reader's partitions: finds them, decides where they begin, sees when the broker is gone, and what was lost.
  ///
  /// All of it on one thread.
  final class PartitionControl: @unchecked Sendable {
    private let options: KafkaOptions
    private let consumer: KafkaConsumer
    private unowned let reader: KafkaReader
    private let report: @Sendable (String) -> Void
    private let isBounded: Bool
    /// Whether the stream is read for the first time, so that its starting offsets count.
    private var isNew: Bool
    private var nextRefresh = ContinuousClock.now
    private var missingSince: ContinuousClock.Instant?
    private var unreachableSince: ContinuousClock.Instant?
    private var lastTrouble = ""
    private let clock = ContinuousClock()
    private let pause = Bell()

    init(
      _ options: KafkaOptions, consumer: KafkaConsumer, isNew: Bool, isBounded: Bool, reader: KafkaReader,
      report: @escaping @Sendable (String) -> Void
    ) {
      self.options = options
      self.consumer = consumer
      self.isNew = isNew
      self.isBounded = isBounded
      self.reader = reader
      self.report = report
    }

    func runUntilStopped() {
      while !reader.shared.withLock({ $0.isStopping || $0.failure != nil }) {
        do {
          try lookAround()
        } catch let failure as KafkaFailure {
          do { try lost(contact: failure) } catch { reader.fail(error) }
        } catch let error as TidemillError {
          reader.fail(error)
        } catch { preconditionFailure("librdkafka gives no other errors") }
        pause.wait(milliseconds: 50)
      }
      reader.stop()
    }

    private func lookAround() throws {
      if let error = consumer.takeError() {
        lastTrouble = options.connection.redacted(error.text)
        try refuse(error.code)
        // A broker may only have closed an idle connection: the next look tells.
        nextRefresh = min(nextRefresh, clock.now)
      }
      let needsCheck = reader.shared.withLock { $0.partitions.contains(where: \.needsCheck) }
      if needsCheck { try checkOffsets() }
      guard clock.now >= nextRefresh else { return }
      try refresh()
      nextRefresh = clock.now + options.refreshInterval
      if unreachableSince != nil {
        unreachableSince = nil
        report("\(options.owner): kafka at \(options.connection.servers) answers again")
      }
      reader.shared.change { $0.isUnreachable = false }
      reader.signal.notify()
    }

    // MARK: The broker

    private func lost(contact failure: KafkaFailure) throws(TidemillError) {
      try refuse(failure.code)
      nextRefresh = clock.now + .milliseconds(500)
      let now = clock.now
      let reason = lastTrouble.isEmpty ? failure.text : lastTrouble
      let since = unreachableSince ?? now
      if unreachableSince == nil {
        unreachableSince = now
        reader.shared.change { $0.isUnreachable = true }
        report(
          "\(options.owner): kafka at \(options.connection.servers) cannot be reached (\(reason)); waiting for up to "
            + "\(options.patience.components.seconds) seconds")
      }
      guard now - since > options.patience else { return }
      throw TidemillError(
        .io,
        "\(options.owner): kafka at \(options.connection.servers) has not answered for "
          + "\(options.patience.components.seconds) seconds (\(reason))",
        hint: "once it is back, start again: with a checkpoint the job goes on where it stopped", isRetryable: true)
    }

    /// - Throws: for what waiting does not mend.
    private func refuse(_ code: rd_kafka_resp_err_t) throws(TidemillError) {
      switch code {
      case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        throw TidemillError(
          .io, "\(options.owner): kafka at \(options.connection.servers) refuses the login: \(lastTrouble)",
          hint: "check kafka.security.protocol, kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password")
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        throw TidemillError(
          .io, "\(options.owner): the user may not read \(options.topics.description)", hint: "give it the right READ")
      case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR__INVALID_ARG:
        throw TidemillError(
          .invalidQuery, "\(options.owner): kafka takes no topic of this name: \(options.topics.description)",
          hint: "names have letters, digits, dots, lines and underscores")
      default: break
      }
    }

    // MARK: Partitions

    private func refresh() throws {
      guard let found = try findPartitions() else { return }
      let known = Set(reader.shared.withLock { $0.partitions.map(\.partition) })
      reader.shared.change { state in
        for index in state.partitions.indices {
          let name = state.partitions[index].partition
          state.partitions[index].isReachable = found.first { $0.partition == name }?.isReachable ?? false
        }
      }
      let isStart = !reader.shared.withLock { $0.isReady }
      let new = found.map(\.partition).filter { !known.contains($0) }.sorted()
      var offsets: [(TopicPartition, Int64)] = []
      for partition in new { offsets.append((partition, try startingOffset(of: partition))) }
      if isStart {
        try checkNames(found.map(\.partition))
        for index in 0..<known.count { try check(index) }
      }
      var ends: [TopicPartition: Int64] = [:]
      if isStart && isBounded {
        for partition in Array(known) + new { ends[partition] = try consumer.offsets(of: partition).high }
      }
      reader.shared.change { state in
        for (partition, offset) in offsets {
          state.partitions.append(ReadPartition(partition, at: offset))
          // Of a bounded query's start, partitions that come later are no part.
          if isBounded && !isStart { state.partitions[state.partitions.count - 1].end = offset }
        }
        for (partition, end) in ends {
          if let index = state.partitions.firstIndex(where: { $0.partition == partition }) { state.partitions[index].end = end }
        }
        if isStart && isNew && options.start != .earliest { state.mustRecordStart = true }
      }
      if !isStart && !new.isEmpty {
        report("\(options.owner): reads new partitions \(new.map(\.description).joined(separator: ", "))")
      }
      for index in 0..<reader.shared.withLock({ $0.partitions.count }) { try start(index) }
      reader.shared.change { $0.isReady = true }
      isNew = false
    }

    /// - Returns: `nil` when a topic is missing, which is waited for.
    private func findPartitions() throws -> [KafkaConsumer.Found]? {
      var found: [KafkaConsumer.Found] = []
      var missing: [String] = []
      switch options.topics {
      case .names(let names):
        for name in names {
          if let partitions = try consumer.partitions(of: name) { found += partitions } else { missing.append(name) }
        }
      case .partitions(let wanted):
        for name in Set(wanted.map(\.topic)).sorted() {
          guard let partitions = try consumer.partitions(of: name) else {
            missing.append(name)
            continue
          }
          found += partitions.filter { wanted.contains($0.partition) }
        }
        missing += wanted.filter { wanted in
          !missing.contains(wanted.topic) && !found.contains { $0.partition == wanted }
        }.map(\.description)
      case .pattern(let pattern):
        let expression = try TopicPattern(pattern, of: options.owner)
        for (name, partitions) in try consumer.allTopics() where expression.matches(name) { found += partitions }
      }
      guard !missing.isEmpty else {
        missingSince = nil
        return found
      }
      let isStart = !reader.shared.withLock { $0.isReady }
      if !isStart && options.failsOnDataLoss {
        throw TidemillError(
          .badInput, "\(options.owner): topic \(missing.joined(separator: ", ")) is gone",
          hint: "put it back, or start a new checkpoint; with failOnDataLoss 'false' the job goes on without it")
      }
      if missingSince == nil {
        missingSince = clock.now
        report(
          "\(options.owner): kafka at \(options.connection.servers) has no \(missing.joined(separator: ", ")) yet; waiting")
      }
      if isStart, clock.now - missingSince! > options.patience {
        throw TidemillError(
          .badInput, "\(options.owner): kafka at \(options.connection.servers) has no topic \(missing.joined(separator: ", "))",
          hint: "create it, or check its name")
      }
      if isStart { throw KafkaFailure(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) }
      return found
    }

    private func startingOffset(of partition: TopicPartition) throws -> Int64 {
      let (low, high) = try consumer.offsets(of: partition)
      guard isNew else { return low }
      switch options.start {
      case .earliest: return low
      case .latest: return high
      case .timestamp(let time): return try consumer.offset(of: partition, atOrAfter: time) ?? high
      case .timestamps(let times):
        return try times[partition].map { try consumer.offset(of: partition, atOrAfter: $0) ?? high } ?? high
      case .offsets(let offsets):
        switch offsets[partition] ?? -1 {
        case -2: return low
        case -1: return high
        case let offset:
          guard offset > high || offset < low else { return offset }
          guard !options.failsOnDataLoss else {
            throw TidemillError(
              .invalidQuery, "\(options.owner): startingOffsets says \(offset) for \(partition), which has \(low) to \(high)",
              hint: "name an offset that is there, -2 for the beginning or -1 for the end")
          }
          return offset > high ? high : low
        }
      }
    }

    /// With offsets by partition, all partitions must be named, as in Spark.
    private func checkNames(_ found: [TopicPartition]) throws {
      guard isNew else { return }
      let named: [TopicPartition]
      let option: String
      switch options.start {
      case .offsets(let offsets): (named, option) = (Array(offsets.keys), "startingOffsets")
      case .timestamps(let times): (named, option) = (Array(times.keys), "startingOffsetsByTimestamp")
      default: return
      }
      guard Set(named) != Set(found) else { return }
      throw TidemillError(
        .invalidQuery,
        "\(options.owner): \(option) names \(named.sorted().map(\.description).joined(separator: ", ")), but there are "
          + found.sorted().map(\.description).joined(separator: ", "), hint: "name every partition")
    }

    private func start(_ index: Int) throws {
      let (partition, next, version, isStarted) = reader.shared.withLock {
        (
          $0.partitions[index].partition, $0.partitions[index].next, $0.partitions[index].version,
          $0.partitions[index].isStarted
        )
      }
      guard !isStarted else { return }
      let queue = try consumer.start(partition, at: next, bell: reader.bell)
      reader.shared.change { $0.partitions[index].isStarted = true }
      reader.queues.withLock {
        $0.append(KafkaReader.PartitionQueue(index: index, partition: partition, version: version, pointer: queue))
      }
      reader.bell.ring()
    }

    // MARK: What was lost

    private func checkOffsets() throws {
      let indices = reader.shared.withLock { state in state.partitions.indices.filter { state.partitions[$0].needsCheck } }
      for index in indices { try check(index) }
    }

    /// Compares where a partition is read with what the broker still has of it.
    private func check(_ index: Int) throws {
      let (partition, next) = reader.shared.withLock { ($0.partitions[index].partition, $0.partitions[index].next) }
      let low: Int64
      let high: Int64
      do {
        (low, high) = try consumer.offsets(of: partition)
      } catch let failure as KafkaFailure
        where [RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC]
        .contains(failure.code)
      {
        try lostRange("\(partition) is gone: offsets from \(next) on are needed")
        reader.shared.change { state in
          state.partitions[index].needsCheck = false
          state.partitions[index].isAtEnd = true
        }
        return
      }
      if next >= low && next <= high {
        reader.shared.change { $0.partitions[index].needsCheck = false }
        return
      }
      if next < low {
        try lostRange("offsets \(next) to \(low - 1) of \(partition) are gone: the broker begins at \(low)")
      } else {
        try lostRange(
          "\(partition) ends at offset \(high), but was read up to \(next): it was made anew or cut, and what it held is gone")
      }
      restart(index, at: low, lost: max(0, low - next))
    }

    private func lostRange(_ what: String) throws {
      guard options.failsOnDataLoss else { return report("\(options.owner): \(what); going on with what is there") }
      throw TidemillError(
        .badInput, "\(options.owner): \(what)",
        hint: "keep messages longer than the job may be down; to go on without them, say failOnDataLoss 'false'")
    }

    private func restart(_ index: Int, at offset: Int64, lost: Int64) {
      let (partition, isStarted) = reader.shared.change { state in
        state.partitions[index].version += 1
        state.partitions[index].next = offset
        // A topic that was made anew counts from its beginning: what waits is of the one before.
        if offset < state.partitions[index].handedOut {
          state.partitions[index].buffer.removeAll()
          state.partitions[index].replaced = state.partitions[index].handedOut
          state.partitions[index].handedOut = offset
        }
        state.partitions[index].isAtEnd = false
        state.partitions[index].needsCheck = false
        state.lostMessages += lost
        let result = (state.partitions[index].partition, state.partitions[index].isStarted)
        state.partitions[index].isStarted = false
        return result
      }
      guard isStarted else { return }
      reader.queues.withLock { queues in
        // The reading thread may be at it: it finds its version outdated, and the queue goes when the client does.
        for position in queues.indices where queues[position].index == index { queues[position].isRetired = true }
      }
      consumer.stop(partition)
      do { try start(index) } catch { nextRefresh = clock.now }
    }
  }
#endif
