#if SQLite
  import GRDB
  import SQLiteConnector
  import Synchronization
  import TableSinks
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// A view's database: one writer, and readers beside it, each of which sees it as it was after one epoch.
  final class ViewStore: Sendable {
    let path: String
    /// Tells what this database holds from now on from what it, or another one, has held after epochs of the same numbers: a
    /// checkpoint that was put back goes on differently.
    let token = String(UInt64.random(in: .min ... .max), radix: 16)
    /// The last epoch that was in it when it was opened.
    let firstEpoch: Epoch
    private let name: String
    private let schema: Schema
    private let directory: ViewDirectory
    private let table: SQLiteTable
    private let writer: SQLiteTableWriter
    private let pool: DatabasePool
    private let retention: ViewRetention
    private let changeByteLimit: Int
    private let writing: Mutex<Writing>
    private let counter = RowCounter()

    private struct Writing {
      /// The watermark by which old rows went.
      var watermark: EventTime?
      var writes = 0
    }

    private static let busyTimeout = TimeSpan.seconds(5)
    /// How long the write-ahead log may get before the writer waits for readers to let it begin anew.
    private static let logByteLimit = 64 << 20

    /// Opens the database, or makes it, and claims it for a job.
    init(_ shape: ResultShape, name: String, window: Int?, options: ViewOptions, lastEpoch: Epoch) throws {
      self.name = name
      schema = shape.schema
      directory = try ViewDirectory(options.directory)
      path = directory.file(of: name)
      let layout = try TableLayout(shape, table: name, distinguishesCase: false)
      table = SQLiteTable(name: name, layout: layout)
      retention = ViewRetention(window: window, span: options.retain)
      changeByteLimit = options.changeByteLimit
      let synchronous = directory.isTemporary ? "OFF" : options.syncs ? "FULL" : "NORMAL"
      let pool = try Self.pool(path)
      // GRDB, too, says something of this when it opens the file.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(synchronous)") }
      let table = table
      let windowEnds = window.map { SQLName.quoted(shape.schema[$0].name + "_end") }
      let windowStarts = window.map { SQLName.quoted(shape.schema[$0].name + "_start") }
      let opened = try pool.writeWithoutTransaction { db in
        var opened: Opened?
        try db.inTransaction(.immediate) {
          let watermark = try Self.watermark(in: db, name: name, lastEpoch: lastEpoch)
          let claim = try table.claim(shape, lastEpoch: lastEpoch, overwrites: false, in: db)
          for (part, column) in [("end", windowEnds), ("start", windowStarts)] {
            guard let column else { continue }
            try db.execute(
              sql: "CREATE INDEX IF NOT EXISTS \(SQLName.quoted("tidemill_window_\(part)")) ON \(table.quoted) (\(column))")
          }
          opened = Opened(claim: claim, watermark: watermark, epoch: try Self.epoch(of: table, in: db))
          return .commit
        }
        return opened!
      }
      self.pool = pool
      firstEpoch = opened.epoch
      writer = SQLiteTableWriter(table: table, token: opened.claim)
      writing = Mutex(Writing(watermark: opened.watermark))
    }

    private struct Opened {
      var claim: String
      var watermark: EventTime?
      var epoch: Epoch
    }

    private static func pool(_ path: String) throws -> DatabasePool {
      var configuration = Configuration()
      configuration.busyMode = .timeout(Double(busyTimeout.microseconds) / 1e6)
      configuration.maximumReaderCount = 4
      configuration.label = "tidemill.view"
      configuration.prepareDatabase { db in
        try DecimalCollation.add(to: db)
        // The log's file does not stay as long as it once was.
        try db.execute(sql: "PRAGMA journal_size_limit = \(logByteLimit)")
      }
      return try DatabasePool(path: path, configuration: configuration)
    }

    /// The watermark that the database was last written at. Begins it when it is new.
    private static func watermark(in db: Database, name: String, lastEpoch: Epoch) throws -> EventTime? {
      try db.execute(sql: "CREATE TABLE IF NOT EXISTS tidemill_view (watermark INTEGER)")
      if let row = try Row.fetchOne(db, sql: "SELECT watermark FROM tidemill_view") {
        return (row[0] as Int64?).map { EventTime(microseconds: $0) }
      }
      guard lastEpoch == .none else {
        throw TidemillError(
          .badInput,
          "view \(name) is not there, and its checkpoint goes on behind epoch \(lastEpoch): what came before would be missing",
          hint: "bring the view's database back, or begin anew with a new checkpoint")
      }
      try db.execute(sql: "INSERT INTO tidemill_view VALUES (NULL)")
      return nil
    }

    private static func epoch(of table: SQLiteTable, in db: Database) throws -> Epoch {
      let number = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT epoch FROM \(TableRecord.tableName) WHERE table_name = ?"), arguments: [table.name])
      return Epoch(UInt64(number ?? 0))
    }

    private func translating<Result>(_ work: () async throws -> Result) async throws -> Result {
      do { return try await work() } catch let error as DatabaseError {
        throw SQLiteFailure.translated(error, path: path, table: name, busyTimeout: Self.busyTimeout)
      }
    }

    // MARK: Writing

    /// What a write changed, once it is in the database.
    enum Written: Sendable {
      case nothing
      case changes(Batch)
      /// More than is worth keeping in memory.
      case muchMore
    }

    /// Brings an epoch's changes into the view, in one transaction, unless they are there.
    ///
    /// - Parameter watermark: through which windows are closed; none that is open loses its rows.
    func write(_ batch: Batch, epoch: Epoch, watermark: EventTime?) async throws -> Written {
      if batch.count == 0 { return .nothing }
      let before = writing.withLock { $0.watermark }
      let watermark = [before, watermark].compactMap { $0 }.max()
      let cutoff = watermark == before ? nil : retention.cutoff(watermark)
      let kept = retention.kept(batch, retention.cutoff(watermark))
      if kept.count == 0 { return .nothing }
      let written = try await translating {
        try await pool.writeWithoutTransaction { [self] db in
          var written = Written.nothing
          try db.inTransaction(.immediate) {
            guard try writer.write(kept, epoch: epoch, in: db) else { return .rollback }
            written = .changes(kept)
            if let cutoff, let gone = try remove(through: cutoff, in: db) {
              switch gone {
              case .nothing: break
              case .changes(let rows): written = .changes(Batch.concatenating([kept, rows], schema: schema))
              case .muchMore: written = .muchMore
              }
            }
            if watermark != before {
              try db.cachedStatement(sql: "UPDATE tidemill_view SET watermark = ?").execute(
                arguments: [watermark?.microseconds])
            }
            return .commit
          }
          return written
        }
      }
      if case .nothing = written { return written }
      writing.withLock { writing in
        writing.watermark = watermark
        writing.writes += 1
      }
      return written
    }

    /// What is to be done now and then, once an epoch's changes have been told. If it fails, the next time will do.
    func tidy() async {
      if writing.withLock({ $0.writes.isMultiple(of: 64) }) { try? await restartLongLog() }
    }

    /// Removes the rows whose windows ended then, or sooner.
    private func remove(through cutoff: EventTime, in db: Database) throws -> Written? {
      guard let window = retention.window else { return nil }
      let condition = "\(SQLName.quoted(schema[window].name + "_end")) <= ?"
      let end = ViewSelect.text(cutoff)
      let names = SQLName.list(table.layout.columns.map(\.name))
      let select = try db.cachedStatement(sql: "SELECT \(names) FROM \(table.quoted) WHERE \(condition)")
      try select.setArguments([end])
      let (rows, how) = try ViewRowReader(schema: schema).read(select, byteLimit: changeByteLimit)
      if rows.count == 0 { return .nothing }
      try db.cachedStatement(sql: "DELETE FROM \(table.quoted) WHERE \(condition)").execute(arguments: [end])
      if how != .all { return .muchMore }
      return .changes(
        Batch(schema: schema, count: rows.count, columns: rows.columns, weights: Buffer(repeating: -1, count: rows.count)))
    }

    /// SQLite begins its log anew when no reader is at work in it. With readers at all times it would grow for ever; then the
    /// writer waits for those that are there, while new ones read from the database itself.
    private func restartLongLog() async throws {
      try await pool.writeWithoutTransaction { [path] db in
        guard let bytes = FileLength.of(path + "-wal"), bytes > Self.logByteLimit else { return }
        // Somebody reads for longer than that: later, then.
        do { try db.checkpoint(.truncate) } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
      }
    }

    // MARK: Reading

    /// Rows of one epoch, for each part.
    ///
    /// - Parameter byteLimit: about how many bytes a batch may take.
    /// - Throws: `TidemillError` when one would take more.
    func read(_ parts: [ViewPart], byteLimit: Int?) async throws -> [ViewSnapshot] {
      let select = ViewSelect(schema: schema, table: table.quoted, view: name)
      let queries = try parts.map { part in
        let (sql, arguments) = try select.sql(part.query, columns: part.columns)
        let reader = ViewRowReader(schema: Schema(part.columns.map { schema[$0] }))
        return (sql: sql, arguments: arguments, reader: reader, limit: part.query.limit)
      }
      let (name, token) = (name, token)
      return try await translating {
        try await pool.read { [table] db in
          // The first statement fixes what the rest of them see.
          let epoch = try Self.epoch(of: table, in: db)
          return try queries.map { query in
            // What clients ask for has too many shapes to keep them all.
            let statement = try db.makeStatement(sql: query.sql)
            try statement.setArguments(query.arguments)
            let (batch, end) = try query.reader.read(statement, limit: query.limit, byteLimit: byteLimit)
            if end == .bytes, let byteLimit {
              throw TidemillError(
                .outOfMemory, "the rows that are needed of view \(name) take more than \(byteLimit >> 20) MiB",
                hint: "ask for fewer of them, or of their columns")
            }
            return ViewSnapshot(epoch: epoch, token: token, batch: batch, isCut: end == .limit)
          }
        }
      }
    }

    /// How many rows there are after an epoch.
    ///
    /// - Complexity: O(rows), once for all who ask meanwhile.
    func count() async throws -> (rows: Int, epoch: Epoch) {
      try await counter.count { [self] in
        let (table, sql) = (table, "SELECT COUNT(*) FROM \(table.quoted)")
        return try await translating {
          try await pool.read { db in
            let epoch = try Self.epoch(of: table, in: db)
            return (try Int.fetchOne(db, sql: sql) ?? 0, epoch)
          }
        }
      }
    }

    /// How SQLite goes about a query, for tests.
    func steps(of query: ViewQuery) async throws -> [String] {
      let columns = Array(schema.fields.indices)
      let (sql, arguments) = try ViewSelect(schema: schema, table: table.quoted, view: name).sql(query, columns: columns)
      return try await pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments).map { $0["detail"] }
      }
    }

    func synchronous() async throws -> Int? {
      try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    deinit { try? pool.close() }
  }
#endif
