import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillDataFrame
import TidemillPlan
import TidemillRuntime

/// Describes where the result of a data frame goes, and starts it.
public struct DataStreamWriter: Sendable {
  private let frame: DataFrame
  private var mode = OutputMode.update
  private var interval: TimeSpan?
  private var sink = SinkDefinition(name: "result", provider: "console")
  private var ready: (any Sink)?
  private var options = StartOptions()
  private var settings: [(name: String, value: String)] = []
  private var name = "query"

  init(_ frame: DataFrame) { self.frame = frame }

  private func with(_ change: (inout DataStreamWriter) -> Void) -> DataStreamWriter {
    var copy = self
    change(&copy)
    return copy
  }

  /// What the sink gets: update unless said otherwise.
  public func outputMode(_ mode: OutputMode) -> DataStreamWriter { with { $0.mode = mode } }

  /// In how long a time the sink gets its changes at most once, as one difference; each epoch unless said otherwise. Whatever is
  /// held back comes when the query ends.
  ///
  /// Unlike `trigger(.interval(…))` it changes nothing about when rows are read, and holds no other sink up.
  public func every(_ interval: TimeSpan) -> DataStreamWriter { with { $0.interval = interval } }

  /// The connector: `console`, `json`, `csv`, `sqlite`, `postgres`.
  public func format(_ name: String) -> DataStreamWriter { with { $0.sink.provider = name.lowercased() } }

  /// An option of the sink, as in SQL's `OPTIONS`; names do not depend on case.
  public func option(_ name: String, _ value: String) -> DataStreamWriter {
    with { $0.sink.options[name.lowercased()] = value }
  }

  /// The query's name: part of what a checkpoint belongs to.
  public func queryName(_ name: String) -> DataStreamWriter { with { $0.name = name } }

  /// When epochs run and when the query ends: as soon as there is input, unless said otherwise.
  public func trigger(_ trigger: Trigger) -> DataStreamWriter { with { $0.options.trigger = trigger } }

  /// The directory that lets the query survive a crash.
  public func checkpoint(_ path: String) -> DataStreamWriter { with { $0.options.checkpoint = path } }

  /// A setting, as SQL's `SET` takes it: `compatibility`, `idle.timeout`, ….
  public func set(_ name: String, _ value: String) -> DataStreamWriter { with { $0.settings.append((name, value)) } }

  /// Calls a function with what each epoch did, once its results are in the sink.
  public func onProgress(_ body: @escaping @Sendable (QueryProgress) -> Void) -> DataStreamWriter {
    with { $0.options.onProgress = body }
  }

  /// Everything else about the start.
  public func options(_ change: (inout StartOptions) -> Void) -> DataStreamWriter { with { change(&$0.options) } }

  /// Calls a function with each epoch's changes. After a crash the last epochs come again, under the same numbers.
  public func foreachBatch(_ body: @escaping @Sendable (Batch, Epoch) async throws -> Void) -> DataStreamWriter {
    with { $0.ready = CallbackSink(body) }
  }

  /// Writes to a sink that the program made.
  public func to(_ sink: any Sink) -> DataStreamWriter { with { $0.ready = sink } }

  /// Starts the query, and gives its changes epoch by epoch as an `AsyncSequence`.
  public func results() async throws -> (query: StreamingQuery, batches: ResultStream) {
    let stream = ResultStream()
    return (try await to(stream).start(), stream)
  }

  /// Starts writing files into a directory, or whatever the format makes of a path.
  public func start(_ path: String) async throws -> StreamingQuery { try await option("path", path).start() }

  /// - Throws: `TidemillError` for a query that cannot run, or a connector or checkpoint that cannot be opened.
  public func start() async throws -> StreamingQuery {
    guard let session = frame.context as? Session else {
      throw TidemillError(
        .invalidQuery, "a data frame without a session cannot be started",
        hint: "build it from session.readStream, session.table or session.sql")
    }
    if let interval, interval <= .zero || interval > .longest {
      throw TidemillError(
        .invalidQuery, "a sink cannot get its changes every \(interval)", hint: "say .every(.seconds(10)), for example")
    }
    var jobSettings = JobSettings()
    for (name, value) in settings { try jobSettings.set(name, value) }
    let plan = try Resolver(streams: session.streams).resolve(
      frame.plan.droppingDuplicates(of: session.streams).keepingKeys(for: jobSettings.timeToLive),
      options: ResolveOptions(
        outputMode: mode, closesAtEnd: options.trigger == .once, zone: jobSettings.zone,
        isSparkCompatible: jobSettings.isSparkCompatible))
    let outputs = ready == nil ? [ScriptPlan.Output(name: name, mode: mode, every: interval, sink: sink)] : []
    let script = ScriptPlan(
      queries: [ScriptPlan.Query(name: name, plan: plan, outputs: outputs, every: interval)], sinks: [:],
      settings: jobSettings, explanations: [], warnings: plan.warnings)
    let ready = ready
    return try session.start(script, options) { _ in
      guard let ready else { preconditionFailure("a query without a sink of its own has a definition of one") }
      return ready
    }
  }
}

extension DataFrame {
  /// Describes where the result goes, as PySpark's `writeStream` does.
  public var writeStream: DataStreamWriter { DataStreamWriter(self) }

  /// What would run, as text.
  ///
  /// - Throws: `TidemillError` for a query that cannot run.
  public func explain(_ mode: OutputMode = .update) throws -> String {
    let streams = (context as? Session)?.streams ?? [:]
    return try Resolver(streams: streams).resolve(plan, options: ResolveOptions(outputMode: mode)).explain()
  }
}
