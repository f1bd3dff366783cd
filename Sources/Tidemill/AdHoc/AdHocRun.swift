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
    var (rows, tables, epochs) = try await read()
    // A stream gives nothing for an aggregation over all rows before the first has come; SQL gives a row.
    var plan = query.plan
    while let cut = plan.cutBehindTotal {
      rows = try await run(cut.first, rows, tables)
      if rows.count == 0 { rows = cut.overNothing }
      (plan, tables) = (cut.rest, [])
    }
    rows = try await run(plan, rows, tables)
    try Task.checkCancellation()
    let ordered = sorted(rows)
    let wanted = min(query.limit ?? .max, rows.count)
    let batch = ordered.selecting(Array(0..<min(wanted, rowLimit)))
    let schema = Schema(Array(rows.schema.fields.prefix(query.width)))
    return AdHocResult(
      schema: schema, batch: Batch(schema: schema, count: batch.count, columns: Array(batch.columns.prefix(query.width))),
      epochs: epochs, isCut: wanted > rowLimit)
  }

  // MARK: Reading

  /// The rows of the view behind FROM, those of the views that are joined, and after which epoch each was read: one, also of a
  /// view that is joined with itself.
  private func read() async throws -> (rows: Batch, tables: [TableInput], epochs: [String: Epoch]) {
    var rows: Batch?
    var tables: [TableInput] = []
    var epochs: [String: Epoch] = [:]
    for view in views {
      var parts: [ViewPart] = []
      let isStream = view.name == query.plan.stream.name
      if isStream { parts.append(streamPart(of: view)) }
      let table = AdHocQuery.tableName(view.name)
      let sides = query.plan.joins.map(\.side).filter { $0.table.name == table }
      if !sides.isEmpty {
        let needed = Set(sides.flatMap(\.scanSchema.fields).map(\.name))
        parts.append(ViewPart(columns: view.schema.fields.indices.filter { needed.contains(view.schema[$0].name) }))
      }
      if parts.isEmpty { continue }
      var snapshots = try await view.read(parts, byteLimit: memoryLimit / 2)
      try Task.checkCancellation()
      epochs[view.name] = snapshots[0].epoch
      if !sides.isEmpty {
        let content = snapshots.removeLast().batch
        let source = MemoryTable(table, schema: content.schema)
        source.replace(content)
        tables.append(TableInput(name: table, source: source, schema: content.schema, refresh: nil))
      }
      if isStream { rows = snapshots[0].batch }
    }
    guard let rows else { preconditionFailure("a query over a view that is not there") }
    return (rows, tables, epochs)
  }

  /// The columns that the query looks at, and no more rows than it needs.
  private func streamPart(of view: MaterializedView) -> ViewPart {
    let wanted = min(query.limit ?? .max, rowLimit < .max ? rowLimit + 1 : rowLimit)
    return ViewPart(
      query: ViewPushdown(query.plan, of: view, order: query.order, limit: wanted).query,
      columns: query.plan.scanSchema.fields.map { field in view.schema.fields.firstIndex { $0.name == field.name }! })
  }

  // MARK: Running

  /// What comes out when all windows are closed.
  private func run(_ plan: QueryPlan, _ rows: Batch, _ tables: [TableInput]) async throws -> Batch {
    var options = JobOptions()
    options.trigger = .once
    options.memoryBudget = memoryLimit
    options.limits.joinedBytes = memoryLimit / 4
    options.limits.textBytes = memoryLimit / 4
    options.limits.resultBytes = memoryLimit / 2
    options.limits.countsPassedRows = true
    options.idleTimeout = nil
    options.futureLimit = nil
    options.zone = zone
    let sink = MemorySink()
    let stream = ViewRows(rows, pieceRows: pieceRows(of: plan))
    let job = try Job(
      [
        StreamInput(
          name: plan.stream.name, source: stream, schema: plan.scanSchema,
          queries: [QueryDefinition(name: "query", plan: plan, sink: sink)])
      ], tables: tables, checkpoint: VolatileCheckpoint(), options: options)
    do {
      let ending = try await withTaskCancellationHandler {
        try await job.run()
      } onCancel: {
        stream.cancel()
        Task { await job.stop() }
      }
      if ending == .stopped { throw CancellationError() }
    } catch let error as TidemillError where error.code == .outOfMemory {
      throw TidemillError(
        .outOfMemory, "the query needs more than the \(memoryLimit >> 20) MiB that it may take",
        hint: "read fewer rows with WHERE, join by more columns, or make fewer groups")
    }
    let batches = sink.epochs.map(\.batch)
    return switch plan.outputMode {
    case .append: Batch.concatenating(batches, schema: plan.resultSchema)
    case .complete: batches.last ?? .empty(plan.resultSchema)
    case .update: Batch(schema: plan.resultSchema, rows: sink.table)
    }
  }

  /// So many that what becomes of a piece takes a small part of the memory. Joins make several rows of one.
  private func pieceRows(of plan: QueryPlan) -> Int {
    let widest = (0...plan.stages.count).map { plan.schema(before: $0).valueBytes }.max()!
    return max(16, min(memoryLimit / 16 / widest, plan.joins.isEmpty ? 1 << 16 : 1 << 10))
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
