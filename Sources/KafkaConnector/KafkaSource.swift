#if Kafka
  import CRdkafka
  import Dispatch
  import Synchronization
  import TidemillColumns
  import TidemillConnectors

  /// Messages of Kafka topics, read exactly once: a position is the next offset of each partition, and a slice a range of offsets of
  /// each, so that the same messages can be read again.
  ///
  /// Messages are read ahead of the slices into memory, within a limit. A slice is cut from what is there, and its tasks decode it
  /// where it lies; only what an earlier run of the job had read is fetched for its tasks.
  public final class KafkaSource: Source {
    public let description: String
    private let options: KafkaOptions
    private let decoder: MessageDecoder
    private let isBounded: Bool
    private let report: @Sendable (String) -> Void
    private let signal = InputSignal()
    private let state = Mutex(State())

    private struct State: Sendable {
      var reader: KafkaReader?
      var isInterrupted = false
      /// Slices that were handed out and whose tasks nobody has asked for yet.
      var pending: [[UInt8]: [MessageTask]] = [:]
      /// What the group was told last, and when.
      var told: PartitionTable?
      var toldAt = ContinuousClock.now
    }

    /// - Throws: `TidemillError` for options that it does not take. Nothing is connected before the first slice.
    package init(_ context: SourceContext) throws {
      options = try KafkaOptions(context.definition)
      decoder = try MessageDecoder(context, options)
      isBounded = context.endsWithWhatIsThere
      report = context.report
      description = "\(options.topics.description) at \(options.connection.servers)"
      if case .pattern(let pattern) = options.topics { _ = try TopicPattern(pattern, of: options.owner) }
    }

    deinit { state.withLock { $0.reader?.stop() } }

    public var partitionCount: Int { max(1, reader?.shared.withLock { $0.partitions.count } ?? 1) }

    public var isReadToItsEnd: Bool { !(reader?.shared.withLock { $0.isSettled } ?? false) }

    public var unsettledPartitions: Set<Int> {
      guard let reader else { return [0] }
      return reader.shared.withLock { state in
        guard state.isReady else { return Set(0..<max(1, state.partitions.count)) }
        return Set(state.partitions.indices.filter { state.isUnreachable || !state.partitions[$0].isSettled })
      }
    }

    private var reader: KafkaReader? { state.withLock { $0.reader } }

    // MARK: Slices

    public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
      let table = try undamaged("position") { try PartitionTable(position) }
      let reader = try reader(at: table)
      let now = ContinuousClock.now
      let taken = try reader.shared.change { state -> (SourceSlice, [MessageTask])? in
        if let failure = state.failure { throw failure }
        let isStart = state.isReady && state.mustRecordStart
        var ranges: [OffsetRange] = []
        var tasks: [MessageTask] = []
        if state.isReady { take(&state, byteLimit: byteLimit, at: now, &ranges, &tasks) }
        guard !ranges.isEmpty || isStart else {
          state.lookedTooEarly = !state.isSettled
          return nil
        }
        state.mustRecordStart = false
        let slice = SourceSlice(
          record: OffsetRange.encode(ranges), end: state.table.position,
          byteCount: tasks.reduce(0) { $0 + $1.run.byteCount }, reachesEnd: state.isSettled)
        return (slice, tasks)
      }
      reader.bell.ring()
      let isPausing = taken == nil && reader.shared.withLock { $0.isSettled }
      // What a slice begins behind has become of an epoch that is done.
      await tellGroup(table, reader, isPausing: isPausing)
      guard let (slice, tasks) = taken else { return nil }
      state.withLock { $0.pending[slice.record] = tasks }
      return slice
    }

    /// Takes from all partitions, up to the same time.
    private func take(
      _ state: inout ReaderState, byteLimit: Int, at now: ContinuousClock.Instant, _ ranges: inout [OffsetRange],
      _ tasks: inout [MessageTask]
    ) {
      let (latest, fits) = state.latest(at: now, byteLimit: byteLimit, messageLimit: options.offsetsPerEpoch ?? .max)
      var bytesLeft = max(byteLimit, 1)
      var messagesLeft = options.offsetsPerEpoch ?? .max
      let indices = state.partitions.indices.filter { state.partitions[$0].isForSlices && !state.partitions[$0].buffer.isEmpty }
      for (number, index) in indices.enumerated() where messagesLeft > 0 && (bytesLeft > 0 || ranges.isEmpty) {
        // Where no common time keeps the limits, what one partition leaves over the next ones may have.
        let share = fits ? 1 : indices.count - number
        let taken = state.partitions[index].buffer.take(
          latest: latest, byteLimit: max(1, bytesLeft / share),
          messageLimit: messagesLeft == .max ? .max : (messagesLeft + share - 1) / share,
          end: state.partitions[index].end ?? .max)
        guard let last = taken.last else { continue }
        ranges.append(
          OffsetRange(
            index: index, partition: state.partitions[index].partition, from: state.partitions[index].handedOut,
            to: last.endOffset))
        for run in taken {
          bytesLeft -= run.byteCount
          if messagesLeft != .max { messagesLeft -= run.messages.count }
          tasks.append(
            MessageTask(partition: index, run: run, decoder: decoder, origin: state.partitions[index].partition))
        }
        state.partitions[index].handedOut = last.endOffset
        state.partitions[index].replaced = nil
        state.partitions[index].handedOutTimestamp = max(
          state.partitions[index].handedOutTimestamp, last.chunk.timestamp(last.messages.upperBound - 1))
        if state.partitions[index].buffer.isEmpty && !state.partitions[index].isAtEnd {
          state.partitions[index].hungrySince = now
        }
      }
    }

    /// The reader, if it stands at `table`; else a new one that begins there.
    private func reader(at table: PartitionTable) throws -> KafkaReader {
      try state.withLock { state in
        if let reader = state.reader {
          let stands = reader.shared.withLock { $0.stands(at: table) }
          if stands { return reader }
          reader.stop()
        }
        let reader = try KafkaReader(
          options, from: table, keepsExtras: decoder.keepsExtras, isBounded: isBounded, signal: signal, report: report)
        state.reader = reader
        if state.isInterrupted { reader.shared.change { $0.isInterrupted = true } }
        return reader
      }
    }

    public func waitForInput(timeout: Duration) async throws {
      let clock = ContinuousClock()
      let deadline = clock.now + timeout
      while let reader, clock.now < deadline {
        let isReady: @Sendable () -> Bool = {
          reader.shared.withLock { state in
            state.failure != nil || state.isStopping || state.hasSlice(at: .now) || (state.lookedTooEarly && state.isSettled)
          }
        }
        if isReady() { return }
        // What waits for another partition is due after a while, without anything else happening.
        let waits = reader.shared.withLock { $0.partitions.contains { !$0.buffer.isEmpty } }
        let rest = deadline - clock.now
        try await signal.wait(timeout: waits ? min(rest, .milliseconds(200)) : rest, unless: isReady)
      }
    }

    public func interrupt() {
      let reader = state.withLock { state in
        state.isInterrupted = true
        return state.reader
      }
      reader?.shared.change { $0.isInterrupted = true }
    }

    // MARK: Tasks

    public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
      if let tasks = state.withLock({ $0.pending.removeValue(forKey: slice.record) }) { return tasks }
      let ranges = try undamaged("slice record") { try OffsetRange.decode(slice.record) }
      let end = try undamaged("position") { try PartitionTable(slice.end) }
      let reader = try reader(before: ranges, end: end)
      let awaited = ranges.map { AwaitedRange($0) }
      reader.shared.change { state in
        for item in awaited {
          state.partitions[item.range.index].awaited.append(item)
          state.partitions[item.range.index].handedOut = item.range.to
        }
      }
      return awaited.map { AwaitedTask($0, reader: reader, decoder: decoder, failsOnDataLoss: options.failsOnDataLoss) }
    }

    /// The reader, if what it will read next is what the ranges name; else a new one that begins with them.
    private func reader(before ranges: [OffsetRange], end: PartitionTable) throws -> KafkaReader {
      var table = end
      for range in ranges {
        guard range.index < table.entries.count, table.entries[range.index].partition == range.partition else {
          throw damaged("slice record", CorruptBytes("partition \(range.partition) is not in its position"))
        }
        table.entries[range.index].next = range.from
      }
      return try reader(at: table)
    }

    // MARK: The group

    /// Tells the group how far the stream was read, for people who watch it: the job itself needs it for nothing. Every few
    /// seconds, and before a pause.
    private func tellGroup(_ table: PartitionTable, _ reader: KafkaReader, isPausing: Bool) async {
      guard let group = options.group, !table.entries.isEmpty else { return }
      let isDue = state.withLock { state in
        guard state.told != table, isPausing || ContinuousClock.now - state.toldAt > .seconds(5) else { return false }
        state.told = table
        state.toldAt = .now
        return true
      }
      guard isDue else { return }
      let code = await withCheckedContinuation { continuation in
        DispatchQueue(label: "tidemill.kafka.commit").async { continuation.resume(returning: reader.consumer.commit(table)) }
      }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        report("\(options.owner): the group \(group) was not told the offsets: \(errorText(code))")
      }
    }

    private func undamaged<Result>(_ what: String, _ body: () throws -> Result) throws -> Result {
      do { return try body() } catch let corrupt as CorruptBytes { throw damaged(what, corrupt) }
    }

    private func damaged(_ what: String, _ corrupt: CorruptBytes) -> TidemillError {
      TidemillError(
        .checkpoint, "the \(what) of \(description) is damaged: \(corrupt)",
        hint: "restore the checkpoint from a copy, or start with a new one")
    }
  }

  extension ReaderState {
    /// Whether the next slice or task would begin where `table` says. Partitions that it does not know must be untouched.
    fileprivate func stands(at table: PartitionTable) -> Bool {
      if isStopping && failure == nil { return false }
      guard table.entries.count <= partitions.count else { return false }
      for (entry, partition) in zip(table.entries, partitions) {
        guard entry.partition == partition.partition, entry.next == partition.handedOut || entry.next == partition.replaced
        else {
          return false
        }
      }
      return partitions[table.entries.count...].allSatisfy(\.isUntouched)
    }
  }
#endif
