#if Lake
  import DeltaTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors

  @testable import DeltaConnector
  @testable import DeltaLog

  /// A table at its latest version, to join streams with.
  @Suite struct DeltaTableSourceTests {
    private func rows(_ source: DeltaTableSource, _ schema: Schema = ReadTable.schema) throws -> [[Value]] {
      var rows: [[Value]] = []
      try source.read(try source.version(), columns: schema) { rows += $0.rows }
      return rows
    }

    private func ids(_ source: DeltaTableSource) throws -> [Int] {
      try rows(source, Schema(Field("id", .bigint))).map { if case .integer(let id) = $0[0] { Int(id) } else { -1 } }.sorted()
    }

    @Test func aVersionIsWhatTheLastChangeOfRowsLeft() throws {
      let table = try ReadTable(partitionBy: ["shop"])
      let first = try table.append(0..<3, values: ["shop": "s"])
      let source = table.staticTable()
      #expect(try source.columns().schema == ReadTable.schema)
      let one = try source.version()
      #expect(one.text == "version 1")
      #expect(try rows(source).first == [.integer(0), .string("s"), .timestamp(EventTime(microseconds: ReadTable.day))])
      #expect(try rows(source, Schema(Field("SHOP", .string))) == [[.string("s")], [.string("s")], [.string("s")]])
      #expect(try rows(source, Schema([])).allSatisfy(\.isEmpty) && rows(source, Schema([])).count == 3)
      try table.commit([
        table.removal(first, dataChange: false),
        .add(try table.file(ReadTable.rows(0..<3), values: ["shop": "s"], dataChange: false)),
      ])
      // Only other files.
      #expect(try source.version().bytes == one.bytes && source.version().text == "version 2")
      #expect(try ids(source) == [0, 1, 2])
      let second = try table.append(3..<5, values: ["shop": nil])
      #expect(try source.version().bytes != one.bytes)
      #expect(throws: TableChanged.self) { try source.read(one, columns: ReadTable.schema) { _ in } }
      #expect(try ids(source) == Array(0..<5))
      let three = try source.version()
      try table.commit([table.removal(second)])
      #expect(try source.version() != three && ids(source) == Array(0..<3))
      // From a checkpoint it is the same.
      var now = try table.table()
      try now.writeCheckpoint()
      #expect(try ids(table.staticTable()) == Array(0..<3))
    }

    @Test func whatIsVacuumedWhileItIsReadIsReadAnew() throws {
      let table = try ReadTable()
      let old = try table.append(0..<3)
      let source = table.staticTable()
      let version = try source.version()
      table.store.set(old.path, nil)
      // Gone, and the table does not know: nobody can read it.
      #expect(throws: TidemillError.self) { try source.read(version, columns: ReadTable.schema) { _ in } }
      var taken = 0
      table.store.set(old.path, table.store.bytes(try table.file(ReadTable.rows(0..<3)).path))
      try table.append(3..<5)
      #expect(throws: TableChanged.self) { try source.read(version, columns: ReadTable.schema) { taken += $0.count } }
      let next = try source.version()
      #expect(throws: TableChanged.self) {
        try source.read(next, columns: ReadTable.schema) { batch in
          taken += batch.count
          // Another program rewrites the table and removes the old files at once.
          let files = try table.table().snapshot.files.values
          try table.commit(files.map { table.removal($0) } + [.add(try table.file(ReadTable.rows(7..<9)))])
          for file in files { table.store.set(file.path, nil) }
        }
      }
      #expect(taken > 0)
      #expect(try ids(source) == [7, 8])
    }

    @Test func aTableMadeAnewIsReadAnew() throws {
      let table = try ReadTable()
      for number in 0..<4 { try table.append(number..<number + 1) }
      let source = table.staticTable()
      let before = try source.version()
      for path in table.store.paths { table.store.set(path, nil) }
      #expect(throws: TidemillError.self) { try source.version() }
      var new = DeltaTable(new: table.store, codec: ParquetCheckpoints(), now: { 0 })
      try new.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(ReadTable.metadata(ReadTable.schema, id: "new"))], reads: .nothing, operation: "X"
        ))
      try table.append(40..<42)
      #expect(try source.version() != before && ids(source) == [40, 41])
    }

    @Test func whatCannotBeReadIsNamed() throws {
      let table = try ReadTable()
      try table.append(0..<3)
      let source = table.staticTable()
      _ = try source.version()
      try table.commit([.metadata(ReadTable.metadata(ReadTable.schema, [], ["delta.columnMapping.mode": "id"]))])
      let mapped = #expect(throws: TidemillError.self) { try source.version() }
      #expect(mapped?.message == "the Delta table simulated has features that tidemill does not read: columnMapping (mode id)")
      try table.commit([.metadata(ReadTable.metadata(ReadTable.schema))])
      let typo = #expect(throws: TidemillError.self) { try rows(source, Schema(Field("x", .int))) }
      #expect(typo?.message == "the Delta table simulated, version 3, has no column x")
      let type = #expect(throws: TidemillError.self) { try rows(source, Schema(Field("shop", .int))) }
      #expect(type?.message == "the Delta table simulated, version 3, has the column shop as string, not as INT")
      let wide = Schema(Field("id", .bigint))
      try table.commit([.add(try table.file([[.integer(1 << 40)]], schema: wide))])
      let unfit = #expect(throws: TidemillError.self) { try rows(source, Schema(Field("id", .int))) }
      #expect(unfit?.message.contains(", row 1: id: the value is no INT") == true, "\(unfit?.message ?? "")")
    }
  }
#endif
