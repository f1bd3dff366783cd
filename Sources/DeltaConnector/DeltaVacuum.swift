#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns

  /// Removes files of a table that no version within its retention needs.
  package enum DeltaVacuum {
    /// - Parameters:
    ///   - path: where the table is.
    ///   - retention: how long removed files stay; the table's own without one, which it must not be shorter than.
    ///   - isTrial: whether nothing is removed.
    ///   - each: told of each file that is, or would be, removed.
    /// - Returns: the number of files, and of their bytes.
    package static func run(
      _ path: String, retention: TimeSpan?, isTrial: Bool, _ options: RemoteStore.Options = RemoteStore.Options(),
      now: @escaping @Sendable () -> Int = DeltaConnector.now, each: (LakeFile) throws -> Void
    ) throws -> (files: Int, bytes: Int) {
      let store = try DeltaConnector.store(path, options, owner: "vacuum")
      do {
        guard let table = try DeltaTable.load(store, codec: ParquetCheckpoints(), now: now) else {
          throw TidemillError(.badInput, "there is no Delta table in \(store.description)", hint: "give the table's directory")
        }
        let files = try table.vacuumable(retention: retention)
        for file in files {
          try each(file)
          if !isTrial { try store.delete(file.path) }
        }
        return (files.count, files.reduce(0) { $0 + $1.size })
      } catch let error as LakeStoreError {
        throw TidemillError(.io, "\(error)", hint: "run it again", isRetryable: error.kind == .passing)
      }
    }
  }
#endif
