import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillPlan
import TidemillRuntime
import TidemillStorage
import TidemillViews

/// One run of a query over views: their rows as they are now go through a job that ends.
struct AdHocRun {
  let query: AdHocQuery
  let views: [MaterializedView]
  let zone: SessionZone
  let rowLimit: Int
  let memoryLimit: Int

  func result() async throws -> AdHocResult {
    var epochs: [String: Epoch] = [:]
    let input = try await stream(&epochs)
    let tables = try await tables(&epochs)
    try Task.checkCancellation()
    var (rows, aggregated) = try await run(query.plan, input, tables)
    if rows.count == 0, let nothing = query.plan.overNothing, !nothing.hasCondition || aggregated == 0 {
      rows = try await run(nothing.plan, Self.stream(query.plan.stream.name, nothing.row), []).rows
    }
    try Task.checkCancellation()
    let ordered = sorted(rows)
    let wanted = min(query.limit ?? .max, rows.count)
    let batch = ordered.selecting(Array(0..<min(wanted, rowLimit)))
    let schema = Schema(Array(rows.schema.fields.prefix(query.width)))
    return AdHocResult(
      schema: schema, batch: Batch(schema: schema, count: batch.count, columns: Array(batch.columns.prefix(query.width))),
      epochs: epochs, isCut: wanted > rowLimit)
  }

  private func view(_ name: String) -> MaterializedView {
    guard let view = views.first(where: { $0.name == name }) else {
      preconditionFailure("a query over a view that is not there")
    }
    return view
  }

  /// The view behind FROM as a stream: the columns that the query looks at, and no more rows than it needs.
  private func stream(_ epochs: inout [String: Epoch]) async throws -> MemoryStream {
    let plan = query.plan
    let view = view(plan.stream.name)
    let wanted = min(query.limit ?? .max, rowLimit < .max ? rowLimit + 1 : rowLimit)
    let pushed = ViewPushdown(plan, of: view, order: query.order, limit: wanted).query
    let snapshot = try await read(view, pushed, plan.scanSchema)
    epochs[view.name] = snapshot.epoch
    return Self.stream(view.name, snapshot.batch)
  }

  /// A stream of these rows and no more.
  private static func stream(_ name: String, _ rows: Batch) -> MemoryStream {
    let stream = MemoryStream(name, schema: rows.schema)
    stream.push(batch: rows)
    stream.finish()
    return stream
  }

  private func tables(_ epochs: inout [String: Epoch]) async throws -> [TableInput] {
    var tables: [TableInput] = []
    for view in views {
      let name = AdHocQuery.tableName(view.name)
      let sides = query.plan.joins.map(\.side).filter { $0.table.name == name }
      guard !sides.isEmpty else { continue }
      let needed = Set(sides.flatMap { $0.scanSchema.fields.map(\.name) })
      let schema = Schema(view.schema.fields.filter { needed.contains($0.name) })
      let snapshot = try await read(view, ViewQuery(), schema)
      // Of the stream and the table over one view the older epoch is told.
      epochs[view.name] = min(epochs[view.name] ?? snapshot.epoch, snapshot.epoch)
      let table = MemoryTable(name, schema: schema)
      table.replace(snapshot.batch)
      tables.append(TableInput(name: name, source: table, schema: schema, refresh: nil))
    }
    return tables
  }

  private func read(_ view: MaterializedView, _ query: ViewQuery, _ schema: Schema) async throws -> ViewSnapshot {
    let columns = schema.fields.map { field in view.schema.fields.firstIndex { $0.name == field.name }! }
    return try await view.read(query, columns: columns, byteLimit: memoryLimit / 2)
  }

  /// What comes out when all windows are closed, and how many rows came to the first aggregation.
  private func run(
    _ plan: QueryPlan, _ stream: MemoryStream, _ tables: [TableInput]
  ) async throws -> (rows: Batch, aggregated: Int) {
    var options = JobOptions()
    options.trigger = .once
    options.memoryBudget = memoryLimit
    options.idleTimeout = nil
    options.futureLimit = nil
    options.zone = zone
    let sink = MemorySink()
    let job = try Job(
      [
        StreamInput(
          name: stream.name, source: stream, schema: plan.scanSchema,
          queries: [QueryDefinition(name: "query", plan: plan, sink: sink)])
      ], tables: tables, checkpoint: VolatileCheckpoint(), options: options)
    do {
      let ending = try await withTaskCancellationHandler {
        try await job.run()
      } onCancel: {
        Task { await job.stop() }
      }
      if ending == .stopped { throw CancellationError() }
    } catch let error as TidemillError where error.code == .outOfMemory {
      throw TidemillError(
        .outOfMemory, "the query needs more than the \(memoryLimit >> 20) MiB that it may take",
        hint: "read fewer rows with WHERE, or make fewer groups")
    }
    let batches = sink.epochs.map(\.batch)
    let rows =
      switch plan.outputMode {
      case .append: Batch.concatenating(batches, schema: plan.resultSchema)
      case .complete: batches.last ?? .empty(plan.resultSchema)
      case .update: Batch(schema: plan.resultSchema, rows: sink.table)
      }
    return (rows, await job.totals.first?.ledger.aggregated ?? 0)
  }

  /// Rows that are alike stay as they came.
  private func sorted(_ batch: Batch) -> Batch {
    if query.order.isEmpty { return batch }
    let order = RowOrder(keys: query.order)
    return batch.selecting(
      (0..<batch.count).sorted { left, right in
        if order.precedes(batch, left, batch, right) { return true }
        return left < right && !order.precedes(batch, right, batch, left)
      })
  }
}
