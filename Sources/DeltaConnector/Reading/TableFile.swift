#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  /// A data file of a table, as the log has it.
  struct TableFile: Hashable, Sendable {
    /// In the table's store.
    var path: String
    /// In bytes.
    var size: Int
    /// By the names of partition columns, in their order; `nil` for NULL.
    var partitionValues: [PartitionText]

    struct PartitionText: Hashable, Sendable {
      var column: String
      var text: String?
    }

    init(path: String, size: Int, partitionValues: [PartitionText]) {
      self.path = path
      self.size = size
      self.partitionValues = partitionValues
    }

    /// - Throws: `TidemillError` for a file outside of the table, or one with rows that are deleted in ways unknown here.
    init(_ file: AddedFile, of table: DeltaTable) throws {
      if file.deletionVector != nil {
        throw TidemillError(
          .unsupported, "\(table.name) has features that tidemill does not read: deletionVectors",
          hint: "rewrite the table without them")
      }
      path = try table.located(file.path)
      size = file.size
      partitionValues = file.partitionValues.map { PartitionText(column: $0.key, text: $0.value) }
        .sorted { $0.column < $1.column }
    }

    /// The values of its partition that are asked for, by the ordinals of their columns.
    ///
    /// - Throws: `TidemillError` for a text that is none of its column's values.
    func constants(_ request: ReadRequest, table: String) throws -> [Int: Value] {
      var constants: [Int: Value] = [:]
      for (ordinal, field) in request.schema.fields.enumerated() where field.path.count == 1 {
        let found =
          partitionValues.first { $0.column == field.path[0] }
          ?? partitionValues.first { $0.column.lowercased() == field.path[0].lowercased() }
        guard let found else { continue }
        guard let value = PartitionColumn.value(found.text, as: field.type) else {
          throw TidemillError(
            .badInput,
            "the file \(path) of \(table) is of the partition \(found.column)=\(found.text ?? ""), which is no "
              + field.type.sqlName, hint: "declare the column as the table has it, or as STRING")
        }
        constants[ordinal] = value
      }
      return constants
    }
  }

  extension TableFile {
    func write(to writer: inout ByteWriter) {
      writer.write(string: path)
      writer.write(varint: size)
      writer.write(varint: partitionValues.count)
      for value in partitionValues {
        writer.write(string: value.column)
        writer.write(bool: value.text != nil)
        if let text = value.text { writer.write(string: text) }
      }
    }

    init(reading reader: inout ByteReader) throws {
      path = try reader.readString()
      size = try reader.readVarint()
      partitionValues = try (0..<(try reader.readVarint())).map { _ in
        PartitionText(column: try reader.readString(), text: try reader.readBool() ? try reader.readString() : nil)
      }
    }
  }
#endif
