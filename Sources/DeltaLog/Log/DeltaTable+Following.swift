/// What those need who read a table on, version by version.
extension DeltaTable {
  /// The same table without what it knows of its versions: enough to read commits.
  package var withoutFiles: DeltaTable { DeltaTable(new: store, codec: codec, now: now) }

  /// The table as it was at a version, or as it is now.
  ///
  /// - Throws: `LakeStoreError`, or `TidemillError` when the log has the version no more, or the table is gone.
  package func atVersion(_ version: Int?) throws -> DeltaTable {
    guard let table = try Self.load(store, codec: codec, version: version, now: now) else { throw damaged("it is gone") }
    return table
  }

  /// Whether a checkpoint speaks of this version or of a later one: a version that is not there then has been there.
  package func hasPassed(_ version: Int) throws -> Bool {
    guard let checkpoint = try LastCheckpoint.read(store) else { return false }
    return checkpoint.version >= version
  }
}
