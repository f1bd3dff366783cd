#if Postgres
  import TableSinks
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// A sink's connection and what is done on it; made again when the server has gone.
  ///
  /// `@unchecked Sendable`: all its methods run on the sink's own thread, one at a time.
  final class PostgresWriter: @unchecked Sendable {
    private let address: PostgresAddress
    private let wanted: PostgresName
    private let layout: TableLayout
    private let shape: ResultShape
    private let overwrites: Bool
    /// Tells this opening of the table from every later one.
    private let token = String(UInt64.random(in: .min ... .max), radix: 16)
    private var connection: PostgresConnection?
    private var statements: PostgresStatements?
    /// Whether rows can go right into the table.
    private var isExact = false
    /// The last epoch that the server has said to be in the table.
    private var acknowledged = Epoch.none

    /// - Throws: `TidemillError` for a result that no table can hold.
    init(
      _ address: PostgresAddress, _ table: PostgresName, _ shape: ResultShape, overwrites: Bool
    ) throws {
      self.address = address
      self.shape = shape
      self.overwrites = overwrites
      wanted = table
      layout = try TableLayout(shape, table: table.text, distinguishesCase: true)
      if table.table == TableRecord.tableName {
        throw TidemillError(
          .invalidQuery, "the table \(table.text) holds what tidemill records of its jobs", hint: "write to another table")
      }
      if let long = (layout.columns.map(\.name) + [table.table]).first(where: { $0.utf8.count > 63 }) {
        throw TidemillError(
          .unsupported, "the name `\(long)` is longer than the 63 bytes that PostgreSQL keeps",
          hint: "give it a shorter one with AS")
      }
      if layout.mode == .update, (layout.key ?? Array(layout.columns.indices)).count > PostgresStatements.mostColumns {
        throw TidemillError(
          .unsupported, "rows of table \(table.text) are told apart by more than \(PostgresStatements.mostColumns) columns",
          hint: "select fewer, or use append or complete mode")
      }
    }

    /// Readies the table.
    ///
    /// - Throws: `PostgresFailure`, `TidemillError`.
    func open(lastEpoch: Epoch) throws {
      let connection = try connected()
      var name = wanted
      if name.schema == nil { name.schema = try connection.run("SELECT current_schema()").first?[0] }
      if name.schema == nil {
        throw TidemillError(
          .io, "PostgreSQL at \(address.place): the user has no schema to make tables in",
          hint: "name one: table 'schema.\(name.table)'")
      }
      let table = PostgresTable(name: name, layout: layout, connection: connection)
      isExact = try transaction(connection) {
        try table.claim(shape, lastEpoch: lastEpoch, overwrites: overwrites, token: token)
      }
      let made = PostgresStatements(name, layout)
      if needsStage { try connection.run(made.stageCreation) }
      statements = made
    }

    /// Whether rows go to a table of the connection's own first.
    private var needsStage: Bool { layout.mode == .update || !isExact }

    /// The connection, a new one if the last is of no use any more.
    private func connected() throws -> PostgresConnection {
      if let connection, connection.isAlive, !connection.isInTransaction { return connection }
      connection = nil
      let new = try PostgresConnection(address)
      // Else the server might forget what the job takes to be written.
      try new.run(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
      // Whoever holds the table up must be seen: the wait ends, is reported, and begins again.
      try new.run("SELECT set_config('lock_timeout', '10s', false) WHERE current_setting('lock_timeout') = '0'")
      if let statements, needsStage { try new.run(statements.stageCreation) }
      connection = new
      return new
    }

    private func transaction<Result>(_ connection: PostgresConnection, _ body: () throws -> Result) throws -> Result {
      try connection.run("BEGIN ISOLATION LEVEL READ COMMITTED")
      do {
        let result = try body()
        try connection.run("COMMIT")
        return result
      } catch {
        if connection.isAlive { _ = try? connection.run("ROLLBACK") }
        throw error
      }
    }

    /// Whether an epoch changes the table at all.
    func hasWork(_ batch: Batch) -> Bool { batch.count > 0 || layout.mode == .complete }

    /// Brings an epoch into the table, unless it is there: after a lost answer nobody knows without asking.
    ///
    /// - Throws: `PostgresFailure`, `TidemillError`.
    func write(_ batch: Batch, epoch: Epoch) throws {
      guard let statements else { preconditionFailure("a sink is opened before it is written to") }
      let connection = try connected()
      try transaction(connection) {
        let records = statements.table.sibling(TableRecord.tableName).quoted
        let record = try connection.run(
          "SELECT epoch, writer FROM \(records) WHERE table_name = $1 FOR UPDATE", [statements.table.table]
        ).first
        guard let record, record[1] == token, let there = record[0].flatMap({ UInt64($0) }) else {
          throw TableClaim.lost(wanted.text)
        }
        if there < acknowledged.number {
          throw TidemillError(
            .io, "table \(wanted.text) ends at epoch \(there), and epoch \(acknowledged) had been written to it",
            hint: "the server was replaced by a copy that lagged behind: start anew with a new checkpoint and overwrite 'true'")
        }
        if there >= epoch.number { return }
        try withExtendedLifetime(batch) { try apply(batch, statements, connection) }
        try connection.run(
          "UPDATE \(records) SET epoch = $1 WHERE table_name = $2", [String(epoch.number), statements.table.table])
      }
      acknowledged = max(acknowledged, epoch)
    }

    private func apply(_ batch: Batch, _ statements: PostgresStatements, _ connection: PostgresConnection) throws {
      if layout.mode == .complete { try connection.run(statements.clearing) }
      guard layout.mode == .update else {
        var rows = BinaryRows(batch, layout, marking: nil)
        try connection.copy(statements.copy(toStage: !isExact, marked: false)) { try rows.write($0) }
        if !isExact { try connection.run(statements.insertingAll) }
        return
      }
      var rows = BinaryRows(batch, layout, marking: BinaryRows.Marking(columns: statements.identity))
      try connection.copy(statements.copy(toStage: true, marked: true)) { try rows.write($0) }
      switch layout.key {
      case nil:
        // First what comes: a row may be withdrawn in the epoch that brought it.
        try connection.run(statements.insertingComing)
        for nulls in rows.going.sorted() { try connection.run(statements.deletingEqual(nulls)) }
      case []?:
        try connection.run(statements.clearing)
        try connection.run(statements.insertingComing)
      case _?:
        if rows.going.contains(0) { try connection.run(statements.deleting(0, onlyGoing: true)) }
        for nulls in rows.going.union(rows.coming).sorted() where nulls != 0 {
          try connection.run(statements.deleting(nulls, onlyGoing: false))
        }
        if rows.coming.contains(0) { try connection.run(statements.replacing) }
        if rows.coming.contains(where: { $0 != 0 }) { try connection.run(statements.insertingNullKeys) }
      }
    }

    func close() { connection = nil }
  }
#endif
