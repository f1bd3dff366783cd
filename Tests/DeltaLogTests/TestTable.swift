import DeltaTesting
import TidemillColumns

@testable import DeltaLog

/// What the tests of the log begin with.
enum TestTable {
  static let schema = DeltaSchema([DeltaField("k", .primitive("string")), DeltaField("n", .primitive("long"))])

  static func metadata(_ configuration: [String: String] = [:]) -> TableMetadata {
    TableMetadata(id: "the-table", schemaString: schema.text, configuration: configuration)
  }

  static func file(_ name: String, size: Int = 10, dataChange: Bool = true) -> AddedFile {
    AddedFile(path: name, size: size, modificationTime: 1, dataChange: dataChange)
  }

  static func load(_ store: SimulatedLakeStore, version: Int? = nil) throws -> DeltaTable? {
    try DeltaTable.load(store, codec: LineCodec(), version: version, now: { store.now })
  }

  /// A table of one version without rows.
  static func create(_ store: SimulatedLakeStore, _ configuration: [String: String] = [:]) throws -> DeltaTable {
    var table = DeltaTable(new: store, codec: LineCodec(), now: { store.now })
    try table.commit(
      DeltaTransaction(
        [.protocol(.ofNewTables), .metadata(metadata(configuration))], reads: .nothing, operation: "CREATE TABLE"))
    return table
  }

  static func append(_ names: String..., epoch: (String, Int)? = nil) -> DeltaTransaction {
    DeltaTransaction(
      names.map { .add(file($0)) }
        + (epoch.map { [.transaction(ApplicationTransaction(application: $0.0, version: $0.1))] } ?? []), reads: .nothing,
      operation: "WRITE")
  }

  static func replace(_ old: String, with new: String, at time: Int = 5) -> DeltaTransaction {
    DeltaTransaction(
      [.remove(file(old).removed(at: time, dataChange: true)), .add(file(new))], reads: .removedFiles, operation: "MERGE")
  }
}

extension DeltaTable {
  var paths: [String] { snapshot.files.values.map(\.path).sorted() }
}
