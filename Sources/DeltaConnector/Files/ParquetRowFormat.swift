#if Lake
  import LakeFiles
  import TidemillColumns

  /// Data files as Parquet.
  package struct ParquetRowFormat: RowFileFormat {
    private let options: ParquetWriter.Options

    package init(_ options: ParquetWriter.Options = ParquetWriter.Options()) { self.options = options }

    package var fileExtension: String { options.codec == .none ? ".parquet" : ".\(options.codec.rawValue).parquet" }

    package func file(of rows: Batch) throws -> [UInt8] {
      var bytes: [UInt8] = []
      // Room that is not used costs nothing; growing copies what is there.
      bytes.reserveCapacity(rows.count * 8)
      let writer = try ParquetWriter(rows.schema, options: options) { bytes.append(contentsOf: $0) }
      try writer.append(rows)
      _ = try writer.close()
      return bytes
    }

    package func rows(of file: [UInt8], schema: Schema, ignoring: Set<String>?) throws -> Batch {
      do {
        let file = try ParquetFile(MemoryInput(file, name: "a data file"))
        if let ignoring { try Self.refuseLoss(of: file, schema, ignoring) }
        let leaves = schema.fields.flatMap { file.leaves([$0.name]) }
        let rows = try file.rows(ParquetFile.Request(groups: Array(file.footer.groups.indices), leaves: leaves.sorted()))
        var batches: [Batch] = []
        if leaves.isEmpty { return Self.nulls(schema, count: file.footer.rows) }
        while let batch = try rows.next() { batches.append(try Self.batch(batch, schema, file.fields)) }
        return Batch.concatenating(batches, schema: schema)
      } catch let failure as ArrowFailure {
        throw TidemillError(.badInput, "a data file cannot be read: \(failure)", hint: "restore the file")
      }
    }

    private static func refuseLoss(of file: ParquetFile, _ schema: Schema, _ ignoring: Set<String>) throws {
      let known = Set(schema.fields.map(\.name)).union(ignoring)
      for field in file.fields where !known.contains(field.name) {
        for leaf in file.leaves([field.name]) {
          for group in file.footer.groups.indices {
            let statistics = try file.footer.statistics(group: group, leaf: leaf)
            if let nulls = statistics.nulls, nulls == file.footer.groups[group].rows { continue }
            throw TidemillError(
              .unsupported, "a data file has values in the column `\(field.name)`, which the query does not give",
              hint: "rewriting the file would lose them: let the query give the column, or write to a table of its own")
          }
        }
      }
    }

    private static func batch(_ rows: ArrowBatch, _ schema: Schema, _ fields: [ArrowField]) throws -> Batch {
      let columns = try schema.fields.map { field in
        guard fields.contains(where: { $0.name == field.name }) else {
          return Self.nulls(Schema(field), count: rows.count).columns[0]
        }
        var unfit: [Int] = []
        guard let column = rows.column([field.name], as: field.type, unfit: &unfit), unfit.isEmpty else {
          throw TidemillError(
            .badInput, "the column `\(field.name)` of a data file is not of type \(field.type)", hint: "use another table")
        }
        return column
      }
      return Batch(schema: schema, count: rows.count, columns: columns)
    }

    private static func nulls(_ schema: Schema, count: Int) -> Batch {
      let columns = schema.fields.map { field in
        let builder = ColumnBuilder(field.type, capacity: count)
        for _ in 0..<count { builder.append(.null) }
        return builder.finish()
      }
      return Batch(schema: schema, count: count, columns: columns)
    }
  }
#endif
