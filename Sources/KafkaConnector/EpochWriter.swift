#if Kafka
  import KafkaBridge
  import TidemillColumns
  import TidemillConnectors

  /// Writes epochs to a topic, each exactly once, whatever becomes of the broker meanwhile.
  ///
  /// Whatever goes wrong, the way out is the same: let the client go, connect anew, which aborts what was open, and ask the broker
  /// for the last epoch that was committed. So a lost answer to a commit is no special case.
  final class EpochWriter: @unchecked Sendable {
    // All of it on the sink's queue.

    private let options: KafkaSink.Options
    private let identity: String
    private let rows: MessageRows
    private let interruption: Interruption
    private let report: @Sendable (String) -> Void
    /// Tells this process from others of the same identity.
    private let name = EpochWriter.newName()
    private var producer: TransactionalProducer?
    /// The last epoch that the topic has.
    private var committed: UInt64 = 0
    /// Another job's mark, which the user has accepted as a beginning.
    private var accepted: EpochMark?
    private var last: EpochMark?

    /// How many rows are encoded at a time: bounds the memory of a large epoch.
    private static let rowsAtATime = 1 << 14

    init(
      _ options: KafkaSink.Options, identity: String, rows: MessageRows, interruption: Interruption,
      report: @escaping @Sendable (String) -> Void
    ) {
      self.options = options
      self.identity = identity
      self.rows = rows
      self.interruption = interruption
      self.report = report
    }

    private static func newName() -> String {
      var generator = SystemRandomNumberGenerator()
      return String(generator.next() as UInt64, radix: 16)
    }

    /// Connects, and says which epoch the topic has.
    func open() throws -> UInt64? {
      var found: UInt64?
      try persisting(epoch: nil) { _ in found = committed > 0 ? committed : nil }
      return found
    }

    /// Accepts that another job's epochs are there, and counts from this one's last.
    func forgetEpochs(after epoch: UInt64) {
      guard committed > epoch else { return }
      accepted = last
      committed = epoch
    }

    func write(_ batch: Batch, epoch: UInt64) throws {
      guard epoch > committed else { return }
      try persisting(epoch: epoch) { producer in
        guard epoch > committed else { return }
        try producer.write(EpochMark(epoch: epoch, writer: name)) { producer in
          for part in batch.parts(of: Self.rowsAtATime) { try producer.send(rows.encode(part)) }
        }
        committed = epoch
      }
    }

    func close() {
      producer?.close()
      producer = nil
    }

    /// Tries again, with a new client each time, until it works or the user's patience is at its end.
    private func persisting(epoch: UInt64?, _ body: (TransactionalProducer) throws -> Void) throws {
      let clock = ContinuousClock()
      let start = clock.now
      var pause: Int32 = 100
      var hasFailed = false
      while true {
        do {
          try body(try connected(epoch: epoch))
          if hasFailed { report("\(options.owner): kafka at \(options.connection.servers) answers again") }
          return
        } catch let failure as TransactionFailure {
          close()
          switch failure.kind {
          case .fenced: throw fenced(failure.text)
          case .permanent:
            throw TidemillError(
              .io,
              "\(options.owner): kafka at \(options.connection.servers) does not take messages for \(options.topic): "
                + failure.text, hint: "check the topic, the rights of the user, and the options kafka.…")
          case .transient: break
          }
          if interruption.isRequested { throw stopped(failure.text) }
          guard clock.now - start < options.patience else { throw exhausted(failure.text) }
          if !hasFailed {
            report(
              "\(options.owner): kafka at \(options.connection.servers) cannot be written to (\(failure.text)); waiting for up to "
                + "\(options.patience.components.seconds) seconds")
          }
          hasFailed = true
          if interruption.isRequested(within: pause) { throw stopped(failure.text) }
          pause = min(pause * 2, 2000)
        }
      }
    }

    private func connected(epoch: UInt64?) throws -> TransactionalProducer {
      if let producer { return producer }
      let producer = try TransactionalProducer(
        options.connection, topic: options.topic, identity: identity, patience: options.patience)
      self.producer = producer
      producer.onWait = { [options, report] in
        report("\(options.owner): kafka at \(options.connection.servers) takes no messages at the moment; waiting")
      }
      producer.isInterrupted = { [interruption] in interruption.isRequested }
      let mark = try producer.lastMark()
      last = mark
      if mark == accepted && mark != nil { return producer }
      // An epoch that this process had not committed when it lost its client, and that somebody else has.
      if let mark, epoch != nil, mark.epoch > committed, mark.writer != name {
        throw TransactionFailure(kind: .fenced, text: "epoch \(mark.epoch) was written by another process")
      }
      committed = max(committed, mark?.epoch ?? 0)
      return producer
    }

    private func fenced(_ text: String) -> TidemillError {
      TidemillError(
        .io, "\(options.owner): another process writes to \(options.topic) as \(identity), so this one was shut out (\(text))",
        hint: "one job may run at a time: end this one if the other took over, or give each a transactionalId of its own")
    }

    private func stopped(_ text: String) -> TidemillError {
      TidemillError(
        .io, "\(options.owner): stopped while it waited for kafka at \(options.connection.servers): \(text)",
        hint: "once it is back, start again: with a checkpoint the job goes on where it stopped", isRetryable: true)
    }

    private func exhausted(_ text: String) -> TidemillError {
      TidemillError(
        .io,
        "\(options.owner): kafka at \(options.connection.servers) could not be written to for "
          + "\(options.patience.components.seconds) seconds (\(text))",
        hint: "once it is back, start again: with a checkpoint the job goes on where it stopped", isRetryable: true)
    }
  }

  extension Batch {
    /// The rows in runs of at most `limit`.
    func parts(of limit: Int) -> some Sequence<Batch> {
      stride(from: 0, to: count, by: limit).lazy.map { start in
        start == 0 && count <= limit ? self : selecting(Array(start..<Swift.min(start + limit, count)))
      }
    }
  }
#endif
