import LocalConnectors
import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillDataFrame
import TidemillPlan
import TidemillRuntime
import TidemillSQL

/// Where queries begin: knows the connectors and the streams, and starts jobs.
///
/// *For example:*
/// ```swift
/// let session = Session()
/// let sales = session.readStream.schema("product_id STRING, sales_amount INT, event_time TIMESTAMP").json("sales_stream")
/// let totals = sales.withWatermark("event_time", "10 minutes")
///   .groupBy("product_id", window("event_time", "1 hour"))
///   .agg(sum("sales_amount").alias("total_sales"))
/// let query = try await totals.writeStream.outputMode(.update).format("console").start()
/// try await query.awaitTermination()
/// ```
public final class Session: DataFrameContext {
  let registry: ConnectorRegistry
  private let state = Mutex(State())

  private struct State {
    var streams: [String: StreamDefinition] = [:]
    var memory: [String: MemoryStream] = [:]
    var tables: [String: TableDefinition] = [:]
    var memoryTables: [String: MemoryTable] = [:]
    var anonymous = 0
  }

  /// A session without streams yet, in which `USING` means what `registry` says.
  public init(registry: ConnectorRegistry = .standard) { self.registry = registry }

  /// Describes a stream to read, as PySpark's `readStream` does.
  public var readStream: DataStreamReader { DataStreamReader(session: self) }

  /// Describes a static table to join streams with, as PySpark's `read` does.
  public var read: TableReader { TableReader(session: self) }

  /// A stream that the program feeds itself.
  ///
  /// - Parameter eventTime: needed only where rows without an event time shall be rejected when they are read.
  public func memoryStream(
    _ name: String, schema: Schema, eventTime: String? = nil, partitions: Int = 1
  ) -> MemoryStream {
    let stream = MemoryStream(name, schema: schema, eventTime: eventTime, partitions: partitions)
    register(stream)
    return stream
  }

  /// Makes a memory stream known to queries by its name.
  public func register(_ stream: MemoryStream) {
    state.withLock { state in
      state.streams[stream.name] = StreamDefinition(name: stream.name, schema: stream.schema, provider: "memory")
      state.memory[stream.name] = stream
    }
  }

  /// A static table that the program holds itself, for joins.
  ///
  /// - Parameter rows: values in the order of the schema, each of its column's type.
  public func memoryTable(_ name: String, schema: Schema, rows: [[Value]] = []) -> MemoryTable {
    let table = MemoryTable(name, schema: schema, rows: rows)
    register(table)
    return table
  }

  /// Makes a memory table known to queries by its name.
  public func register(_ table: MemoryTable) {
    state.withLock { state in
      state.tables[table.name] = TableDefinition(name: table.name, schema: table.schema, provider: "memory")
      state.memoryTables[table.name] = table
    }
  }

  /// The rows of a stream or of a static table that this session knows.
  public func table(_ name: String) -> DataFrame { DataFrame(.stream(name, at: nil), context: self) }

  /// A query in SQL over the streams that this session knows.
  ///
  /// - Throws: `TidemillError` with the place in the text.
  public func sql(_ text: String) throws -> DataFrame {
    DataFrame(try SQLParser.parseQuery(text), context: self)
  }

  var streams: [String: StreamDefinition] { state.withLock { $0.streams } }

  var tables: [String: TableDefinition] { state.withLock { $0.tables } }

  func memoryTable(_ name: String) -> MemoryTable? { state.withLock { $0.memoryTables[name] } }

  func memoryStream(_ name: String) -> MemoryStream? { state.withLock { $0.memory[name] } }

  /// Makes a stream known under its name, or under a new one if it has none.
  func add(_ definition: StreamDefinition) -> String {
    state.withLock { state in
      var definition = definition
      if definition.name.isEmpty {
        state.anonymous += 1
        definition.name = "\(definition.provider)_stream_\(state.anonymous)"
      }
      state.streams[definition.name] = definition
      return definition.name
    }
  }

  /// Makes a table known under its name, or under a new one if it has none.
  func add(_ definition: TableDefinition) -> String {
    state.withLock { state in
      var definition = definition
      if definition.name.isEmpty {
        state.anonymous += 1
        definition.name = "\(definition.provider)_table_\(state.anonymous)"
      }
      state.tables[definition.name] = definition
      return definition.name
    }
  }

  /// Looks up everything in a script. Reads nothing but samples of undeclared inputs.
  ///
  /// - Throws: `TidemillError` at the first mistake, with its place in the script where it has one.
  public func plan(_ script: String, _ options: PlanOptions = PlanOptions()) throws -> ScriptPlan {
    try ScriptPlanner.plan(script, options, streams: streams, tables: tables, registry: registry)
  }
}
