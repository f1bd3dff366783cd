#if Lake
  import DeltaTesting
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// A table of real Parquet files in a store in memory, as others write it, and the sources that read it.
  struct ReadTable {
    static let schema = Schema(Field("id", .bigint), Field("shop", .string), Field("at", .timestamp))
    /// 2024-03-01T00:00:00Z
    static let day: Int64 = 1_709_251_200_000_000

    let store = SimulatedLakeStore()
    let partitionColumns: [String]

    init(schema: Schema = schema, partitionBy: [String] = [], _ configuration: [String: String] = [:]) throws {
      partitionColumns = partitionBy
      var table = DeltaTable(new: store, codec: ParquetCheckpoints(), now: { 0 })
      try table.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(Self.metadata(schema, partitionBy, configuration))], reads: .nothing,
          operation: "CREATE TABLE"))
    }

    static func metadata(
      _ schema: Schema, _ partitionBy: [String] = [], _ configuration: [String: String] = [:], id: String = "the-table"
    ) -> TableMetadata {
      TableMetadata(
        id: id, schemaString: DeltaSchema(schema.fields.map { DeltaField($0.name, DeltaType($0.type)) }).text,
        partitionColumns: partitionBy, configuration: configuration)
    }

    /// `id`, the shop `s0`, `s1` or `s2`, and a minute of the day.
    static func rows(_ ids: Range<Int>) -> [[Value]] {
      ids.map {
        [.integer(Int64($0)), .string("s\($0 % 3)"), .timestamp(EventTime(microseconds: day + Int64($0) * 60_000_000))]
      }
    }

    func table() throws -> DeltaTable {
      let store = store
      guard let table = try DeltaTable.load(store, codec: ParquetCheckpoints(), now: { store.now }) else {
        throw TidemillError(.badInput, "there is no table")
      }
      return table
    }

    @discardableResult func commit(_ actions: [DeltaAction]) throws -> Int {
      store.advance(milliseconds: 1000)
      var table = try table()
      return try table.commit(DeltaTransaction(actions, reads: .nothing, operation: "WRITE"))
    }

    /// Writes a file that no commit names yet.
    func file(
      _ rows: [[Value]], schema: Schema = schema, values: [String: String?] = [:], rowGroupRows: Int = 1 << 20,
      dataChange: Bool = true, stats: Bool = true, path: String? = nil
    ) throws -> AddedFile {
      let stored = schema.fields.indices.filter { !partitionColumns.contains(schema[$0].name) }
      let batch = Batch(schema: Schema(stored.map { schema[$0] }), rows: rows.map { row in stored.map { row[$0] } })
      var bytes: [UInt8] = []
      let writer = try ParquetWriter(batch.schema, options: ParquetWriter.Options(rowGroupRows: rowGroupRows)) {
        bytes.append(contentsOf: $0)
      }
      try writer.append(batch)
      _ = try writer.close()
      let path = path ?? "part-\(UniqueName.make()).parquet"
      store.set(path, bytes)
      return AddedFile(
        path: FilePath.encoded(path), partitionValues: values, size: bytes.count, modificationTime: store.now,
        dataChange: dataChange, stats: stats ? FileStatistics.json(of: batch, columns: nil) : nil)
    }

    @discardableResult func append(
      _ ids: Range<Int>, values: [String: String?] = [:], rowGroupRows: Int = 1 << 20, stats: Bool = true
    ) throws -> AddedFile {
      let file = try file(Self.rows(ids), values: values, rowGroupRows: rowGroupRows, stats: stats)
      try commit([.add(file)])
      return file
    }

    func removal(_ file: AddedFile, dataChange: Bool = true) -> DeltaAction {
      .remove(file.removed(at: store.now, dataChange: dataChange))
    }

    func source(
      _ schema: Schema = schema, eventTime: Int? = nil, conditions: [[ColumnCondition]] = [],
      rules: StreamRules = StreamRules(),
      from version: String? = nil, wholeFileBytes: Int = 4 << 20
    ) throws -> DeltaSource {
      var options = DeltaSourceOptions(rules: rules, startingVersion: version)!
      options.wholeFileBytes = wholeFileBytes
      let store = store
      return try DeltaSource(
        store, log: store, codec: ParquetCheckpoints(),
        request: ReadRequest(schema: schema, eventTime: eventTime, conditions: conditions), options: options, now: { store.now }
      )
    }

    func staticTable() -> DeltaTableSource {
      let store = store
      return DeltaTableSource(store, log: store, codec: ParquetCheckpoints(), zone: .utc, now: { store.now })
    }
  }

  /// What a source had behind a position.
  struct Streamed {
    var rows: [[Value]] = []
    var skipped = 0
    var highest: EventTime?
    var rejected: [RejectedRow] = []
    var slices: [SourceSlice] = []
    var end = SourcePosition.beginning

    /// The first values of the rows.
    var ids: [Int] {
      rows.map { row in if case .integer(let id) = row[0] { Int(id) } else { -1 } }
    }

    mutating func read(_ slice: SourceSlice, of source: any Source, latest: EventTime = .distantFuture) throws {
      for task in try source.tasks(for: slice) {
        var next: (any ReadTask)? = task
        while let part = next {
          let result = try part.read(latest: latest)
          rows += result.batch.rows
          rejected += result.rejected
          skipped += result.skipped?.count ?? 0
          if let time = result.skipped?.highest { highest = max(highest ?? time, time) }
          next = result.rest
        }
      }
    }
  }

  extension Source {
    /// All that there is behind a position.
    func streamed(
      from position: SourcePosition = .beginning, byteLimit: Int = .max, latest: EventTime = .distantFuture
    ) async throws -> Streamed {
      var all = Streamed(end: position)
      while let slice = try await nextSlice(after: all.end, byteLimit: byteLimit, isFinal: false) {
        try all.read(slice, of: self, latest: latest)
        all.slices.append(slice)
        all.end = slice.end
      }
      return all
    }
  }
#endif
