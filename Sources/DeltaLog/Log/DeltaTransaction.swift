/// What is to become the next version of a table.
package struct DeltaTransaction: Sendable {
  /// What of the table the actions rest on.
  package enum Reads: Hashable, Sendable {
    /// Nothing: rows are only added.
    case nothing
    /// Only the files that it removes.
    case removedFiles
    /// All rows: none may come that it has not seen.
    case wholeTable
  }

  /// Without the commit's own line.
  package var actions: [DeltaAction]
  package var reads: Reads
  /// `WRITE`, `MERGE`: what other tools show as the table's history.
  package var operation: String
  package var parameters: [String: String]
  package var metrics: [String: String]

  package init(
    _ actions: [DeltaAction], reads: Reads, operation: String, parameters: [String: String] = [:],
    metrics: [String: String] = [:]
  ) {
    self.actions = actions
    self.reads = reads
    self.operation = operation
    self.parameters = parameters
    self.metrics = metrics
  }

  /// Whether only rows are added.
  var isBlindAppend: Bool {
    reads == .nothing
      && actions.allSatisfy { action in
        if case .remove = action { false } else { true }
      }
  }

  /// Judges what another has committed after the version that this was made for.
  ///
  /// - Parameter before: the table before that commit.
  /// - Throws: `DeltaConflict` when the two cannot stand beside each other.
  func check(against others: [DeltaAction], version: Int, before: TableSnapshot) throws(DeltaConflict) {
    var applications: Set<String> = []
    var removing: Set<FileKey> = []
    var changesMetadata = false
    var takesRowsAway = false
    for action in actions {
      switch action {
      case .transaction(let transaction): applications.insert(transaction.application)
      case .remove(let file):
        removing.insert(file.key)
        takesRowsAway = takesRowsAway || file.dataChange
      case .metadata, .protocol: changesMetadata = true
      default: break
      }
    }
    if before.version < 0 || version == 0 { throw .tableCreated }
    var gone: [String] = []
    for action in others {
      switch action {
      case .protocol(let value):
        if changesMetadata || value != before.protocol { throw .protocolChanged(version: version) }
      case .metadata(let value):
        if let what = difference(value, before.metadata, changesMetadata, takesRowsAway) {
          throw .metadataChanged(version: version, what: what)
        }
      case .transaction(let transaction) where applications.contains(transaction.application):
        throw .sameApplication(version: version, application: transaction.application)
      case .remove(let file) where removing.contains(file.key): gone.append(file.path)
      default: break
      }
    }
    if !gone.isEmpty { throw .filesRemoved(version: version, paths: gone) }
    guard reads == .wholeTable else { return }
    for case .add(let file) in others where file.dataChange { throw .filesAdded(version: version) }
  }

  private func difference(
    _ now: TableMetadata, _ before: TableMetadata?, _ isChangingItself: Bool, _ takesRowsAway: Bool
  ) -> String? {
    guard let before, now.id == before.id else { return "the identity" }
    if now.partitionColumns != before.partitionColumns { return "the partitions" }
    if now.schemaString != before.schemaString { return "the columns" }
    if isChangingItself { return "the properties" }
    if takesRowsAway, TableFeatures.isAppendOnly(now) { return "the property delta.appendOnly" }
    return nil
  }
}
