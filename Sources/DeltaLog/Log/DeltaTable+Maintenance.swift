import TidemillColumns

extension DeltaTable {
  /// Writes a checkpoint and removes what the log need not keep, if the table is at a version where that is due.
  ///
  /// A version is there and stays, whether this succeeds or not.
  ///
  /// - Returns: whether it was due.
  @discardableResult package mutating func maintain() throws -> Bool {
    let properties = TableProperties(metadata)
    guard snapshot.version > 0, snapshot.version.isMultiple(of: properties.checkpointInterval) else { return false }
    try writeCheckpoint()
    if properties.removesExpiredLog { try removeExpiredLog() }
    return true
  }

  /// Writes a checkpoint of the table's version, and the hint to it.
  package mutating func writeCheckpoint() throws {
    let since = removedFilesAreKeptSince
    snapshot.forgetRemoved(before: since)
    let actions = snapshot.checkpointActions(removedSince: since)
    let bytes = try codec.file(of: actions)
    try store.put(LogNames.checkpoint(snapshot.version), bytes)
    try LastCheckpoint(
      version: snapshot.version, size: actions.count, sizeInBytes: bytes.count, fileCount: snapshot.files.count
    ).write(to: store)
  }

  /// Files removed before this time, in milliseconds since 1970, are no longer spoken of.
  private var removedFilesAreKeptSince: Int {
    guard let retention = TableProperties(metadata).deletedFileRetention else { return .min }
    return now() - Int(retention.microseconds / 1000)
  }

  /// Removes commits and checkpoints that no version within the log's retention needs.
  ///
  /// - Returns: what was removed.
  @discardableResult package func removeExpiredLog() throws -> [String] {
    guard let retention = TableProperties(metadata).logRetention else { return [] }
    let cutoff = now() - Int(retention.microseconds / 1000)
    let listing = try LogListing(store)
    let expired = Self.expired(listing, cutoff: cutoff)
    for file in expired { try store.delete(file.path) }
    return expired.map(\.path)
  }

  /// The files of the log that may go, oldest first.
  ///
  /// What the table was at any time since `cutoff` can be read afterwards: the version of that time, the checkpoint before it,
  /// and all commits in between stay.
  static func expired(_ listing: LogListing, cutoff: Int) -> [LakeFile] {
    guard let latest = listing.latest else { return [] }
    // The version that was the table at the cutoff: the last one that is older. Clocks may differ, so time only goes on.
    var atCutoff = -1
    var time = Int.min
    for version in listing.commits.keys.sorted() {
      time = max(time, listing.commits[version]!.modified)
      if time >= cutoff { break }
      atCutoff = version
    }
    guard let base = listing.checkpoints.keys.filter({ $0 <= min(atCutoff, latest) }).max() else { return [] }
    let commits = listing.commits.filter { $0.key < base }.map { ($0.key, $0.value) }
    let checkpoints = listing.checkpoints.filter { $0.key < base }.flatMap { version, files in files.map { (version, $0) } }
    return (commits + checkpoints).filter { $0.1.modified < cutoff }.sorted { ($0.0, $0.1.path) < ($1.0, $1.1.path) }.map(\.1)
  }
}
