#if Lake
  import DeltaLog
  import ParquetConnector
  import Synchronization
  import TidemillColumns
  import TidemillConnectors

  /// A Delta table as a static table, at its latest version.
  ///
  /// It changes with the versions that change rows or columns; one that only brings files together does not count.
  package final class DeltaTableSource: TableSource {
    package let description: String
    private let place: TablePlace
    private let zone: SessionZone
    private let load: @Sendable () throws -> DeltaTable
    private let known = Mutex<Known?>(nil)

    /// The table when it was last looked at.
    private struct Known: Sendable {
      var table: DeltaTable
      /// A hash of its last commit, if that is there.
      var commit: Int?
      /// The last version that changed rows.
      var changed: Int
    }

    /// - Parameters:
    ///   - store: where the table is.
    ///   - log: the same, for its log.
    ///   - zone: of times without one.
    package init(
      _ store: any LakeStore, log: any LakeStore, codec: any CheckpointCodec, zone: SessionZone,
      now: @escaping @Sendable () -> Int
    ) {
      place = TablePlace(store: store)
      self.zone = zone
      description = "Delta table \(store.description)"
      load = { try DeltaTable.loadToRead(log, codec: codec, now: now) }
    }

    package func columns() throws -> LearntColumns { LearntColumns(try DeltaConnector.readableColumns(of: load())) }

    package func version() throws -> TableVersion {
      try translating {
        let known = try look(self.known.withLock { $0 })
        self.known.withLock { $0 = known }
        var writer = ByteWriter()
        writer.write(string: known.table.metadata.id)
        writer.write(varint: known.changed)
        return TableVersion(writer.bytes, text: "version \(known.table.snapshot.version)")
      }
    }

    private func whole() throws -> Known {
      let table = try load()
      return Known(table: table, commit: try Self.lastCommit(table), changed: table.snapshot.version)
    }

    /// A hash of what the last commit did; `nil` when the log does not have it any more.
    private static func lastCommit(_ table: DeltaTable) throws -> Int? {
      let actions = try table.actions(of: table.snapshot.version)
      return actions?.hashValue
    }

    /// Takes in the versions since the last look. A table that was made anew in the same place is looked at as a whole.
    private func look(_ before: Known?) throws -> Known {
      guard var known = before else { return try whole() }
      if let commit = known.commit, try Self.lastCommit(known.table) != commit { return try whole() }
      var (last, changed) = (known.commit, known.changed)
      try known.table.refresh { version, actions in
        last = actions.hashValue
        let changes = actions.contains { action in
          switch action {
          case .add(let file): file.dataChange
          case .remove(let file): file.dataChange
          case .metadata, .protocol: true
          case .commitInfo, .transaction, .domain: false
          }
        }
        if changes { changed = version }
      }
      try known.table.checkReading()
      (known.commit, known.changed) = (last, changed)
      return known
    }

    package func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws {
      guard try self.version() == version, let known = known.withLock({ $0 }) else { throw TableChanged() }
      do {
        try read(known.table, columns, take)
      } catch {
        // Files of an old version may have been removed while they were read.
        if try self.version() != version { throw TableChanged() }
        throw error
      }
    }

    private func read(_ table: DeltaTable, _ columns: Schema, _ take: (Batch) throws -> Void) throws {
      let request = ReadRequest(schema: columns, zone: zone)
      _ = try TableColumns(columns, table.metadata, of: table.name, version: table.snapshot.version)
      let files = FileCache(place, request)
      for added in table.snapshot.files.values.sorted(by: { $0.path < $1.path }) {
        let file = try TableFile(added, of: table)
        let task = DeltaFileTask(
          file: file, constants: try file.constants(request, table: table.name), skipped: nil, files: files)
        var rest: (any ReadTask)? = task
        while let next = rest {
          let result = try next.read(latest: .distantFuture)
          if let row = result.rejected.first {
            throw TidemillError(
              .badInput, "\(row.origin), row \(row.offset + 1): \(row.detail)",
              hint: "a table with a row that cannot be read is not used; declare the column as the table has it")
          }
          if result.batch.count > 0 { try take(result.batch) }
          rest = result.rest
        }
      }
    }
  }
#endif
