import TidemillColumns
import TidemillFiles

extension DeltaTable {
  /// Files below the table's directory that no version within the retention needs: those that were removed from the table
  /// longer ago, and those that no commit ever named.
  ///
  /// - Parameter retention: the table's own without one.
  /// - Throws: `TidemillError` when the retention is shorter than the table's own.
  package func vacuumable(retention: TimeSpan? = nil) throws -> [LakeFile] {
    try checkWriting()
    try TableFeatures.checkVacuum(snapshot.protocol ?? .ofNewTables, of: name)
    guard let own = TableProperties(metadata).deletedFileRetention else {
      throw TidemillError(
        .unsupported, "the property delta.deletedFileRetentionDuration of \(name) cannot be understood",
        hint: "set it to an interval such as 'interval 7 days'")
    }
    let retention = retention ?? own
    if retention < own {
      throw TidemillError(
        .invalidQuery, "files of \(name) are kept for \(own), and \(retention) is shorter",
        hint: "readers and writers at work may need them; if there are none, set the table's property "
          + "delta.deletedFileRetentionDuration first")
    }
    let cutoff = now() - Int(retention.microseconds / 1000)
    var needed: Set<String> = []
    for file in snapshot.files.values { try needed.insert(located(file.path)) }
    for file in snapshot.removed.values where (file.deletionTimestamp ?? 0) >= cutoff {
      try needed.insert(located(file.path))
    }
    if retention > own { try needed.formUnion(left(since: cutoff, retention)) }
    let named = Set(snapshot.removed.values.compactMap { FilePath.decoded($0.path) })
    let there = try store.list("", after: nil, recursive: true)
    let others = Self.tablesWithin(there)
    return there.filter { file in
      file.modified < cutoff && !needed.contains(file.path) && (named.contains(file.path) || Self.isData(file.path))
        && !others.contains { file.path.hasPrefix($0) }
    }
  }

  /// The files that commits since `cutoff` have removed: checkpoints of the log forget them after the table's own retention.
  ///
  /// - Throws: `TidemillError` when the log does not reach so far back.
  private func left(since cutoff: Int, _ retention: TimeSpan) throws -> Set<String> {
    let commits = try LogListing(store).commits
    if let first = commits.keys.min(), first > 0, commits[first]!.modified > cutoff {
      throw TidemillError(
        .invalidQuery, "the log of \(name) begins with version \(first), which is younger than \(retention)",
        hint: "which files left the table before is not known any more: name a shorter time to keep them, or set the table's "
          + "property delta.logRetentionDuration to a longer one than now")
    }
    var paths: Set<String> = []
    for version in commits.keys.sorted() {
      for case .remove(let file) in try actions(of: version) ?? [] where (file.deletionTimestamp ?? .max) >= cutoff {
        try paths.insert(located(file.path))
      }
    }
    return paths
  }

  /// The directories of other tables below this one's, as beginnings of paths.
  private static func tablesWithin(_ files: [LakeFile]) -> Set<String> {
    let log = "/" + LogNames.directory + "/"
    return Set(files.compactMap { file in file.path.firstRange(of: log).map { String(file.path[..<$0.lowerBound]) + "/" } })
  }

  /// A data file's path in the store.
  ///
  /// - Throws: `TidemillError` for a file outside of the table.
  package func located(_ uri: String) throws -> String {
    guard let path = FilePath.decoded(uri) else {
      throw TidemillError(
        .unsupported, "\(name) has a file outside of its directory: \(uri)", hint: "copy the table whole")
    }
    return path
  }

  /// Whether a file may be one of the table's that no commit has named: Parquet, and nothing hidden, except what was left half-written.
  private static func isData(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let name = parts.last else { return false }
    if name.hasPrefix(LocalLakeStore.unnamedPrefix) { return true }
    if name.hasPrefix("_") || name.hasPrefix(".") { return false }
    return name.hasSuffix(".parquet")
      && parts.dropLast().allSatisfy { ($0.contains("=") || !$0.hasPrefix("_")) && !$0.hasPrefix(".") }
  }
}

extension TableFeatures {
  /// - Throws: `TidemillError` when the table has files of kinds that are not known here, so that they might be taken for waste.
  static func checkVacuum(_ table: TableProtocol, of name: String) throws {
    let kinds = (table.readerFeatures ?? []).filter { $0 == "deletionVectors" }
    guard let kind = kinds.first else { return }
    throw TidemillError(
      .unsupported, "\(name) has files that tidemill does not know: \(kind)", hint: "let the tool vacuum it that wrote them")
  }
}
