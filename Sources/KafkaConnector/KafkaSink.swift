#if Kafka
  import Dispatch
  import Synchronization
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats
  import TidemillPlan

  /// Results as messages of a Kafka topic, exactly once for readers of committed messages.
  ///
  /// Each epoch with changes is one transaction. The epoch's number is committed with it, as the offset of a group of its own, so
  /// that a restarted job knows which epochs the topic has and does not write them again.
  public final class KafkaSink: Sink {
    public let description: String
    private let options: Options
    private let zone: SessionZone
    private let report: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "tidemill.kafka.write")
    /// Only used on `queue`.
    private let writer = Mutex<EpochWriter?>(nil)
    private let interruption = Interruption()

    struct Options: Sendable {
      var owner: String
      var connection: KafkaConfiguration
      var topic: String
      /// Fences off an earlier process that still runs; `nil`: made of the topic's and the sink's name.
      var transactionalID: String?
      /// Whether what another job has committed under this identity is accepted as a beginning.
      var takesOver: Bool
      var patience: Duration

      init(_ sink: SinkDefinition) throws {
        var options = OptionReader(sink)
        owner = options.owner
        topic = try options.required("topic")
        transactionalID = options.string("transactionalid")
        takesOver = try options.boolean("takeover", default: false)
        patience = try options.patience()
        connection = try KafkaConfiguration(&options, refused: KafkaConfiguration.refusedForSinks)
        try options.finish()
        guard !topic.isEmpty else {
          throw TidemillError(.invalidQuery, "\(owner): option topic is empty", hint: "name the topic")
        }
      }
    }

    /// - Throws: `TidemillError` for options that it does not take, and for complete mode.
    package init(_ context: SinkContext) throws {
      options = try Options(context.definition)
      zone = context.zone
      report = context.report
      description = "kafka topic \(options.topic) at \(options.connection.servers)"
      guard context.mode != .complete else {
        throw TidemillError(
          .unsupported, "\(options.owner): a topic cannot take the whole result each time, as complete mode gives it",
          hint: "use update mode: the topic then holds the changes, by key")
      }
    }

    public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
      let options = options
      let identity = options.transactionalID ?? "tidemill-\(options.topic)-\(shape.queryName)"
      let writer = EpochWriter(
        options, identity: identity, rows: MessageRows(shape, zone: zone), interruption: interruption, report: report)
      try await onQueue {
        let found = try writer.open()
        guard let found, found > lastEpoch.number, !options.takesOver else { return }
        throw TidemillError(
          .badInput,
          "\(options.owner): topic \(options.topic) holds results of another job up to epoch \(found) under the name \(identity)"
            + (lastEpoch == .none ? ", and this job is new" : ", and this job's checkpoint ends at epoch \(lastEpoch)"),
          hint: "go on with that job's checkpoint, give this one a transactionalId of its own, or say takeOver 'true' to "
            + "write behind what is there")
      }
      if options.takesOver { writer.forgetEpochs(after: lastEpoch.number) }
      self.writer.withLock { $0 = writer }
    }

    public func write(_ batch: Batch, epoch: Epoch) async throws {
      guard let writer = writer.withLock({ $0 }) else { preconditionFailure("a sink is opened before it is written to") }
      guard batch.count > 0 else { return }
      try await onQueue { try writer.write(batch, epoch: epoch.number) }
    }

    public func close() async throws {
      let writer = writer.withLock { writer in
        defer { writer = nil }
        return writer
      }
      try await onQueue { writer?.close() }
    }

    public func interrupt() { interruption.request() }

    /// Runs what blocks on a thread of the sink's own.
    private func onQueue(_ work: @escaping @Sendable () throws -> Void) async throws {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        queue.async { continuation.resume(with: Result(catching: work)) }
      }
    }
  }
#endif
