#if Postgres
  import TableSinks
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// A table of results: makes it, or checks the one that is there, and says whose it is.
  struct PostgresTable {
    /// With its schema.
    let name: PostgresName
    let layout: TableLayout
    let connection: PostgresConnection

    private static let oldestServer = 120_000
    /// The first that can take two NULLs for equal in a unique key.
    private static let equalNulls = 150_000

    /// Readies the table for a job, within a transaction.
    ///
    /// - Parameter token: what will tell this opening of the table from every later one.
    /// - Returns: whether the table's types are just those that the query gives.
    /// - Throws: `TidemillError` when the table is another job's or does not fit; `PostgresFailure`.
    func claim(_ shape: ResultShape, lastEpoch: Epoch, overwrites: Bool, token: String) throws -> Bool {
      guard connection.serverVersion >= Self.oldestServer else {
        throw TidemillError(
          .unsupported, "the server is PostgreSQL \(connection.serverVersion / 10_000), and 12 is the oldest that will do",
          hint: "write to a newer server")
      }
      // Two that make a table at once would trip over each other.
      try connection.run("SELECT pg_advisory_xact_lock(hashtext('\(TableRecord.tableName)'))")
      let records = name.sibling(TableRecord.tableName)
      if try kind(of: records) == nil {
        try connection.run(
          """
          CREATE TABLE \(records.quoted) (table_name text PRIMARY KEY, query text NOT NULL, mode text NOT NULL, \
          epoch bigint NOT NULL, writer text NOT NULL)
          """)
      }
      var isExact = true
      if let kind = try kind(of: name) {
        guard kind == "table" else { throw TableMismatch.noTable(found: kind).error(name.text) }
        isExact = try check()
      } else {
        try connection.run(creation)
      }
      let record = try connection.run(
        "SELECT query, mode, epoch FROM \(records.quoted) WHERE table_name = $1 FOR UPDATE", [name.table]
      ).first.map { TableRecord(query: $0[0]!, mode: $0[1]!, epoch: UInt64($0[2]!)!) }
      let hasRows = try !connection.run("SELECT 1 FROM \(name.quoted) LIMIT 1").isEmpty
      let claim = try TableClaim.judge(
        record, hasRows: hasRows, shape, lastEpoch: lastEpoch, table: name.text, overwrites: overwrites)
      if claim == .beginsAnew { try connection.run("DELETE FROM \(name.quoted)") }
      var epoch = Epoch.none
      if case .goesOn(let through) = claim { epoch = through }
      try connection.run(
        """
        INSERT INTO \(records.quoted) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (table_name) DO UPDATE \
        SET query = excluded.query, mode = excluded.mode, epoch = excluded.epoch, writer = excluded.writer
        """, [name.table, shape.queryName, shape.mode.rawValue, String(epoch.number), token])
      return isExact
    }

    /// `table`, or what else has the name; `nil` if nothing has.
    private func kind(of name: PostgresName) throws -> String? {
      let rows = try connection.run(
        """
        SELECT c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2
        """, [name.schema, name.table])
      guard let letter = rows.first?[0] else { return nil }
      return ["r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table", "i": "index"][letter]
        ?? "thing of kind \(letter)"
    }

    private var creation: String {
      var parts = layout.columns.map { "\(SQLName.quoted($0.name)) \($0.type.postgresName)" }
      if let key = layout.key, !key.isEmpty {
        let names = SQLName.list(key.map { layout.columns[$0].name })
        parts.append("UNIQUE \(connection.serverVersion >= Self.equalNulls ? "NULLS NOT DISTINCT " : "")(\(names))")
      }
      return "CREATE TABLE \(name.quoted) (\(parts.joined(separator: ", ")))"
    }

    // MARK: Checking it

    /// - Returns: whether all types are just those that the query gives.
    private func check() throws -> Bool {
      let found = try connection.run(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod),
          NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
        FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
        """, [name.quoted]
      ).map { (name: $0[0]!, type: $0[1]!, isFilled: $0[2] == "t") }
      var isExact = true
      for column in layout.columns {
        guard let there = found.first(where: { $0.name == column.name }) else {
          throw TableMismatch.missing(column: column.name, wanted: column.type.postgresName).error(name.text)
        }
        if there.type == column.type.postgresName { continue }
        isExact = false
        guard column.type.fits(there.type) else {
          throw TableMismatch.type(
            column: column.name, found: there.type, wanted: "\(column.type.postgresName) for \(column.type)"
          ).error(name.text)
        }
      }
      let filled = Set(layout.columns.map(\.name))
      if let there = found.first(where: { !$0.isFilled && !filled.contains($0.name) }) {
        throw TableMismatch.unfilled(column: there.name).error(name.text)
      }
      if layout.mode == .update, let key = layout.key, !key.isEmpty { try checkKey(key.map { layout.columns[$0].name }) }
      return isExact
    }

    private func checkKey(_ names: [String]) throws {
      let rows = try connection.run(
        """
        SELECT i.indexrelid, a.attname FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
        WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND i.indpred IS NULL AND i.indexprs IS NULL AND u.place <= i.indnkeyatts
        """, [name.quoted])
      let indexes = Dictionary(grouping: rows) { $0[0]! }
      if indexes.values.contains(where: { Set($0.compactMap { $0[1] }) == Set(names) }) { return }
      throw TableMismatch.key(
        columns: names, statement: "run CREATE UNIQUE INDEX ON \(name.quoted) (\(SQLName.list(names)))"
      ).error(name.text)
    }
  }

  extension DataType {
    /// The type of a column, as PostgreSQL shows it.
    var postgresName: String {
      switch self {
      case .boolean: "boolean"
      case .int: "integer"
      case .bigint: "bigint"
      case .double: "double precision"
      case .decimal(let precision, let scale): "numeric(\(precision),\(scale))"
      case .string: "text"
      case .date: "date"
      case .timestamp: "timestamp with time zone"
      case .window: preconditionFailure("a window is two columns")
      }
    }

    /// Whether a column of another type keeps the values as they are.
    func fits(_ found: String) -> Bool {
      switch self {
      case .int: return found == "bigint"
      case .string: return found == "character varying"
      case .timestamp: return found == "timestamp(6) with time zone"
      case .decimal(let precision, let scale):
        if found == "numeric" { return true }
        let numbers = found.split { !$0.isNumber }.compactMap { Int($0) }
        guard found.hasPrefix("numeric("), numbers.count == 2 else { return false }
        return numbers[1] >= scale && numbers[0] - numbers[1] >= precision - scale
      default: return false
      }
    }
  }
#endif
