import TidemillColumns

/// How far behind the highest event time a row may arrive and still count.
public struct WatermarkDefinition: Hashable, Sendable {
  /// The event-time column's name.
  public var column: String
  /// How far behind the highest event time a row may be and still count.
  public var delay: TimeSpan

  public init(column: String, delay: TimeSpan) {
    self.column = column
    self.delay = delay
  }
}

/// A declared stream: `CREATE STREAM name (columns, WATERMARK FOR …) USING provider OPTIONS (…)`.
public struct StreamDefinition: Hashable, Sendable {
  /// The name by which queries call it.
  public var name: String
  /// The columns; empty until they are learned from a sample.
  public var schema: Schema
  /// Without one no window closes by itself.
  public var watermark: WatermarkDefinition?
  /// The connector and format by name, in lower case: `json`, `csv`, `rate`, `stdin`, `memory`.
  public var provider: String
  /// Options by name in lower case.
  public var options: [String: String]

  public init(
    name: String, schema: Schema, watermark: WatermarkDefinition? = nil, provider: String,
    options: [String: String] = [:]
  ) {
    self.name = name
    self.schema = schema
    self.watermark = watermark
    self.provider = provider
    self.options = options
  }
}

/// A declared sink: `CREATE SINK name USING provider OPTIONS (…)`.
public struct SinkDefinition: Hashable, Sendable {
  /// The name that `INSERT INTO` calls it by.
  public var name: String
  /// The connector by name, in lower case.
  public var provider: String
  /// Options by name in lower case.
  public var options: [String: String]

  public init(name: String, provider: String, options: [String: String] = [:]) {
    self.name = name
    self.provider = provider
    self.options = options
  }
}
