import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillPlan
import TidemillRuntime
import TidemillStorage
import TidemillViews

extension Session {
  /// Makes the sink of a query that is shown, not written: what the console does with it.
  public typealias ShowSink = @Sendable (ScriptPlan.Query) throws -> any Sink

  /// Starts all queries of a script as one job.
  ///
  /// - Parameter show: makes the sinks of bare SELECTs.
  /// - Throws: `TidemillError` when a connector or the checkpoint cannot be opened.
  public func start(_ plan: ScriptPlan, _ options: StartOptions = StartOptions(), show: ShowSink) throws -> StreamingQuery {
    let secrets = plan.secrets
    do {
      return try start(plan, options.redacting(secrets), secrets, show: show)
    } catch {
      throw secrets.redacting(error)
    }
  }

  private func start(
    _ plan: ScriptPlan, _ options: StartOptions, _ secrets: Secrets, show: ShowSink
  ) throws -> StreamingQuery {
    var views: [MaterializedView] = []
    let queries = try plan.queries.map { query in
      if query.outputs.isEmpty {
        let shown = QueryOutput(name: query.name, mode: query.plan.outputMode, every: query.every, sink: try show(query))
        return QueryDefinition(name: query.name, plan: query.plan, outputs: [shown])
      }
      let outputs = try query.outputs.map { output in
        let sink: any Sink
        if output.sink.isView {
          let view = try MaterializedView(output, of: query.plan, plan.settings, options)
          views.append(view)
          sink = view.sink
        } else {
          sink = try registry.sink(sinkContext(output.sink, output.mode, plan, options))
        }
        return QueryOutput(name: output.name, mode: output.mode, every: output.every, sink: sink)
      }
      return QueryDefinition(name: query.name, plan: query.plan, outputs: outputs)
    }
    let jobOptions = options.jobOptions(plan.settings)
    // The lock of the checkpoint comes before a source touches its spool.
    let checkpoint: any CheckpointStore =
      try options.checkpoint.map { path in
        try translatingStorageErrors { try Checkpoint.open(path, identity: Job.identity(of: queries, options: jobOptions)) }
      } ?? VolatileCheckpoint()
    do {
      let inputs = try plan.streams.map { stream in
        try input(
          stream, queries.filter { $0.plan.stream.name == stream.name }, plan: plan, options,
          spool: options.checkpoint.map { "\($0)/spool-\(PathComponent.of(stream.name))" })
      }
      let tables = try plan.tables.map { try table($0, queries, plan: plan, options) }
      let job = try Job(
        inputs, tables: tables, checkpoint: checkpoint, options: jobOptions, clock: options.clock,
        onProgress: options.onProgress)
      return StreamingQuery(
        job, name: queries.map(\.name).joined(separator: ", "), sources: inputs.map(\.source), sinks: inputs.flatMap(\.sinks),
        views: views, zone: plan.settings.zone, secrets: secrets)
    } catch {
      try? checkpoint.close()
      throw error
    }
  }

  private func input(
    _ stream: StreamDefinition, _ queries: [QueryDefinition], plan: ScriptPlan, _ options: StartOptions, spool: String?
  ) throws -> StreamInput {
    let late = try keptRowsSink(stream, option: "late", plan, options)
    let rejected = try keptRowsSink(stream, option: "rejected", plan, options)
    let eventTimes = Set(queries.compactMap { query in query.plan.eventTime.map { query.plan.scanSchema[$0].name } })
    guard eventTimes.count <= 1 else {
      throw TidemillError(
        .unsupported,
        "queries over stream \(stream.name) take different columns as its event time: "
          + eventTimes.sorted().joined(separator: " and "), hint: "give each a stream of its own")
    }
    // Late rows are kept whole; otherwise a stream is read only as far as its queries look.
    let needed = Set(queries.flatMap { $0.plan.scanSchema.fields.map(\.name) })
    let schema = late == nil ? Schema(stream.schema.fields.filter { needed.contains($0.name) }) : stream.schema
    let request = ReadRequest(
      schema: schema, eventTime: eventTimes.first.flatMap { name in schema.fields.firstIndex { $0.name == name } },
      zone: plan.settings.zone, conditions: queries.map(\.plan.columnConditions))
    return StreamInput(
      name: stream.name, source: try source(stream, request, plan: plan, options, spool: spool), schema: schema,
      queries: queries, lateSink: late, rejectedSink: rejected)
  }

