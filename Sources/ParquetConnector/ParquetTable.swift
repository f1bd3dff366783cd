#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  /// A static table of Parquet files: of one file, of a directory, or of those that a glob matches, on a disk or in an object store.
  ///
  /// It changes when a file comes, goes, or has another size or time.
  package final class ParquetTable: TableSource {
    package let description: String
    private let folder: ParquetFolder
    private let zone: SessionZone

    private static let batchRows = 1 << 16

    package init(_ folder: ParquetFolder, zone: SessionZone) {
      self.folder = folder
      self.zone = zone
      description = "parquet files in \(folder.path)"
    }

    package func columns() throws -> LearntColumns { LearntColumns(try LearntSchema.columns(of: folder)) }

    package func version() throws -> TableVersion { try folder.version() }

    package func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws {
      let request = ReadRequest(schema: columns, zone: zone)
      do {
        for file in try folder.list() { try read(file.path, request, take) }
      } catch {
        // What someone is writing is broken for as long as that lasts.
        if try self.version() != version { throw TableChanged() }
        throw error
      }
      if try self.version() != version { throw TableChanged() }
    }

    private func read(_ path: String, _ request: ReadRequest, _ take: (Batch) throws -> Void) throws {
      guard let input = try folder.open(path) else { throw TableChanged() }
      let file: OpenedFile
      do {
        file = try OpenedFile(input, path: path, request: request)
      } catch is OpenedFile.Incomplete {
        throw TidemillError(
          .badInput, "\(input.name) is no Parquet file, or not all of it is there",
          hint: "write files under another name, such as one that begins with '_', and rename them when they are whole")
      }
      do {
        let rows = try file.file.rows(
          ParquetFile.Request(
            groups: Array(0..<file.groupCount), leaves: file.columns.leaves, batchRows: Self.batchRows,
            prefetches: folder.isRemote))
        var first = 0
        while let batch = try rows.next() {
          var judgement = RowJudgement(file, latest: .distantFuture, firstRow: first)
          let result = try judgement.result(of: batch)
          if let row = result.rejected.first {
            throw TidemillError(
              .badInput, "\(row.origin), row \(row.offset + 1): \(row.detail)",
              hint: "a table with such a row is not used: declare the column with a type that holds all of its values")
          }
          if result.batch.count > 0 { try take(result.batch) }
          first += batch.count
        }
        if first < file.file.footer.rows {
          throw ArrowFailure(.invalid, "it ends \(file.file.footer.rows - first) rows early")
        }
      } catch let failure as ArrowFailure { throw OpenedFile.damaged(file.name, failure) }
    }
  }
#endif
