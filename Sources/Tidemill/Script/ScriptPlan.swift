import TidemillColumns
import TidemillPlan
import TidemillSQL

/// A script with all names looked up: what it would run.
public struct ScriptPlan: Sendable {
  /// One `INSERT INTO … SELECT`, `CREATE MATERIALIZED VIEW` or bare `SELECT`.
  public struct Query: Sendable {
    /// The sink's or the view's name, or `select`, with a number if there are several.
    public var name: String
    /// What it computes, resolved for the mode of its first output.
    public var plan: QueryPlan
    /// Where its results go; empty for a bare SELECT, which is shown.
    public var outputs: [Output]
    /// What `Output.every` is, of a query that is shown.
    var every: TimeSpan?

    /// The name of the view that it keeps, if it does.
    public var view: String? { outputs.first { $0.sink.isView }?.name }

    /// What `EXPLAIN` says: with several outputs, of each of them.
    public var explanation: String {
      outputs.count < 2 && outputs.first?.every == nil
        ? plan.explain() : plan.explain(outputs: outputs.map { ($0.mode, $0.every, $0.sink.name) })
    }
  }

  /// One of the sinks of an `INSERT INTO`.
  public struct Output: Sendable {
    /// What the sink calls the query.
    public var name: String
    /// What the sink gets.
    public var mode: OutputMode
    /// In how long a time it gets its changes at most once; `nil`: each epoch.
    public var every: TimeSpan?
    /// The sink.
    public var sink: SinkDefinition
  }

  /// The names of the views that it keeps, in the order of the script.
  public var views: [String] { queries.compactMap(\.view) }

  /// In the order of the script.
  public var queries: [Query]
  /// The declared sinks by name.
  public var sinks: [String: SinkDefinition]
  /// What the script and the caller set.
  public var settings: JobSettings
  /// What the `EXPLAIN` statements say.
  public var explanations: [String]
  /// What the user should know before it runs, such as state without a bound.
  public var warnings: [String]
  /// All streams by name, also those that only others of them read.
  var declared: [String: StreamDefinition] = [:]
  /// What was read from standard input to learn its columns.
  var stdinPrefix: [UInt8] = []

  /// The streams that queries read, in the order in which they are first read.
  public var streams: [StreamDefinition] {
    var seen: Set<String> = []
    return queries.map(\.plan.stream).filter { seen.insert($0.name).inserted }
  }

  /// The streams that are read from somewhere: those of a backfill in its place.
  var inputs: [StreamDefinition] {
    streams.flatMap { stream in
      guard stream.provider == Backfill.provider, let backfill = try? Backfill(stream) else { return [stream] }
      return [backfill.history, backfill.live].compactMap { declared[$0] }
    }
  }

  /// The static tables that queries join, in the order in which they are first joined.
  public var tables: [TableDefinition] {
    var seen: Set<String> = []
    return queries.flatMap { $0.plan.joins.map(\.side.table) }.filter { seen.insert($0.name).inserted }
  }
}
