import TidemillColumns

extension DeltaTable {
  /// Makes the next version of the table.
  ///
  /// When others are quicker, their versions are looked at, one by one; if none is in the way, the next number is tried. A
  /// commit of which no answer came is recognised by its identifier, so that it is not made twice.
  ///
  /// - Returns: the version.
  /// - Throws: `DeltaConflict` when another's commit is in the way; the snapshot is then at that version. `LakeStoreError` when
  ///   the store fails; then the commit may have been made.
  @discardableResult package mutating func commit(_ transaction: DeltaTransaction) throws -> Int {
    try checkRemoved(transaction)
    let identifier = UniqueName.make()
    while true {
      let version = snapshot.version + 1
      let info = CommitInfo(
        timestamp: now(), operation: transaction.operation, parameters: transaction.parameters,
        metrics: transaction.metrics, engine: "tidemill", isBlindAppend: transaction.isBlindAppend,
        readVersion: version == 0 ? nil : version - 1, transactionIdentifier: identifier)
      let lines = DeltaAction.lines([.commitInfo(info)] + transaction.actions)
      if try store.putIfAbsent(LogNames.commit(version), lines) {
        snapshot.apply(transaction.actions, version: version)
        return version
      }
      let reached = snapshot.version
      // Somebody has been there: another writer, or a try of our own whose answer was lost.
      while let others = try actions(of: snapshot.version + 1) {
        let before = snapshot
        snapshot.apply(others, version: before.version + 1)
        if others.contains(where: { action in
          if case .commitInfo(let info) = action { info.transactionIdentifier == identifier } else { false }
        }) {
          return snapshot.version
        }
        try transaction.check(against: others, version: snapshot.version, before: before)
      }
      // A store that says there is such a file, and then has none, is no place for a log.
      if snapshot.version == reached { throw damaged("version \(version) is there to writers and not to readers") }
      try checkWriting()
    }
  }

  /// Only files that are in the table can be removed: rows of others must not come back in another file.
  private func checkRemoved(_ transaction: DeltaTransaction) throws(DeltaConflict) {
    var gone: [String] = []
    for case .remove(let file) in transaction.actions where snapshot.files[file.key] == nil { gone.append(file.path) }
    if !gone.isEmpty { throw .filesRemoved(version: snapshot.version, paths: gone) }
  }
}
