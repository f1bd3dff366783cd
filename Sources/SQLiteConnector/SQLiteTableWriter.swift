#if SQLite
  import GRDB
  import TableSinks
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// Brings the changes of an epoch into the table, within a transaction.
  package struct SQLiteTableWriter: Sendable {
    package let table: SQLiteTable
    /// What this opening of the table left in its record.
    let token: String

    /// - Parameter token: what `SQLiteTable.claim` gave.
    package init(table: SQLiteTable, token: String) {
      self.table = table
      self.token = token
    }

    private var layout: TableLayout { table.layout }

    /// Whether an epoch changes the table at all.
    func hasWork(_ batch: Batch) -> Bool { batch.count > 0 || layout.mode == .complete }

    /// - Returns: whether anything was written; not if the epoch is in the table already.
    package func write(_ batch: Batch, epoch: Epoch, in db: Database) throws -> Bool {
      try db.cachedStatement(
        sql: "UPDATE \(TableRecord.tableName) SET epoch = ? WHERE table_name = ? AND writer = ? AND epoch < ?"
      ).execute(arguments: [Int64(epoch.number), table.name, token, Int64(epoch.number)])
      if db.changesCount == 0 {
        let writer = try String.fetchOne(
          db, sql: "SELECT writer FROM \(TableRecord.tableName) WHERE table_name = ?", arguments: [table.name])
        guard writer == token else { throw TableClaim.lost(table.name) }
        return false
      }
      try withExtendedLifetime(batch) { try apply(SQLiteRows(batch, layout), in: db) }
      return true
    }

    private func apply(_ rows: SQLiteRows, in db: Database) throws {
      let all = Array(layout.columns.indices)
      switch (layout.mode, layout.key) {
      case (.append, _):
        let insert = try statement(insertion, all, in: db)
        for row in 0..<rows.count { try insert.run(rows, row) }
      case (.complete, _):
        try db.execute(sql: "DELETE FROM \(table.quoted)")
        let insert = try statement(insertion, all, in: db)
        for row in 0..<rows.count { try insert.run(rows, row) }
      case (.update, let key?): try applyKeyed(rows, key, in: db)
      case (.update, nil):
        let insert = try statement(insertion, all, in: db)
        let delete = try statement(
          "DELETE FROM \(table.quoted) WHERE rowid = (SELECT rowid FROM \(table.quoted) WHERE \(matching(all)) LIMIT 1)", all,
          in: db)
        // First what comes: a row may be withdrawn in the epoch that brought it.
        for row in 0..<rows.count where !rows.isRetraction(row) { try insert.run(rows, row) }
        for row in 0..<rows.count where rows.isRetraction(row) { try delete.run(rows, row) }
      }
    }

    private func applyKeyed(_ rows: SQLiteRows, _ key: [Int], in db: Database) throws {
      let all = Array(layout.columns.indices)
      let delete = try statement("DELETE FROM \(table.quoted) WHERE \(matching(key))", key, in: db)
      let insert = try statement(insertion, all, in: db)
      let upsert = try statement(insertion + replacing(key), all, in: db)
      for row in 0..<rows.count {
        if rows.isRetraction(row) {
          try delete.run(rows, row)
        } else if key.isEmpty || rows.hasNull(row, in: key) {
          // To a unique index no two NULLs are equal.
          try delete.run(rows, row)
          try insert.run(rows, row)
        } else {
          try upsert.run(rows, row)
        }
      }
    }

    private var insertion: String {
      let places = layout.columns.map { _ in "?" }.joined(separator: ", ")
      return "INSERT INTO \(table.quoted) (\(SQLName.list(layout.columns.map(\.name)))) VALUES (\(places))"
    }

    private func replacing(_ key: [Int]) -> String {
      if key.isEmpty { return "" }
      let target = " ON CONFLICT (\(SQLName.list(key.map { layout.columns[$0].name })))"
      let rest = layout.rest.map { layout.columns[$0].name }
      if rest.isEmpty { return target + " DO NOTHING" }
      let changes = rest.map { "\(SQLName.quoted($0)) = excluded.\(SQLName.quoted($0))" }
      return target + " DO UPDATE SET " + changes.joined(separator: ", ")
    }

    private func matching(_ columns: [Int]) -> String {
      if columns.isEmpty { return "true" }
      return columns.map { ordinal in
        let column = layout.columns[ordinal]
        // Whatever the column's collation is: strings are equal when their bytes are.
        return "\(SQLName.quoted(column.name))\(column.type == .string ? " COLLATE BINARY" : "") IS ?"
      }.joined(separator: " AND ")
    }

    private func statement(_ sql: String, _ columns: [Int], in db: Database) throws -> SQLiteRowStatement {
      SQLiteRowStatement(try db.cachedStatement(sql: sql), columns: columns)
    }
  }
#endif
