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
    return try store.list("", after: nil, recursive: true).filter {
      $0.modified < cutoff && Self.isData($0.path) && !needed.contains($0.path)
    }
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

  /// Whether a file may be one of the table's: nothing hidden, except what was left half-written.
  private static func isData(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let name = parts.last else { return false }
    if name.hasPrefix(LocalLakeStore.unnamedPrefix) { return true }
    if name.hasPrefix("_") || name.hasPrefix(".") { return false }
    return parts.dropLast().allSatisfy { ($0.contains("=") || !$0.hasPrefix("_")) && !$0.hasPrefix(".") }
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
