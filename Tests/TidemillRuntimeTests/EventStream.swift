import FileConnector
import Foundation
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillStorage
import TidemillTesting

/// A stream `events (k, v, ts)` with queries over it, for tests of jobs: every start is a process of its own, the input, the
/// disk and the clock stay.
final class EventStream {
  static let schema = Schema(Field("k", .string), Field("v", .bigint), Field("ts", .timestamp))

  let input: SimulatedInput
  let clock: ManualClock
  let disk: SimulatedFileSystem
  let history = SimulationHistory()
  /// By query name, and `late` and `rejected`.
  private(set) var sinks: [String: MemorySink] = [:]
  let progress = ProgressLog()
  var options = JobOptions()
  var keepsLate = false
  var keepsRejected = false
  private let queries: [ScriptPlan.Query]
  private let schema: Schema

  /// - Parameters:
  ///   - earlier: one whose input, clock and disk to go on with.
  ///   - settings: `SET` statements.
  ///   - options: more options of each `INSERT`, beginning with a comma.
  ///   - beside: modes in which each query gives its results as well, to sinks `q0_append` and so on.
  ///   - besideWith: more options of those, beginning with a comma.
  ///   - queries: SELECTs over `events`, each with its mode.
  convenience init(
    after earlier: EventStream? = nil, delay: String = "10 seconds", partitions: Int = 1, settings: String = "",
    with options: String = "", beside: [OutputMode] = [], besideWith: String = "", _ queries: (mode: OutputMode, sql: String)...
  ) throws {
    try self.init(
      after: earlier, delay: delay, partitions: partitions, settings: settings, with: options, beside: beside,
      besideWith: besideWith,
      queries: queries)
  }

  init(
    after earlier: EventStream? = nil, delay: String = "10 seconds", partitions: Int = 1, settings: String = "",
    with options: String = "", beside: [OutputMode] = [], besideWith: String = "", queries: [(mode: OutputMode, sql: String)]
  ) throws {
    var script =
      settings + "CREATE STREAM events (k STRING, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '\(delay)') "
      + "USING simulated;\n"
    for (number, query) in queries.enumerated() {
      script += "CREATE SINK q\(number) USING json OPTIONS (path 'q\(number)');\n"
      script += "INSERT INTO q\(number) WITH (mode '\(query.mode)'\(options))"
      for mode in beside {
        script = "CREATE SINK q\(number)_\(mode) USING json OPTIONS (path 'q\(number)_\(mode)');\n" + script
        script += ", q\(number)_\(mode) WITH (mode '\(mode)'\(besideWith))"
      }
      script += " \(query.sql);\n"
    }
    let plan = try Session().plan(script)
    self.queries = plan.queries
    schema = Self.schema
    input =
      earlier?.input ?? SimulatedInput("events", schema: Self.schema, eventTime: "ts", partitions: partitions)
    clock = earlier?.clock ?? ManualClock()
    disk = earlier?.disk ?? SimulatedFileSystem()
    self.options.isSparkCompatible = plan.settings.isSparkCompatible
    self.options.zone = plan.settings.zone
  }

  /// Counts per key and minute: what most tests ask.
  static let perMinute =
    "SELECT k, window(ts, '1 minute') AS w, sum(v) AS total FROM events GROUP BY k, window(ts, '1 minute')"

  /// Makes the sink of a query; by default one in memory that outlives restarts.
  var makeSink: ((String) -> (any Sink)?) = { _ in nil }

  func sink(_ name: String) -> any Sink {
    if let made = makeSink(name) { return made }
    if let known = sinks[name] { return known }
    let sink = MemorySink()
    sinks[name] = sink
    return sink
  }

  func streamInput(source: (any Source)? = nil) -> StreamInput {
    StreamInput(
      name: "events", source: source ?? input.source(), schema: schema,
      queries: queries.map { query in
        QueryDefinition(
          name: query.name, plan: query.plan,
          outputs: query.outputs.map { QueryOutput(name: $0.name, mode: $0.mode, every: $0.every, sink: sink($0.name)) })
      },
      lateSink: keepsLate ? sink("late") : nil, rejectedSink: keepsRejected ? sink("rejected") : nil)
  }

  /// A job without a checkpoint, or on the simulated disk's.
  func start(onDisk: Bool = false, source: (any Source)? = nil) throws -> JobDriver {
    let stream = streamInput(source: source)
    let checkpoint: any CheckpointStore =
      onDisk
      ? RecordingCheckpoint(
        try Checkpoint.open("job", identity: Job.identity(of: stream.queries), fileSystem: disk), history)
      : VolatileCheckpoint()
    return try JobDriver(
      [stream], checkpoint: checkpoint, options: options, clock: clock, onProgress: { [progress] in progress.add($0) })
  }

  /// Runs all recorded epochs again, in a new job with new sinks.
  func replay() async throws -> Job {
    input.takeBackReleases()
    sinks = [:]
    let job = try Job([streamInput()], checkpoint: RecordedRun(history), options: options, clock: clock)
    try await job.open()
    return job
  }

  func arrive(_ rows: (k: String?, v: Int64, at: Int)..., partition: Int = 0) {
    input.arrive(rows.map { Self.row($0.k, $0.v, $0.at) }, partition: partition)
  }

  /// - Parameter seconds: after noon.
  static func row(_ k: String?, _ v: Int64, _ seconds: Int) -> [Value] {
    [k.map { .string($0) } ?? .null, .integer(v), .timestamp(noon + .seconds(Int64(seconds)))]
  }

  static let noon = ManualClock().now()

  /// The rows of a query's result, as text, retractions with a minus; window as minutes after noon.
  func rows(_ query: String = "q0") -> [String] {
    (sinks[query]?.epochs ?? []).flatMap { entry in
      entry.batch.rows.enumerated().map { (entry.batch.weight($0) < 0 ? "-" : "") + Self.text($1) }
    }
  }

  static func text(_ row: [Value]) -> String {
    row.map { value in
      guard case .window(let start, let end) = value else { return value.description }
      func seconds(_ time: EventTime) -> Int64 { (time.microseconds - noon.microseconds) / 1_000_000 }
      return "[\(seconds(start)),\(seconds(end)))"
    }.joined(separator: " ")
  }
}

/// What a job told of its epochs.
final class ProgressLog: @unchecked Sendable {
  // Guarded by `lock`.
  private let lock = NSLock()
  private var records: [QueryProgress] = []

  func add(_ record: QueryProgress) { lock.withLock { records.append(record) } }
  var all: [QueryProgress] { lock.withLock { records } }
  func of(_ query: String) -> [QueryProgress] { all.filter { $0.name == query } }
}
