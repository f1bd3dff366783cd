/// Which commits and whole checkpoints a log has.
package struct LogListing: Sendable {
  /// By version.
  package var commits: [Int: LakeFile] = [:]
  /// The files of each checkpoint of which no part is missing, in order of the parts.
  package var checkpoints: [Int: [LakeFile]] = [:]
  /// Versions with a checkpoint of the newer kind.
  package var newCheckpoints: Set<Int> = []

  /// - Parameter version: only files of this version and later ones.
  package init(_ store: any LakeStore, from version: Int? = nil) throws(LakeStoreError) {
    let after = version.map { LogNames.padded($0) }
    self.init(try store.list(LogNames.directory, after: after, recursive: false))
  }

  init(_ files: [LakeFile]) {
    struct Parts: Hashable {
      var version: Int
      var count: Int
    }
    var parts: [Parts: [Int: LakeFile]] = [:]
    for file in files {
      switch LogNames.kind(of: file.name) {
      case .commit(let version): commits[version] = file
      case .checkpoint(let version, let part, let count):
        parts[Parts(version: version, count: count), default: [:]][part] = file
      case .newCheckpoint(let version): newCheckpoints.insert(version)
      case nil: break
      }
    }
    for (key, files) in parts where files.count == key.count && checkpoints[key.version].map({ $0.count > key.count }) ?? true {
      checkpoints[key.version] = files.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// The latest version that anything is known of.
  package var latest: Int? { max(commits.keys.max() ?? -1, checkpoints.keys.max() ?? -1).nonNegative }
}

extension Int {
  fileprivate var nonNegative: Int? { self < 0 ? nil : self }
}
