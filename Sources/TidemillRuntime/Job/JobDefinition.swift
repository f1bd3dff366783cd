import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// Where a query's results go, and in which form.
public struct QueryOutput: Sendable {
  /// What the sink calls the query, such as in a table's record of who writes it.
  public var name: String
  /// What the sink gets.
  public var mode: OutputMode
  /// In how long a time, by the clock that epochs record, it gets its changes at most once; `nil`: each epoch.
  public var every: TimeSpan?
  /// Who gets it.
  public var sink: any Sink

  public init(name: String, mode: OutputMode, every: TimeSpan? = nil, sink: any Sink) {
    precondition(every.map { $0 > .zero } ?? true, "an output's interval is longer than nothing")
    self.name = name
    self.mode = mode
    self.every = every
    self.sink = sink
  }
}

/// One query of a job and where its results go.
public struct QueryDefinition: Sendable {
  /// For messages, progress and the checkpoint's identity.
  public var name: String
  /// What it computes.
  public var plan: QueryPlan
  /// Where its results go, one at least, each under a name of its own. All come from one state; each has the mode that it says,
  /// whatever the plan's own is.
  public var outputs: [QueryOutput]

  /// A query whose results go to one sink, in the plan's output mode.
  public init(name: String, plan: QueryPlan, sink: any Sink) {
    self.init(name: name, plan: plan, outputs: [QueryOutput(name: name, mode: plan.outputMode, sink: sink)])
  }

  /// A query with several outputs.
  public init(name: String, plan: QueryPlan, outputs: [QueryOutput]) {
    precondition(!outputs.isEmpty, "a query needs an output")
    self.name = name
    self.plan = plan
    self.outputs = outputs
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
