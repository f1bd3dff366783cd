#if Postgres
  import TableSinks
  import TidemillColumns
  import TidemillPlan

  /// The SQL that brings staged rows into a table.
  ///
  /// Rows are told apart by the key's columns, or by all columns where there is no key. To `=` and to most unique keys no two NULLs
  /// are equal, so rows are found by which of those columns are NULL: a number with a bit for each.
  struct PostgresStatements {
    let table: PostgresName
    let layout: TableLayout
    /// Ordinals of the columns that tell rows apart.
    let identity: [Int]

    /// As many as the bits of the number.
    static let mostColumns = 64
    static let stage = "pg_temp.tidemill_stage"

    init(_ table: PostgresName, _ layout: TableLayout) {
      self.table = table
      self.layout = layout
      identity = layout.key ?? Array(layout.columns.indices)
    }

    private func name(_ ordinal: Int) -> String { SQLName.quoted(layout.columns[ordinal].name) }
    private var names: String { SQLName.list(layout.columns.map(\.name)) }
    private var staged: String { layout.columns.indices.map { "c\($0)" }.joined(separator: ", ") }

    /// Where rows wait for the table: each connection has its own.
    var stageCreation: String {
      let columns = layout.columns.enumerated().map { "c\($0) \($1.type.postgresName)" }
      return """
        CREATE TEMPORARY TABLE IF NOT EXISTS tidemill_stage \
        (\(columns.joined(separator: ", ")), weight smallint, nulls bigint) ON COMMIT DELETE ROWS
        """
    }

    func copy(toStage: Bool, marked: Bool) -> String {
      let columns = toStage ? staged + (marked ? ", weight, nulls" : "") : names
      return "COPY \(toStage ? Self.stage : table.quoted) (\(columns)) FROM STDIN (FORMAT binary)"
    }

    var clearing: String { "DELETE FROM \(table.quoted)" }

    var insertingAll: String { "INSERT INTO \(table.quoted) (\(names)) SELECT \(staged) FROM \(Self.stage)" }

    var insertingComing: String { "\(insertingAll) WHERE weight > 0" }

    // MARK: With a key

    /// Puts rows without a NULL in their key in the place of those that have it.
    var replacing: String {
      let rest = layout.rest.map { "\(name($0)) = excluded.\(name($0))" }
      let action = rest.isEmpty ? "NOTHING" : "UPDATE SET \(rest.joined(separator: ", "))"
      return """
        \(insertingComing) AND nulls = 0 ON CONFLICT (\(identity.map(name).joined(separator: ", "))) DO \(action)
        """
    }

    /// Inserts rows with a NULL in their key, of which `deleting` has left none.
    var insertingNullKeys: String { "\(insertingComing) AND nulls <> 0" }

    /// Deletes the rows whose key is that of a staged row with NULLs in these columns.
    func deleting(_ nulls: UInt64, onlyGoing: Bool) -> String {
      """
      DELETE FROM \(table.quoted) AS t USING \(Self.stage) AS s \
      WHERE s.nulls = \(Int64(bitPattern: nulls))\(onlyGoing ? " AND s.weight < 0" : "") AND \(matching(nulls, "s"))
      """
    }

    private func matching(_ nulls: UInt64, _ other: String) -> String {
      if identity.isEmpty { return "true" }
      return identity.enumerated().map { position, ordinal in
        nulls & 1 << UInt64(position) != 0 ? "t.\(name(ordinal)) IS NULL" : "t.\(name(ordinal)) = \(other).c\(ordinal)"
      }.joined(separator: " AND ")
    }

    // MARK: Without a key

    /// Deletes as many rows as are withdrawn, each equal to a staged one with NULLs in these columns.
    func deletingEqual(_ nulls: UInt64) -> String {
      let filled = identity.enumerated().filter { nulls & 1 << UInt64($0.offset) == 0 }.map { "c\($0.element)" }
      let list = filled.joined(separator: ", ")
      let grouping = filled.isEmpty ? "" : " GROUP BY \(list)"
      let partition = filled.isEmpty ? "" : "PARTITION BY " + filled.map { "gone.\($0)" }.joined(separator: ", ")
      return """
        WITH gone AS (
          SELECT \(list)\(filled.isEmpty ? "" : ", ")count(*) AS number FROM \(Self.stage)
          WHERE weight < 0 AND nulls = \(Int64(bitPattern: nulls))\(grouping)
        ), found AS (
          SELECT t.ctid AS place, row_number() OVER (\(partition)) AS rank, gone.number
          FROM \(table.quoted) AS t JOIN gone ON \(matching(nulls, "gone"))
        )
        DELETE FROM \(table.quoted) AS t USING found WHERE t.ctid = found.place AND found.rank <= found.number
        """
    }
  }
#endif
