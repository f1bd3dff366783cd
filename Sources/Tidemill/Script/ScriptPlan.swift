import TidemillColumns
import TidemillPlan
import TidemillSQL

/// A script with all names looked up: what it would run.
public struct ScriptPlan: Sendable {
  /// One `INSERT INTO … SELECT` or bare `SELECT`.
  public struct Query: Sendable {
    /// The sink's name, or `select`, with a number if there are several.
    public var name: String
    /// What it computes.
    public var plan: QueryPlan
    /// `nil` for a bare SELECT, which is shown.
    public var sink: SinkDefinition?
  }

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
  /// What was read from standard input to learn its columns.
  var stdinPrefix: [UInt8] = []

  /// The streams that queries read, in the order in which they are first read.
  public var streams: [StreamDefinition] {
    var seen: Set<String> = []
    return queries.map(\.plan.stream).filter { seen.insert($0.name).inserted }
  }
}
