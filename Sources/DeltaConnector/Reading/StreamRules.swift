#if Lake
  import DeltaLog
  import TidemillColumns

  /// What becomes of versions that do more than add rows: a stream cannot take rows back. Names and meanings are Spark's.
  package struct StreamRules: Hashable, Sendable {
    /// Versions that only remove rows are passed over.
    package var ignoresDeletes = false
    /// The same, and of versions that rewrite files the new files are read whole: rows in them that have not changed come again.
    package var ignoresChanges = false
    /// Versions that remove or rewrite rows are passed over with all that they add.
    package var skipsChanges = false

    package init(ignoresDeletes: Bool = false, ignoresChanges: Bool = false, skipsChanges: Bool = false) {
      self.ignoresDeletes = ignoresDeletes
      self.ignoresChanges = ignoresChanges
      self.skipsChanges = skipsChanges
    }

    /// The files that bring new rows with a version, in the order of its commit.
    ///
    /// - Throws: `TidemillError` when rows go with it, and nobody said what then.
    func added(by actions: [DeltaAction], version: Int, of table: String) throws -> [AddedFile] {
      var added: [AddedFile] = []
      var removed: RemovedFile?
      for action in actions {
        switch action {
        case .add(let file) where file.dataChange: added.append(file)
        case .remove(let file) where file.dataChange: removed = removed ?? file
        default: break
        }
      }
      guard let removed else { return added }
      if skipsChanges { return [] }
      if ignoresChanges || added.isEmpty && ignoresDeletes { return added }
      let place = "version \(version) of \(table)"
      let restart = "or start with a new checkpoint, which begins with what is in the table now"
      if added.isEmpty {
        throw TidemillError(
          .unsupported, "\(place) removes rows (those of \(removed.path)), which a stream cannot take back",
          hint: "pass over such versions with ignoreDeletes 'true', \(restart)")
      }
      throw TidemillError(
        .unsupported, "\(place) replaces rows (those of \(removed.path)), which a stream cannot take back",
        hint: "pass over such versions with skipChangeCommits 'true', take all rows of the rewritten files as new ones with "
          + "ignoreChanges 'true', \(restart)")
    }
  }
#endif
