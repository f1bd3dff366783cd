/// What a table is at one version: what all actions up to it leave.
package struct TableSnapshot: Sendable {
  package private(set) var version: Int
  package private(set) var `protocol`: TableProtocol?
  package private(set) var metadata: TableMetadata?
  /// The data files that are in the table.
  package private(set) var files: [FileKey: AddedFile] = [:]
  /// Data files that are not in it any more.
  package private(set) var removed: [FileKey: RemovedFile] = [:]
  package private(set) var transactions: [String: ApplicationTransaction] = [:]
  package private(set) var domains: [String: DomainMetadata] = [:]

  /// Before the first version.
  package init() { version = -1 }

  /// Takes in the actions of the next version, or all that a checkpoint of `version` has.
  ///
  /// - Complexity: O(actions).
  package mutating func apply(_ actions: [DeltaAction], version: Int) {
    self.version = version
    for action in actions {
      switch action {
      case .commitInfo: break
      case .protocol(let value): self.protocol = value
      case .metadata(let value): metadata = value
      case .transaction(let value): transactions[value.application] = value
      case .add(let file):
        files[file.key] = file
        removed[file.key] = nil
      case .remove(let file):
        files[file.key] = nil
        removed[file.key] = file
      case .domain(let value): domains[value.domain] = value.removed ? nil : value
      }
    }
  }

  /// Forgets files that were removed before a time, which nobody may need any more.
  package mutating func forgetRemoved(before milliseconds: Int) {
    removed = removed.filter { ($0.value.deletionTimestamp ?? 0) >= milliseconds }
  }

  /// The actions of a checkpoint of this version, in an order that depends on nothing else.
  ///
  /// - Parameter milliseconds: files that were removed before this time are left out.
  package func checkpointActions(removedSince milliseconds: Int) -> [DeltaAction] {
    var actions: [DeltaAction] = []
    if let value = self.protocol { actions.append(.protocol(value)) }
    if let metadata { actions.append(.metadata(metadata)) }
    actions += transactions.values.sorted { $0.application < $1.application }.map { .transaction($0) }
    actions += domains.values.sorted { $0.domain < $1.domain }.map { .domain($0) }
    let kept = removed.values.filter { ($0.deletionTimestamp ?? 0) >= milliseconds }
    actions += kept.sorted { $0.path < $1.path }.map { file in
      var file = file
      file.dataChange = false
      return .remove(file)
    }
    actions += files.values.sorted { $0.path < $1.path }.map { file in
      var file = file
      file.dataChange = false
      return .add(file)
    }
    return actions
  }
}
