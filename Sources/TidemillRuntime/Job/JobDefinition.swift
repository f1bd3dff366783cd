import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// One query of a job and where its result goes.
public struct QueryDefinition: Sendable {
  /// For messages, progress and the checkpoint's identity.
  public var name: String
  /// What it computes.
  public var plan: QueryPlan
  /// Where its results go.
  public var sink: any Sink

  public init(name: String, plan: QueryPlan, sink: any Sink) {
    self.name = name
    self.plan = plan
    self.sink = sink
  }
}

/// One stream of a job: it is read once for all queries over it.
public struct StreamInput: Sendable {
  /// What queries and the checkpoint call the stream.
  public var name: String
  /// Where its rows come from.
  public var source: any Source
  /// What the source reads: all columns that any of the queries needs.
  public var schema: Schema
  /// The queries over it; each sees all rows.
  public var queries: [QueryDefinition]
  /// Gets the rows that were late in any query.
  public var lateSink: (any Sink)?
  /// Gets the rows that could not be accepted.
  public var rejectedSink: (any Sink)?

  public init(
    name: String, source: any Source, schema: Schema, queries: [QueryDefinition], lateSink: (any Sink)? = nil,
    rejectedSink: (any Sink)? = nil
  ) {
    self.name = name
    self.source = source
    self.schema = schema
    self.queries = queries
    self.lateSink = lateSink
    self.rejectedSink = rejectedSink
  }
}
