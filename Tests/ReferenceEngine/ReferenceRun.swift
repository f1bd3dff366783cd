import TidemillColumns
import TidemillPlan

/// Runs a query the slow and obvious way: every accepted row is kept for ever, and at the end of every epoch the whole result is
/// computed anew from all of them. What is emitted is what changed.
///
/// - Parameters:
///   - partitions: the partitions that exist from the beginning and hold the global watermark back until they have had a row or
///     are idle; without it, all that occur in `events`. One that is not among them appears with its first row.
///   - zone: the session's zone.
/// - Throws: `TidemillError` with code `outOfRange` when a sum to be emitted does not fit its type.
public func run(
  _ plan: QueryPlan, events: [ReferenceEvent], partitions: Set<Int>? = nil, zone: SessionZone = .utc
) throws -> ReferenceResult {
  let known = partitions ?? Set(events.compactMap(\.partition))
  var engine = ReferenceState(plan: plan, partitions: known, zone: zone)
  for event in events {
    switch event {
    case .row(let row): engine.take(row)
    case .idle(let partition, let span): engine.clock.decideIdle(partition, for: span)
    case .table(let name, let rows): engine.tables[name] = rows
    case .history(let isHistory): engine.clock.isHistory = isHistory
    case .allIdle(let span): engine.clock.decideAllIdle(for: span)
    case .endOfEpoch:
      engine.clock.endEpoch()
      try engine.emit()
    case .endOfInput:
      engine.clock.endInput()
      try engine.emit()
      return engine.result
    }
  }
  return engine.result
}

/// A row on its way through the stages.
struct StageRow {
  var values: [Value]
  /// The stream's event time; `nil` without one, and behind an aggregate.
  var eventTime: EventTime?
  /// The windows of the first aggregate that the row was not late for; `nil` where nothing was judged yet.
  var windows: [WindowSpan]?
}

struct ReferenceState {
  let plan: QueryPlan
  let zone: SessionZone
  var clock: ReferenceClock
  /// All rows of each static table.
  var tables: [String: [[Value]]] = [:]
  private(set) var result = ReferenceResult()
  /// Every row that reached the first aggregate or, without one, the end.
  private var accepted: [StageRow] = []
  /// By stage: the event times of the kept rows of each key.
  private var kept: [Int: [RowKey: [EventTime?]]] = [:]

  init(plan: QueryPlan, partitions: Set<Int>, zone: SessionZone) {
    self.plan = plan
    self.zone = zone
    clock = ReferenceClock(delay: plan.eventTime == nil ? nil : plan.delay, partitions: partitions)
    for partition in partitions { result.ledger[partition] = ReferenceLedger() }
  }

  /// What became of a row. Of the several rows that a join may make of one, the highest counts.
  private enum Outcome: Int { case filtered, duplicate, late, aggregated }

  /// The first stage that does not look at one row at a time.
  private var firstGathering: Int {
    plan.stages.firstIndex {
      switch $0 {
      case .aggregate, .topN: true
      case .filter, .project, .join, .deduplicate: false
      }
    } ?? plan.stages.count
  }

  mutating func take(_ row: ReferenceRow) {
    precondition(row.values.count == plan.scanSchema.count, "a row has as many values as the scan schema has columns")
    var watermark = clock.arrival(in: row.partition)
    // Complete mode drops nothing as late.
    if plan.outputMode == .complete { watermark = .distantPast }
    var eventTime: EventTime?
    if let ordinal = plan.eventTime, case .timestamp(let time) = row.values[ordinal] { eventTime = time }

    var ledger = result.ledger[row.partition] ?? ReferenceLedger()
    ledger.rowsIn += 1
    switch judge(StageRow(values: row.values, eventTime: eventTime), watermark, from: 0) {
    case .duplicate: ledger.duplicate += 1
    case .filtered: ledger.filtered += 1
    case .aggregated: ledger.aggregated += 1
    case .late:
      ledger.late += 1
      result.late.append(row.values)
    }
    result.ledger[row.partition] = ledger
    // Whatever became of the row, it moves the watermark of those behind it.
    if let eventTime { clock.saw(eventTime, in: row.partition) }
  }

