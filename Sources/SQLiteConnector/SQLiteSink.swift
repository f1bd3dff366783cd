#if SQLite
  import GRDB
  import Synchronization
  import TableSinks
  import TidemillColumns
  import TidemillConnectors

  /// A table of an SQLite database that holds a query's result, exactly once.
  ///
  /// In append mode rows are inserted; in update mode changed rows replace those of their key and withdrawn ones are deleted; in
  /// complete mode the whole content is replaced. Each epoch is one transaction, and its number is recorded in it, in the table
  /// `tidemill_epochs`: an epoch that is recorded is not written again. Readers see the table as it was after some epoch.
  ///
  /// The database is in WAL mode. Each transaction is made durable unless `syncs` is off.
  public final class SQLiteSink: Sink {
    /// How the sink treats its table.
    public struct Options: Hashable, Sendable {
      /// Removes what another job left, instead of refusing to add to it: option `overwrite 'true'`.
      public var overwrites: Bool
      /// Makes each epoch durable before the job goes on. Without it the last ones may be gone after a power failure, while the
      /// job's checkpoint knows them to be written: option `sync 'false'`.
      public var syncs: Bool
      /// How long to wait for another program that writes the database: option `busy.timeout`.
      public var busyTimeout: TimeSpan

      public init(overwrites: Bool = false, syncs: Bool = true, busyTimeout: TimeSpan = .seconds(10)) {
        self.overwrites = overwrites
        self.syncs = syncs
        self.busyTimeout = busyTimeout
      }
    }

    public let description: String
    private let path: String
    private let table: String
    private let options: Options
    /// Run on each connection; tests make a disk full with it.
    private let preparation: [String]
    private let opened = Mutex<Opened?>(nil)

    private struct Opened: Sendable {
      var database: DatabaseQueue
      var writer: SQLiteTableWriter
    }

    /// - Parameter path: the database file, which is made when there is none; its directory must be there.
    public convenience init(path: String, table: String, options: Options = Options()) {
      self.init(path: path, table: table, options: options, preparation: [])
    }

    init(path: String, table: String, options: Options, preparation: [String]) {
      self.path = path
      self.table = table
      self.options = options
      self.preparation = preparation
      description = "table \(table) of the SQLite database \(path)"
    }

    public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
      let layout = try TableLayout(shape, table: table, distinguishesCase: false)
      let queue = BlockingQueue("tidemill.sqlite")
      let (path, configuration) = (path, configuration)
      let table = SQLiteTable(name: table, layout: layout)
      let overwrites = options.overwrites
      // On the open connection: GRDB, too, says something of this when it turns on WAL mode.
      let synchronous = "PRAGMA synchronous = \(options.syncs ? "FULL" : "NORMAL")"
      let state = try await translating {
        let database = try await queue.run { try DatabaseQueue(path: path, configuration: configuration) }
        let writer = try await database.writeWithoutTransaction { db in
          try db.execute(sql: synchronous)
          var writer: SQLiteTableWriter?
          try db.inTransaction(.immediate) {
            let claim = try table.claim(shape, lastEpoch: lastEpoch, overwrites: overwrites, in: db)
            writer = SQLiteTableWriter(table: table, token: claim)
            return .commit
          }
          return writer!
        }
        return Opened(database: database, writer: writer)
      }
      opened.withLock { $0 = state }
    }

    private var configuration: Configuration {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.busyMode = .timeout(Double(options.busyTimeout.microseconds) / 1e6)
      configuration.label = "tidemill.sqlite"
      let preparation = preparation
      configuration.prepareDatabase { db in
        for statement in preparation { try db.execute(sql: statement) }
      }
      return configuration
    }

    public func write(_ batch: Batch, epoch: Epoch) async throws {
      guard let state = opened.withLock({ $0 }) else { preconditionFailure("a sink is opened before it is written to") }
      if !state.writer.hasWork(batch) { return }
      try await translating {
        try await state.database.writeWithoutTransaction { db in
          try db.inTransaction(.immediate) {
            try state.writer.write(batch, epoch: epoch, in: db) ? .commit : .rollback
          }
        }
      }
    }

    /// What SQLite calls `synchronous`: 2 when each transaction is durable.
    var synchronous: Int? {
      get async throws {
        let database = opened.withLock { $0?.database }
        return try await database?.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
      }
    }

    public func close() async throws {
      guard
        let state = opened.withLock({ state in
          defer { state = nil }
          return state
        })
      else { return }
      try await translating {
        try await BlockingQueue("tidemill.sqlite").run { try state.database.close() }
      }
    }

    private func translating<Result>(_ work: () async throws -> Result) async throws -> Result {
      do { return try await work() } catch let error as DatabaseError {
        throw SQLiteFailure.translated(error, path: path, table: table, busyTimeout: options.busyTimeout)
      }
    }
  }
#endif
