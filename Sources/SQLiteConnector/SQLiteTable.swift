#if SQLite
  import GRDB
  import TableSinks
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// A table of results: makes it, or checks the one that is there, and says whose it is.
  package struct SQLiteTable: Sendable {
    package let name: String
    package let layout: TableLayout

    package init(name: String, layout: TableLayout) {
      self.name = name
      self.layout = layout
    }

    /// Readies the table for a job, within a transaction.
    ///
    /// - Returns: what tells this opening of the table from every later one.
    /// - Throws: `TidemillError` when the table is another job's or does not fit.
    package func claim(_ shape: ResultShape, lastEpoch: Epoch, overwrites: Bool, in db: Database) throws -> String {
      if name.lowercased() == TableRecord.tableName {
        throw TidemillError(
          .invalidQuery, "the table \(name) holds what tidemill records of its jobs", hint: "write to another table")
      }
      try db.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS \(TableRecord.tableName) (
            table_name TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, query TEXT NOT NULL, mode TEXT NOT NULL,
            epoch INTEGER NOT NULL, writer TEXT NOT NULL)
          """)
      if try exists(in: db) { try check(in: db) } else { for sql in creation { try db.execute(sql: sql) } }
      let record = try Row.fetchOne(
        db, sql: "SELECT query, mode, epoch FROM \(TableRecord.tableName) WHERE table_name = ?", arguments: [name]
      ).map { TableRecord(query: $0[0], mode: $0[1], epoch: UInt64($0[2] as Int64)) }
      let hasRows = try Row.fetchOne(db, sql: "SELECT 1 FROM \(quoted) LIMIT 1") != nil
      let claim = try TableClaim.judge(
        record, hasRows: hasRows, shape, lastEpoch: lastEpoch, table: name, overwrites: overwrites)
      if claim == .beginsAnew { try db.execute(sql: "DELETE FROM \(quoted)") }
      var epoch = Epoch.none
      if case .goesOn(let through) = claim { epoch = through }
      let token = String(UInt64.random(in: .min ... .max), radix: 16)
      try db.execute(
        sql: "INSERT OR REPLACE INTO \(TableRecord.tableName) VALUES (?, ?, ?, ?, ?)",
        arguments: [name, shape.queryName, shape.mode.rawValue, Int64(epoch.number), token])
      return token
    }

    package var quoted: String { SQLName.quoted(name) }

    private func exists(in db: Database) throws -> Bool {
      let kind = try String.fetchOne(
        db, sql: "SELECT type FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
        arguments: [name])
      if let kind, kind != "table" { throw TableMismatch.noTable(found: kind).error(name) }
      return kind != nil
    }

    // MARK: Making it

    private var creation: [String] {
      var parts = layout.columns.map { "\(SQLName.quoted($0.name)) \($0.type.sqliteName)" }
      // Not a primary key: one of a single INTEGER column would give numbers to NULL.
      if let key = layout.key, !key.isEmpty { parts.append("UNIQUE (\(SQLName.list(key.map { layout.columns[$0].name })))") }
      var statements = ["CREATE TABLE \(quoted) (\(parts.joined(separator: ", ")))"]
      if layout.key == nil, layout.mode == .update {
        // To find a row that is taken back.
        statements.append(
          "CREATE INDEX \(SQLName.quoted("tidemill_\(name)_rows")) ON \(quoted) (\(SQLName.list(layout.columns.map(\.name))))")
      }
      return statements
    }

    // MARK: Checking it

    private struct Found {
      var name: String
      var type: String
      var isFilled: Bool
      var keyPosition: Int
    }

    private func check(in db: Database) throws {
      let found = try Row.fetchAll(
        db, sql: "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)", arguments: [name]
      )
      .map { row in
        Found(
          name: row[0], type: row[1], isFilled: (row[2] as Int) == 0 || !(row[3] as DatabaseValue).isNull, keyPosition: row[4])
      }
      for column in layout.columns {
        guard let there = found.first(where: { $0.name.lowercased() == column.name.lowercased() }) else {
          throw TableMismatch.missing(column: column.name, wanted: column.type.sqliteName).error(name)
        }
        if !column.type.fits(Affinity(there.type)) {
          throw TableMismatch.type(
            column: column.name, found: there.type.isEmpty ? "without a type" : there.type,
            wanted: "\(column.type.sqliteName) for \(column.type)"
          ).error(name)
        }
      }
      let filled = Set(layout.columns.map { $0.name.lowercased() })
      for there in found where !there.isFilled && !filled.contains(there.name.lowercased()) {
        // The number of a row fills itself.
        if there.keyPosition == 1, there.type.uppercased() == "INTEGER" { continue }
        throw TableMismatch.unfilled(column: there.name).error(name)
      }
      if layout.mode == .update, let key = layout.key, !key.isEmpty { try checkKey(key, found, in: db) }
    }

    private func checkKey(_ key: [Int], _ found: [Found], in db: Database) throws {
      let wanted = Set(key.map { layout.columns[$0].name.lowercased() })
      if Set(found.filter { $0.keyPosition > 0 }.map { $0.name.lowercased() }) == wanted { return }
      let indexes = try String.fetchAll(
        db, sql: "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND NOT partial", arguments: [name])
      for index in indexes {
        let columns = try Row.fetchAll(
          db, sql: "SELECT name, coll FROM pragma_index_xinfo(?) WHERE key", arguments: [index])
        let names = columns.compactMap { ($0[0] as String?)?.lowercased() }
        if names.count == columns.count, Set(names) == wanted, columns.allSatisfy({ ($0[1] as String?) == "BINARY" }) { return }
      }
      let names = key.map { layout.columns[$0].name }
      throw TableMismatch.key(
        columns: names,
        statement: "run CREATE UNIQUE INDEX \(SQLName.quoted("\(name)_key")) ON \(quoted) (\(SQLName.list(names)))"
      ).error(name)
    }
  }

  /// What SQLite makes of a declared type, by the rules of its manual.
  enum Affinity {
    case integer, text, none, real, numeric

    init(_ declared: String) {
      let type = declared.uppercased()
      func has(_ part: String) -> Bool { type.contains(part) }
      if has("INT") {
        self = .integer
      } else if has("CHAR") || has("CLOB") || has("TEXT") {
        self = .text
      } else if has("BLOB") || type.isEmpty || type == "ANY" {
        self = .none
      } else if has("REAL") || has("FLOA") || has("DOUB") {
        self = .real
      } else {
        self = .numeric
      }
    }
  }

  extension DataType {
    /// The type that a column is declared with.
    var sqliteName: String {
      switch self {
      case .boolean: "BOOLEAN"
      case .int, .bigint: "INTEGER"
      case .double: "REAL"
      case .decimal, .string, .date, .timestamp: "TEXT"
      case .window: preconditionFailure("a window is two columns")
      }
    }

    /// Whether a column of this affinity keeps the values as they are.
    func fits(_ affinity: Affinity) -> Bool {
      switch self {
      case .boolean, .int, .bigint: affinity == .integer || affinity == .numeric || affinity == .none
      case .double: affinity == .real || affinity == .none
      case .decimal, .string, .date, .timestamp: affinity == .text || affinity == .none
      case .window: false
      }
    }
  }
#endif
