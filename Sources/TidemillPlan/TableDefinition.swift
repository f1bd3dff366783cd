import TidemillColumns

/// A declared table: `CREATE TABLE name (columns) USING provider OPTIONS (…)`. Streams are joined with it; by itself it gives no
/// rows.
public struct TableDefinition: Hashable, Sendable {
  /// The name by which queries call it.
  public var name: String
  /// The columns; empty until they are learned from what is there.
  public var schema: Schema
  /// The connector and format by name, in lower case: `csv`, `json`, `memory`.
  public var provider: String
  /// Options by name in lower case.
  public var options: [String: String]

  public init(name: String, schema: Schema, provider: String, options: [String: String] = [:]) {
    self.name = name
    self.schema = schema
    self.provider = provider
    self.options = options
  }
}
