#if Kafka
  import TidemillColumns
  import TidemillConnectors

  /// Messages that are in memory.
  struct MessageTask: ReadTask {
    var partition: Int
    var run: MessageRun
    var decoder: MessageDecoder
    var origin: TopicPartition

    func read(latest: EventTime) throws -> ReadResult { try decoder.decode(run, of: origin, latest: latest) }
  }

  /// Messages that an earlier run of the job had read: waits until the reader has them again.
  final class AwaitedTask: ReadTask {
    private let item: AwaitedRange
    private let reader: KafkaReader
    private let decoder: MessageDecoder
    private let failsOnDataLoss: Bool

    init(_ item: AwaitedRange, reader: KafkaReader, decoder: MessageDecoder, failsOnDataLoss: Bool) {
      self.item = item
      self.reader = reader
      self.decoder = decoder
      self.failsOnDataLoss = failsOnDataLoss
    }

    // One that never ran must not keep those behind it waiting.
    deinit { finish() }

    var partition: Int { item.range.index }

    private func finish() {
      reader.shared.change { state in state.partitions[item.range.index].awaited.removeAll { $0 === item } }
      reader.signal.notify()
    }

    func read(latest: EventTime) throws -> ReadResult {
      defer { finish() }
      var parts: [ReadResult] = []
      while let runs = try nextRuns() {
        for run in runs { parts.append(try decoder.decode(run, of: item.range.partition, latest: latest)) }
      }
      return decoder.joined(parts)
    }

    /// The next messages of the range; `nil` when it has no more.
    private func nextRuns() throws -> [MessageRun]? {
      try reader.shared.wait { state -> [MessageRun]?? in
        if let failure = state.failure { throw failure }
        if state.isStopping {
          throw TidemillError(.io, "reading \(item.range.partition) was stopped", isRetryable: true)
        }
        let partition = state.partitions[item.range.index]
        guard partition.awaited.first === item else { return nil }
        let runs = state.partitions[item.range.index].buffer.take(end: item.range.to)
        if !runs.isEmpty { return .some(runs) }
        if partition.next >= item.range.to || !partition.buffer.isEmpty { return .some(nil) }
        if state.isInterrupted && state.isUnreachable {
          throw TidemillError(
            .io, "\(reader.options.owner): stopped while it waited for kafka at \(reader.options.connection.servers)",
            hint: "once it is back, start again: with a checkpoint the job goes on where it stopped", isRetryable: true)
        }
        // The broker has no more: what the range ends with is gone.
        guard partition.isAtEnd else { return nil }
        guard failsOnDataLoss else { return .some(nil) }
        throw TidemillError(
          .badInput, "\(item.range.partition) ends at offset \(partition.next), but was read up to \(item.range.to)",
          hint: "it was made anew or cut; start a new checkpoint, or say failOnDataLoss 'false' to go on with what is there")
      }
    }
  }
#endif
