#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns

  /// A Delta table at one version, to be read file by file: for whoever looks at a table, without a job. Jobs read it by
  /// `DeltaSource` and `DeltaTableSource`.
  package struct DeltaTableView: Sendable {
    /// A data file of the table.
    package struct File: Hashable, Sendable {
      /// In the table's store.
      package var path: String
      /// In bytes.
      package var size: Int
      /// Milliseconds since 1970.
      package var modified: Int
      /// By the names of partition columns; `nil` for NULL.
      package var partitionValues: [String: String?]
    }

    package let store: any LakeStore
    package let version: Int
    /// The columns that can be read, in the table's order, those of partitions among them.
    package let schema: Schema
    package let partitionColumns: [String]
    package let files: [File]

    /// The table as it is now, or was at a version.
    ///
    /// - Returns: `nil` when there is no table.
    /// - Throws: `TidemillError` when it has features that are not read here, or the log is damaged.
    package static func load(
      _ store: any LakeStore, version: Int? = nil, codec: any CheckpointCodec = ParquetCheckpoints()
    ) throws -> DeltaTableView? {
      guard
        let table = try translating({
          try DeltaTable.load(store, codec: codec, version: version, now: DeltaConnector.now)
        })
      else { return nil }
      return try DeltaTableView(table)
    }

    init(_ table: DeltaTable) throws {
      try table.checkReading()
      store = table.store
      version = table.snapshot.version
      let columns = try DeltaSchema(text: table.metadata.schemaString).columns
      schema = Schema(columns.compactMap { column in column.type.map { Field(column.field.name, $0) } })
      partitionColumns = table.metadata.partitionColumns
      files = try table.snapshot.files.values.map { try Self.file($0, of: table) }.sorted {
        ($0.modified, $0.path) < ($1.modified, $1.path)
      }
    }

    static func file(_ file: AddedFile, of table: DeltaTable) throws -> File {
      if file.deletionVector != nil {
        throw TidemillError(
          .unsupported, "\(table.name) has features that tidemill does not read: deletionVectors",
          hint: "rewrite the table without them")
      }
      return File(
        path: try table.located(file.path), size: file.size, modified: file.modificationTime,
        partitionValues: file.partitionValues)
    }

    /// The rows of a file: of these of the table's columns, in this order.
    ///
    /// - Throws: `TidemillError` when the file is gone or damaged, or a column is none of the table's.
    package func rows(of file: File, columns names: [String]) throws -> Batch {
      let fields = try names.map { name in
        guard let field = schema.fields.first(where: { $0.name == name }) else {
          throw TidemillError(.badInput, "the Delta table \(store.description) has no column `\(name)` that can be read")
        }
        return field
      }
      let stored = Schema(fields.filter { !partitionColumns.contains($0.name) })
      let rows = try Self.translating { try ParquetRowFormat().rows(of: store.read(file.path), schema: stored) }
      let columns = try fields.map { field in
        if let ordinal = stored.fields.firstIndex(of: field) { return rows.columns[ordinal] }
        return try Self.constant(field, file, count: rows.count, store.description)
      }
      return Batch(schema: Schema(fields), count: rows.count, columns: columns)
    }

    /// A partition's value, as many times as there are rows.
    static func constant(_ field: Field, _ file: File, count: Int, _ place: String) throws -> Column {
      let text = file.partitionValues[field.name] ?? nil
      guard let value = PartitionColumn.value(text, as: field.type) else {
        throw TidemillError(
          .badInput,
          "the file \(file.path) of the Delta table \(place) is of the partition \(field.name)=\(text ?? ""), "
            + "which is no \(field.type)")
      }
      let builder = ColumnBuilder(field.type, capacity: count)
      for _ in 0..<count { builder.append(value) }
      return builder.finish()
    }

    static func translating<Result>(_ work: () throws -> Result) throws -> Result {
      do { return try work() } catch let error as LakeStoreError {
        throw TidemillError(.io, "\(error)", isRetryable: error.kind == .passing)
      }
    }
  }
#endif