  private func source(
    _ stream: StreamDefinition, _ request: ReadRequest, plan: ScriptPlan, _ options: StartOptions, spool: String?
  ) throws -> any Source {
    if stream.provider == Backfill.provider {
      let backfill = try Backfill(stream)
      let parts = try [backfill.history, backfill.live].map { name in
        guard let part = plan.declared[name] else { preconditionFailure("a backfill was planned without its stream \(name)") }
        var request = request
        request.schema = Schema(try Backfill.fields(request.schema, of: part, for: stream.name))
        return try source(part, request, plan: plan, options, spool: spool.map { "\($0)-\(name)" })
      }
      return BackfillSource(history: parts[0], live: parts[1], isOrdered: backfill.isOrdered)
    }
    if stream.provider == "memory", let memory = memoryStream(stream.name) { return try memory.reading(request) }
    return try registry.source(
      SourceContext(
        definition: stream, request: request, spoolDirectory: spool, prefix: plan.stdinPrefix,
        endsWithWhatIsThere: options.trigger == .once || options.trigger == .availableNow,
        report: options.onNotice ?? { _ in }))
  }

  /// A static table with the columns that any of the queries looks at.
  private func table(
    _ definition: TableDefinition, _ queries: [QueryDefinition], plan: ScriptPlan, _ options: StartOptions
  ) throws -> TableInput {
    let report = options.onNotice ?? { _ in }
    let source: any TableSource
    if definition.provider == "memory", let memory = memoryTable(definition.name) {
      source = memory
    } else {
      source = try registry.table(TableContext(definition: definition, zone: plan.settings.zone, report: report))
    }
    let needed = Set(
      queries.flatMap { $0.plan.joins.filter { $0.side.table.name == definition.name }.flatMap(\.side.scanSchema.fields) }
        .map(\.name))
    return TableInput(
      name: definition.name, source: source,
      schema: Schema(definition.schema.fields.filter { needed.contains($0.name) }),
      refresh: try definition.refresh(at: nil), report: report)
  }

  /// The sink that a stream's `late` or `rejected` option names.
  private func keptRowsSink(
    _ stream: StreamDefinition, option: String, _ plan: ScriptPlan, _ options: StartOptions
  ) throws -> (any Sink)? {
    guard let name = stream.options[option] else { return nil }
    guard let definition = plan.sinks[name] else {
      throw TidemillError(
        .invalidQuery, "stream \(stream.name) keeps its \(option) rows in `\(name)`, and there is no such sink",
        hint: "declare it: CREATE SINK \(name) USING json OPTIONS (path '…')")
    }
    if plan.queries.contains(where: { $0.outputs.contains { $0.sink.name == name } }) && definition.provider != "console" {
      throw TidemillError(
        .invalidQuery, "the sink `\(name)` gets \(option) rows of \(stream.name) and the results of a query",
        hint: "give each a sink of its own")
    }
    return try registry.sink(sinkContext(definition, .append, plan, options))
  }

  private func sinkContext(
    _ definition: SinkDefinition, _ mode: OutputMode, _ plan: ScriptPlan, _ options: StartOptions
  ) -> SinkContext {
    return SinkContext(
      definition: definition, mode: mode, zone: plan.settings.zone,
      stateDirectory: options.checkpoint.map { "\($0)/sink-\(PathComponent.of(definition.name))" },
      report: options.onNotice ?? { _ in })
  }
}

extension StreamInput {
  fileprivate var sinks: [any Sink] { queries.flatMap { $0.outputs.map(\.sink) } + [lateSink, rejectedSink].compactMap { $0 } }
}

extension ScriptPlan {
  /// The credentials in the options of everything that the script uses.
  fileprivate var secrets: Secrets {
    Secrets(
      ofOptions: inputs.map(\.options) + tables.map(\.options) + queries.flatMap { $0.outputs.map(\.sink.options) }
        + sinks.values.map(\.options))
  }
}

extension StartOptions {
  /// The same, with dots in place of secrets in what is told.
  fileprivate func redacting(_ secrets: Secrets) -> StartOptions {
    if secrets.isEmpty { return self }
    var options = self
    if let onNotice { options.onNotice = { onNotice(secrets.redacting($0)) } }
    if let onProgress {
      options.onProgress = { progress in
        var progress = progress
        progress.sourceDescription = secrets.redacting(progress.sourceDescription)
        for index in progress.sinks.indices {
          progress.sinks[index].description = secrets.redacting(progress.sinks[index].description)
        }
        for index in progress.tables.indices {
          progress.tables[index].description = secrets.redacting(progress.tables[index].description)
          progress.tables[index].problem = progress.tables[index].problem.map { secrets.redacting($0) }
        }
        onProgress(progress)
      }
    }
    return options
  }
}
