import TidemillColumns

/// What others have committed that a transaction cannot stand beside.
package enum DeltaConflict: Error, Hashable, Sendable {
  /// Another has made the table meanwhile.
  case tableCreated
  /// Readers and writers need to know other things now.
  case protocolChanged(version: Int)
  /// It is another table now, or has other columns or partitions.
  case metadataChanged(version: Int, what: String)
  /// The same application has written it from elsewhere.
  case sameApplication(version: Int, application: String)
  /// Files that the transaction removes are gone already.
  case filesRemoved(version: Int, paths: [String])
  /// The table has rows that the transaction, which depends on all of them, has not seen.
  case filesAdded(version: Int)

  /// Whether the same can be tried anew from the table as it is now.
  package var canBeDoneAnew: Bool {
    switch self {
    case .tableCreated, .filesRemoved, .filesAdded: true
    case .protocolChanged, .metadataChanged, .sameApplication: false
    }
  }

  /// - Parameter name: of the table.
  package func error(_ name: String) -> TidemillError {
    let goOn = "see whether that was meant, and start the job again: it goes on where it stopped"
    return switch self {
    case .tableCreated: TidemillError(.io, "another program has made \(name) meanwhile", hint: goOn)
    case .protocolChanged(let version):
      TidemillError(.io, "another program has changed the protocol of \(name) in version \(version)", hint: goOn)
    case .metadataChanged(let version, let what):
      TidemillError(.io, "another program has changed \(what) of \(name) in version \(version)", hint: goOn)
    case .sameApplication(let version, let application):
      TidemillError(
        .io, "another job has written \(name) as \(application) in version \(version)",
        hint: "give each job a table of its own, or a name of its own for the query")
    case .filesRemoved(let version, let paths):
      TidemillError(
        .io,
        "another program has removed files of \(name) in version \(version) that were to be replaced: "
          + paths.prefix(3).joined(separator: ", ") + (paths.count > 3 ? " and \(paths.count - 3) more" : ""), hint: goOn)
    case .filesAdded(let version):
      TidemillError(.io, "another program has added rows to \(name) in version \(version)", hint: goOn)
    }
  }
}
