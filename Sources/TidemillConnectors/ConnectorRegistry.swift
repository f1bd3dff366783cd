import TidemillColumns
import TidemillPlan

/// What a connector gets to make a source.
public struct SourceContext: Sendable {
  /// The stream as it was declared.
  public var definition: StreamDefinition
  /// The columns to read.
  public var request: ReadRequest
  /// A directory of the source's own beside the epoch log, for sources that cannot be read again; `nil` without a checkpoint.
  public var spoolDirectory: String?
  /// What was taken from a pipe to learn its columns, and is still to be processed.
  public var prefix: [UInt8]
  /// Whether the query ends when it has read what is there at its start.
  public var endsWithWhatIsThere: Bool
  /// Tells the user at once what holds the source up, in one line, such as that it waits for a server that is gone.
  public var report: @Sendable (String) -> Void

  public init(
    definition: StreamDefinition, request: ReadRequest, spoolDirectory: String? = nil, prefix: [UInt8] = [],
    endsWithWhatIsThere: Bool = false, report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.definition = definition
    self.request = request
    self.spoolDirectory = spoolDirectory
    self.prefix = prefix
    self.endsWithWhatIsThere = endsWithWhatIsThere
    self.report = report
  }
}

/// What a connector gets to make a sink.
public struct SinkContext: Sendable {
  /// The sink as it was declared.
  public var definition: SinkDefinition
  /// What the sink will get.
  public var mode: OutputMode
  /// The zone in which times are shown.
  public var zone: SessionZone
  /// A directory of the sink's own in the checkpoint, not made yet; `nil` without a checkpoint.
  public var stateDirectory: String?
  /// Tells the user at once what holds the sink up, in one line, such as that it waits for a server that is gone.
  public var report: @Sendable (String) -> Void

  public init(
    definition: SinkDefinition, mode: OutputMode, zone: SessionZone = .utc, stateDirectory: String? = nil,
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.definition = definition
    self.mode = mode
    self.zone = zone
    self.stateDirectory = stateDirectory
    self.report = report
  }
}

/// The connectors that `USING name` can mean.
public struct ConnectorRegistry: Sendable {
  /// Makes a source; throws `TidemillError` for options that it does not take.
  public typealias MakeSource = @Sendable (SourceContext) throws -> any Source
  /// Makes a sink; throws `TidemillError` for options that it does not take.
  public typealias MakeSink = @Sendable (SinkContext) throws -> any Sink
  /// Makes the source of a table; throws `TidemillError` for options that it does not take.
  public typealias MakeTable = @Sendable (TableContext) throws -> any TableSource

  private var sources: [String: MakeSource] = [:]
  private var tables: [String: MakeTable] = [:]
  private var sinks: [String: MakeSink] = [:]

  /// No connectors; `standard` has those that come with Tidemill.
  public init() {}

  /// Makes `USING provider` mean this source, in place of one that it meant before.
  public mutating func add(source provider: String, _ make: @escaping MakeSource) { sources[provider] = make }

  /// Makes `USING provider` mean this sink, in place of one that it meant before.
  public mutating func add(sink provider: String, _ make: @escaping MakeSink) { sinks[provider] = make }

  /// Makes `CREATE TABLE … USING provider` mean this, in place of what it meant before.
  public mutating func add(table provider: String, _ make: @escaping MakeTable) { tables[provider] = make }

  /// The source that a stream's definition means, with references in its options resolved.
  package func source(_ context: SourceContext) throws -> any Source {
    guard let make = sources[context.definition.provider] else {
      throw TidemillError(
        .unsupported, "stream \(context.definition.name): there is no source USING \(context.definition.provider)",
        hint: "this build reads \(sources.keys.sorted().joined(separator: ", "))")
    }
    var context = context
    let owner = "stream \(context.definition.name)"
    context.definition.options = try OptionReferences.resolved(context.definition.options, of: owner)
    return try make(context)
  }

  /// The sink that a definition means, with references in its options resolved.
  package func sink(_ context: SinkContext) throws -> any Sink {
    guard let make = sinks[context.definition.provider] else {
      throw TidemillError(
        .unsupported, "sink \(context.definition.name): there is no sink USING \(context.definition.provider)",
        hint: "this build writes \(sinks.keys.sorted().joined(separator: ", "))")
    }
    var context = context
    let owner = "sink \(context.definition.name)"
    context.definition.options = try OptionReferences.resolved(context.definition.options, of: owner)
    return try make(context)
  }

  /// The source of a declared table, with references in its options resolved.
  package func table(_ context: TableContext) throws -> any TableSource {
    guard let make = tables[context.definition.provider] else {
      throw TidemillError(
        .unsupported, "table \(context.definition.name): there is no table USING \(context.definition.provider)",
        hint: "this build reads \(tables.keys.sorted().joined(separator: ", "))")
    }
    var context = context
    let owner = "table \(context.definition.name)"
    context.definition.options = try OptionReferences.resolved(context.definition.options, of: owner)
    return try make(context)
  }
}
