import TidemillColumns

/// A Delta table: what it holds at a version, read from its log, and the way to a next version.
///
/// A value of one thread. Calls block.
package struct DeltaTable: Sendable {
  package let store: any LakeStore
  let codec: any CheckpointCodec
  /// Milliseconds since 1970.
  let now: @Sendable () -> Int
  package internal(set) var snapshot: TableSnapshot

  /// A table that is not there yet; the first commit makes it.
  package init(new store: any LakeStore, codec: any CheckpointCodec, now: @escaping @Sendable () -> Int) {
    self.store = store
    self.codec = codec
    self.now = now
    snapshot = TableSnapshot()
  }

  /// The table as its log has it.
  ///
  /// - Parameter version: the latest without one.
  /// - Returns: `nil` when there is no table.
  /// - Throws: `LakeStoreError`, or `TidemillError` when the log cannot be understood, or has the version no more.
  package static func load(
    _ store: any LakeStore, codec: any CheckpointCodec, version: Int? = nil, now: @escaping @Sendable () -> Int
  ) throws -> DeltaTable? {
    var table = DeltaTable(new: store, codec: codec, now: now)
    let hint = version == nil ? try LastCheckpoint.read(store)?.version : nil
    if let hint {
      // The hint may name what is gone, or what was never finished; then everything is looked at.
      let listing = try LogListing(store, from: hint)
      if listing.checkpoints[hint] != nil, (try? table.restore(listing, to: listing.latest ?? hint)) != nil { return table }
      table.snapshot = TableSnapshot()
    }
    let listing = try LogListing(store)
    guard let latest = listing.latest else {
      if let newer = listing.newCheckpoints.max() {
        throw table.damaged("its checkpoint of version \(newer) is of the newer kind (v2Checkpoint)")
      }
      return nil
    }
    if let version, version > latest || version < 0 {
      throw TidemillError(
        .badInput, "the Delta table \(store.description) has no version \(version)", hint: "its latest version is \(latest)")
    }
    try table.restore(listing, to: version ?? latest)
    return table
  }

  private mutating func restore(_ listing: LogListing, to version: Int) throws {
    var problem: (any Error)?
    for start in listing.checkpoints.keys.filter({ $0 <= version }).sorted(by: >) {
      do {
        snapshot = TableSnapshot()
        let files = listing.checkpoints[start] ?? []
        let actions = try files.flatMap { try codec.actions(of: store.read($0.path)) }
        snapshot.apply(actions, version: start)
        guard snapshot.metadata != nil, snapshot.protocol != nil else {
          throw MalformedAction("a checkpoint without metaData or protocol")
        }
        break
      } catch let error as LakeStoreError where error.kind != .notFound {
        throw error
      } catch {
        // A checkpoint only saves work: an earlier one, or the first version, does as well, if it is still there.
        snapshot = TableSnapshot()
        problem = damaged("checkpoint \(start): \(error)")
      }
    }
    for next in (snapshot.version + 1)..<max(version + 1, snapshot.version + 1) {
      guard listing.commits[next] != nil else {
        throw problem ?? damaged("version \(next) is not in it, and no checkpoint after it is")
      }
      guard let actions = try actions(of: next) else { throw damaged("version \(next) is gone") }
      snapshot.apply(actions, version: next)
    }
    guard snapshot.metadata != nil, snapshot.protocol != nil else { throw damaged("it names no columns or no protocol") }
  }

  func damaged(_ what: String) -> TidemillError {
    TidemillError(
      .badInput, "the log of the Delta table \(store.description) cannot be read: \(what)",
      hint: "let a tool that knows more of Delta look at it, or use another table")
  }

  /// The actions that made a version; `nil` when there is no such version, or none any more.
  ///
  /// - Throws: `LakeStoreError`, or `TidemillError` when they cannot be understood.
  package func actions(of version: Int) throws -> [DeltaAction]? {
    guard let bytes = try store.readIfPresent(LogNames.commit(version)) else { return nil }
    do { return try DeltaAction.read(bytes) } catch { throw damaged("version \(version), \(error)") }
  }

  /// Takes in what others have committed since.
  ///
  /// - Parameter visit: is told of each version and its actions.
  /// - Returns: how many versions there were.
  @discardableResult package mutating func refresh(
    _ visit: (_ version: Int, [DeltaAction]) -> Void = { _, _ in }
  ) throws -> Int {
    var count = 0
    while let actions = try actions(of: snapshot.version + 1) {
      snapshot.apply(actions, version: snapshot.version + 1)
      visit(snapshot.version, actions)
      count += 1
    }
    return count
  }

  /// What the table is; it has been loaded or made.
  package var metadata: TableMetadata {
    guard let metadata = snapshot.metadata else { preconditionFailure("a table that is not there yet has no columns") }
    return metadata
  }

  /// - Throws: `TidemillError` when the table asks readers for what is not known here.
  package func checkReading() throws {
    try TableFeatures.checkReading(snapshot.protocol ?? .ofNewTables, metadata, of: name)
  }

  /// - Throws: `TidemillError` when the table asks writers for what is not known here.
  package func checkWriting() throws {
    try TableFeatures.checkWriting(snapshot.protocol ?? .ofNewTables, metadata, of: name)
  }

  /// As messages call it.
  package var name: String { "the Delta table \(store.description)" }
}
