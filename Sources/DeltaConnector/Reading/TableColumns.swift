#if Lake
  import DeltaLog
  import LakeFiles
  import ParquetConnector
  import TidemillColumns

  /// Where the columns that are asked for lie in a table.
  struct TableColumns: Sendable {
    struct Origin: Hashable, Sendable {
      /// By the names that the table has.
      var path: [String]
      /// What the table holds there.
      var type: DataType
      /// Whether its values are in the log, not in the files.
      var isPartition: Bool
      /// A time without a zone: it moves with the session's.
      var isLocalTime: Bool
    }

    /// One for each column of the request.
    let origins: [Origin]

    /// - Parameters:
    ///   - table: for messages.
    ///   - version: of which the metadata are.
    /// - Throws: `TidemillError` that names the first column which the table has not, or has as another type.
    init(_ request: Schema, _ metadata: TableMetadata, of table: String, version: Int) throws {
      let schema = try DeltaSchema(text: metadata.schemaString)
      let place = "\(table), version \(version)"
      origins = try request.fields.map { field in
        guard let (path, type) = Self.find(field.path, schema) else {
          throw TidemillError(
            .badInput, "\(place), has no column \(field.path.joined(separator: "."))",
            hint: "its columns are \(schema.fields.map(\.name).joined(separator: ", ")); declare those, and start with a new "
              + "checkpoint if there is one")
        }
        let isPartition = path.count == 1 && metadata.partitionColumns.contains(path[0])
        let isLocalTime = type == .primitive("timestamp_ntz")
        let own = isLocalTime ? .timestamp : type.dataType
        guard let own, RequestedColumns.fits(own, field.type), !(isPartition && isLocalTime) else {
          throw TidemillError(
            .badInput, "\(place), has the column \(path.joined(separator: ".")) as \(type.name), not as \(field.type.sqlName)",
            hint: "declare it as the table has it, and start with a new checkpoint if there is one")
        }
        return Origin(path: path, type: own, isPartition: isPartition, isLocalTime: isLocalTime)
      }
    }

    private static func find(_ path: [String], _ schema: DeltaSchema) -> (path: [String], type: DeltaType)? {
      guard let name = path.first, let field = schema.field(name) else { return nil }
      if path.count == 1 { return ([field.name], field.type) }
      guard case .structure(let inner) = field.type,
        let (rest, type) = find(Array(path.dropFirst()), DeltaSchema(inner))
      else { return nil }
      return ([field.name] + rest, type)
    }

    /// The columns of a table that can be read, in its order.
    static func readable(_ metadata: TableMetadata) throws -> Schema {
      let columns = try DeltaSchema(text: metadata.schemaString).columns
      return Schema(
        columns.compactMap { column in
          if let type = column.type { return Field(column.field.name, type) }
          let isLocalTime = column.field.type == .primitive("timestamp_ntz")
          return isLocalTime && !metadata.partitionColumns.contains(column.field.name)
            ? Field(column.field.name, .timestamp) : nil
        })
    }
  }
#endif
