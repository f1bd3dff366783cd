import TidemillColumns

/// Which features of tables are understood, and which are refused by their names.
package enum TableFeatures {
  private static let readable: Set<String> = [
    "columnMapping", "deletionVectors", "timestampNtz", "vacuumProtocolCheck",
  ]
  private static let writable: Set<String> = [
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns",
    "timestampNtz", "domainMetadata", "vacuumProtocolCheck",
  ]

  /// - Throws: `TidemillError` when a reader needs to know something that is not known here.
  package static func checkReading(_ table: TableProtocol, _ metadata: TableMetadata, of name: String) throws {
    var unknown: [String] = []
    switch table.minReaderVersion {
    case ...2: break
    case 3: unknown = (table.readerFeatures ?? []).filter { !readable.contains($0) }
    default: throw tooNew("reader", table.minReaderVersion, name)
    }
    if let mode = metadata.configuration["delta.columnMapping.mode"], mode != "none" {
      unknown.append("columnMapping (mode \(mode))")
    }
    if metadata.formatProvider != "parquet" { unknown.append("files of \(metadata.formatProvider)") }
    try refuse(unknown, "read", name)
  }

  /// What is understood only as far as nothing of the table uses it is refused when something does.
  ///
  /// - Throws: `TidemillError` when a writer needs to do something that is not done here.
  package static func checkWriting(_ table: TableProtocol, _ metadata: TableMetadata, of name: String) throws {
    try checkReading(table, metadata, of: name)
    var unknown: [String] = []
    switch table.minWriterVersion {
    case ...6: break
    case 7: unknown = (table.writerFeatures ?? []).filter { !writable.contains($0) }
    default: throw tooNew("writer", table.minWriterVersion, name)
    }
    let configuration = metadata.configuration
    if configuration["delta.enableChangeDataFeed"]?.lowercased() == "true" { unknown.append("changeDataFeed") }
    if configuration["delta.enableDeletionVectors"]?.lowercased() == "true" { unknown.append("deletionVectors") }
    if configuration["delta.enableRowTracking"]?.lowercased() == "true" { unknown.append("rowTracking") }
    if configuration["delta.enableInCommitTimestamps"]?.lowercased() == "true" { unknown.append("inCommitTimestamp") }
    if configuration.keys.contains(where: { $0.hasPrefix("delta.constraints.") }) { unknown.append("checkConstraints") }
    let schema = try DeltaSchema(text: metadata.schemaString)
    func notes(_ name: String) -> Bool { schema.fields.contains { $0.metadata[name] != nil } }
    if notes("delta.invariants") { unknown.append("invariants") }
    if notes("delta.generationExpression") { unknown.append("generatedColumns") }
    if notes("delta.identity.start") || notes("delta.identity.step") { unknown.append("identityColumns") }
    try refuse(unknown, "write", name)
  }

  /// Whether rows may be taken out of the table.
  package static func isAppendOnly(_ metadata: TableMetadata) -> Bool {
    metadata.configuration["delta.appendOnly"]?.lowercased() == "true"
  }

  private static func tooNew(_ side: String, _ version: Int, _ name: String) -> TidemillError {
    TidemillError(
      .unsupported,
      "\(name) needs \(side) version \(version) of the Delta protocol, and tidemill knows it up to 3 for readers and 7 for writers",
      hint: "use another table")
  }

  private static func refuse(_ features: [String], _ verb: String, _ name: String) throws {
    if features.isEmpty { return }
    let list = Array(Set(features)).sorted().joined(separator: ", ")
    throw TidemillError(
      .unsupported, "\(name) has features that tidemill does not \(verb): \(list)",
      hint: "use another table, or drop \(features.count == 1 ? "the feature" : "the features") from this one")
  }
}