  private mutating func judge(_ row: StageRow, _ watermark: EventTime, from first: Int) -> Outcome {
    var row = row
    for index in first..<firstGathering {
      switch plan.stages[index] {
      case .filter(let condition):
        if evaluate(condition, on: row.values, zone: zone) != .boolean(true) { return .filtered }
      case .project(let items):
        row.values = items.map { evaluate($0.expression, on: row.values, zone: zone) }
      case .join(let join):
        var outcome = Outcome.filtered
        for values in join.rows(of: row.values, table: tables[join.side.table.name] ?? [], zone: zone) {
          let next = judge(StageRow(values: values, eventTime: row.eventTime), watermark, from: index + 1)
          if next.rawValue > outcome.rawValue { outcome = next }
        }
        return outcome
      case .deduplicate(let ordinals, let withinWatermark):
        let key = RowKey(ordinals.map { row.values[$0] })
        let times = kept[index, default: [:]][key] ?? []
        // A key is remembered while its row is within the watermark; otherwise, or without event time, for ever.
        if times.contains(where: { !withinWatermark || $0 == nil || $0! >= watermark }) { return .duplicate }
        // Its key may have been forgotten, so that nobody can tell whether it is a duplicate.
        if withinWatermark, let time = row.eventTime, time < watermark { return .late }
        kept[index, default: [:]][key] = times + [row.eventTime]
      case .aggregate, .topN: preconditionFailure("stages that gather rows come behind those that look at one")
      }
    }
    if firstGathering < plan.stages.count, case .aggregate(let aggregation) = plan.stages[firstGathering] {
      guard let windows = aggregation.windows(of: row, zone: zone), !windows.isEmpty else { return .filtered }
      row.windows = windows.filter { !aggregation.isLate($0, time: row.eventTime, watermark: watermark) }
      if row.windows!.isEmpty { return .late }
    }
    accepted.append(row)
    return .aggregated
  }

  /// Computes the result anew and records what changed.
  mutating func emit() throws {
    let mode = plan.outputMode
    let closing = mode == .append ? clock.global : nil
    let table = try gather(accepted, from: firstGathering, closedBy: closing)
    let changes =
      mode == .complete ? table.map { ReferenceChange(1, $0) } : difference(from: result.finalTable, to: table)
    precondition(mode != .append || changes.allSatisfy { $0.weight > 0 }, "an appended row is final")
    result.emitted.append(changes)
    result.watermarks.append(clock.global)
    result.finalTable = table
  }

  /// - Parameter watermark: in append mode, the global watermark: only groups that it has closed are results.
  private func gather(_ input: [StageRow], from first: Int, closedBy watermark: EventTime?) throws -> [[Value]] {
    var rows = input
    var behindSessions = false
    for stage in plan.stages[first...] {
      switch stage {
      case .filter(let condition):
        rows = rows.filter { evaluate(condition, on: $0.values, zone: zone) == .boolean(true) }
      case .project(let items):
        rows = rows.map { row in
          StageRow(
            values: items.map { evaluate($0.expression, on: row.values, zone: zone) }, eventTime: row.eventTime)
        }
      case .aggregate(let aggregation):
        let groups = try aggregation.groups(
          rows, closedBy: watermark, behindSessions: behindSessions, zone: zone)
        behindSessions = behindSessions || aggregation.makesSessions
        rows = groups.map { StageRow(values: $0) }
      case .topN(let topN):
        rows = topN.best(of: rows.map(\.values)).map { StageRow(values: $0) }
      case .join: throw TidemillError(.unsupported, "the reference engine does not join behind an aggregate")
      case .deduplicate:
        throw TidemillError(.unsupported, "the reference engine does not remove duplicates behind an aggregate")
      }
    }
    return rows.map(\.values)
  }
}
