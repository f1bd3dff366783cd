#if Postgres
  import Synchronization
  import TableSinks
  import TidemillColumns
  import TidemillConnectors

  /// A table of a PostgreSQL database that holds a query's result, exactly once.
  ///
  /// In append mode rows are inserted; in update mode changed rows replace those of their key and withdrawn ones are deleted; in
  /// complete mode the whole content is replaced. Each epoch is one transaction, and its number is recorded in it, in the table
  /// `tidemill_epochs` of the same schema: an epoch that is recorded is not written again.
  ///
  /// When the server goes away, even in the middle of a commit, the sink waits, connects again, asks whether the epoch is in the table,
  /// and if it is not, writes it again; each wait is reported.
  public final class PostgresSink: Sink {
    /// How the sink treats its table and a server that is not there.
    public struct Options: Hashable, Sendable {
      /// Removes what another job left, instead of refusing to add to it: option `overwrite 'true'`.
      public var overwrites: Bool
      /// How long to go on trying when the server cannot be used: option `retry.limit`.
      public var retryLimit: TimeSpan

      public init(overwrites: Bool = false, retryLimit: TimeSpan = .minutes(5)) {
        self.overwrites = overwrites
        self.retryLimit = retryLimit
      }
    }

    public let description: String
    private let address: PostgresAddress
    private let table: PostgresName
    private let options: Options
    private let owner: String
    private let report: @Sendable (String) -> Void
    private let pause: @Sendable (Duration) async throws -> Void
    private let queue = BlockingQueue("tidemill.postgres")
    private let writer = Mutex<PostgresWriter?>(nil)

    private struct Waiting {
      var isInterrupted = false
      var pause: Task<Void, any Error>?
    }

    private let waiting = Mutex(Waiting())

    /// - Parameters:
    ///   - url: `postgresql://user:password@host:5432/database`, or libpq's other form. No message shows the password.
    ///   - table: `hourly` or `public.hourly`; names with dots stand in double quotes.
    ///   - owner: `sink hourly`, for messages.
    ///   - report: told of each wait for the server.
    ///   - pause: waits between two attempts; tests need not.
    /// - Throws: `TidemillError` for a URL or a table that is none.
    public init(
      url: String, table: String, options: Options = Options(), owner: String = "sink",
      report: @escaping @Sendable (String) -> Void = { _ in },
      pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws {
      address = try PostgresAddress(url, owner: owner)
      self.table = try PostgresName(table, owner: owner)
      self.options = options
      self.owner = owner
      self.report = report
      self.pause = pause
      description = "table \(self.table.text) of PostgreSQL at \(address.place)"
    }

    public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
      let made = try PostgresWriter(address, table, shape, overwrites: options.overwrites)
      try await persist { try made.open(lastEpoch: lastEpoch) }
      writer.withLock { $0 = made }
    }

    public func write(_ batch: Batch, epoch: Epoch) async throws {
      guard let writer = writer.withLock({ $0 }) else { preconditionFailure("a sink is opened before it is written to") }
      if !writer.hasWork(batch) { return }
      try await persist { try writer.write(batch, epoch: epoch) }
    }

    public func close() async throws {
      let last = writer.withLock { writer in
        defer { writer = nil }
        return writer
      }
      try await queue.run { last?.close() }
    }

    public func interrupt() {
      let pause = waiting.withLock { waiting in
        waiting.isInterrupted = true
        return waiting.pause
      }
      pause?.cancel()
    }

    /// Waits for as long, unless the query is to end.
    ///
    /// - Returns: whether to try again.
    private func wait(_ delay: Duration) async throws -> Bool {
      let task = waiting.withLock { waiting -> Task<Void, any Error>? in
        guard !waiting.isInterrupted else { return nil }
        waiting.pause = Task { [pause] in try await pause(delay) }
        return waiting.pause
      }
      guard let task else { return false }
      do {
        try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
      } catch is CancellationError where waiting.withLock({ $0.isInterrupted }) { return false }
      return true
    }

    /// Does it again and again while the server cannot be used, at most as long as the options say.
    private func persist(_ work: @escaping @Sendable () throws -> Void) async throws {
      var backoff = Backoff(limit: Duration.microseconds(options.retryLimit.microseconds))
      while true {
        do {
          try await queue.run(work)
          if backoff.attempts > 0 { report("\(owner): PostgreSQL at \(address.place) is there again") }
          return
        } catch let failure as PostgresFailure {
          guard failure.isRetryable else { throw failure.error(table.text, at: address, waited: nil) }
          if waiting.withLock({ $0.isInterrupted }) { throw failure.interruption(owner, at: address) }
          guard let delay = backoff.next(after: ContinuousClock.now) else {
            throw failure.error(table.text, at: address, waited: Duration.microseconds(options.retryLimit.microseconds))
          }
          report(
            "\(owner): waiting for PostgreSQL at \(address.place): \(failure.message); try \(backoff.attempts + 1), again in "
              + "\(TimeSpan(delay))")
          guard try await wait(delay) else { throw failure.interruption(owner, at: address) }
        }
      }
    }
  }

  extension TimeSpan {
    fileprivate init(_ duration: Duration) {
      self.init(microseconds: duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000)
    }
  }
#endif
