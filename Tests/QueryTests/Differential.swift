import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan
import TidemillTesting

/// The two engines on one stream.
struct Differential {
  let plan: QueryPlan
  let events: [ReferenceEvent]
  let partitions: Int
  let zone: SessionZone
  /// The numbers, from 0, of epochs whose changes are held back.
  var held: Set<Int> = []

  init(_ plan: QueryPlan, _ events: [ReferenceEvent], partitions: Int? = nil, zone: SessionZone = .utc) {
    self.plan = plan
    self.events = events
    self.zone = zone
    self.partitions =
      partitions
      ?? (events.map { event in
        switch event {
        case .row(let row): row.partition
        case .idle(let partition, _): partition
        case .allIdle, .endOfEpoch, .endOfInput: 0
        }
      }.max() ?? 0) + 1
  }

  /// The events as the driver takes them.
  var streamEvents: [StreamEvent] {
    var epoch = 0
    return events.map { event in
      switch event {
      case .row(let row):
        var values = [Value](repeating: .null, count: plan.stream.schema.count)
        for (field, value) in zip(plan.scanSchema.fields, row.values) {
          values[plan.stream.schema.ordinal(of: field.name)!] = value
        }
        return .row(values, schema: plan.stream.schema, partition: row.partition)
      case .endOfEpoch:
        defer { epoch += 1 }
        return held.contains(epoch) ? .endOfHeldEpoch : .endOfEpoch
      case .idle(let partition, let span): return .idle(partition: partition, for: span)
      case .allIdle(let span): return .allIdle(for: span)
      case .endOfInput: return .endOfInput
      }
    }
  }

  /// What differs, in words; nothing when the engines agree under all variants.
  func differences(_ variants: [StreamDriverOptions]) -> [String] {
    let expected = Result {
      try ReferenceEngine.run(plan, events: events, partitions: Set(0..<partitions), zone: zone)
    }
    let input = streamEvents
    return variants.flatMap { options in
      var options = options
      options.partitions = partitions
      options.zone = zone
      var actual = StreamResult?.none
      let outcome = Result { actual = try StreamDriver(plan, options: options).run(input) }
      return compare(expected, outcome.map { actual! }).map { "\(options): \($0)" }
    }
  }

  private func compare(_ expected: Result<ReferenceResult, any Error>, _ actual: Result<StreamResult, any Error>) -> [String] {
    switch (expected, actual) {
    case (.success(let expected), .success(let actual)): return compare(expected, actual)
    case (.failure(let expected as TidemillError), .failure(let actual as TidemillError)):
      return expected.code == actual.code ? [] : ["fails with \(actual) instead of \(expected)"]
    // What complete mode does not show until a sum is in its range again, nobody sees overflow.
    case (.failure, .success(let actual)) where plan.outputMode == .complete && actual.epochs.contains(where: \.isHeld):
      return []
    case (.failure(let expected), .success): return ["does not fail, and should with \(expected)"]
    case (.success, .failure(let actual)), (.failure, .failure(let actual)): return ["fails with \(actual)"]
    }
  }

  private func compare(_ expected: ReferenceResult, _ actual: StreamResult) -> [String] {
    guard expected.emitted.count == actual.epochs.count else {
      return ["\(actual.epochs.count) epochs instead of \(expected.emitted.count)"]
    }
    var problems: [String] = []
    var held: [ReferenceChange] = []
    for (index, epoch) in actual.epochs.enumerated() {
      let emitted =
        plan.outputMode == .complete
        ? epoch.changes.rows.map { ReferenceChange(1, $0) } : epoch.net.map { ReferenceChange($0.weight, $0.row) }
      // What is held back comes later, as one difference; a whole result replaces those before.
      held = plan.outputMode == .complete ? expected.emitted[index] : held + expected.emitted[index]
      let difference = Self.difference(emitted, epoch.isHeld ? [] : Self.net(held))
      if !difference.isEmpty { problems.append("epoch \(index):\n\(difference)") }
      if !epoch.isHeld {
        held = []
        if let idle = idleChanges(of: epoch, in: actual) { problems.append("epoch \(index): \(idle) changes change nothing") }
      }
      let mark = expected.watermarks[index]
      if mark != .distantFuture, (epoch.watermark ?? .distantPast) != mark {
        problems.append("epoch \(index): watermark \(epoch.watermark?.description ?? "none"), expected \(mark)")
      }
      if problems.count > 2 { return problems }
    }
    if Self.bag(actual.table.rows) != Self.bag(expected.finalTable) { problems.append("the final tables differ") }
    let scanned = plan.scanSchema.fields.map { plan.stream.schema.ordinal(of: $0.name)! }
    let late = actual.late.map { row in scanned.map { row[$0] } }
    if late.map(RowKey.init) != expected.late.map(RowKey.init) {
      problems.append("late rows:\n\(Self.lines(late))\nexpected:\n\(Self.lines(expected.late))")
    }
    let ledger = actual.ledger.mapValues {
      ReferenceLedger(
        rowsIn: $0.rows, duplicate: $0.duplicate, filtered: $0.filtered, late: $0.late, aggregated: $0.aggregated)
    }
    for (partition, part) in expected.ledger where part != ledger[partition] ?? ReferenceLedger() {
      problems.append("ledger of partition \(partition): \(ledger[partition] ?? ReferenceLedger()), expected \(part)")
    }
    return problems
  }

  /// How many changes of an epoch leave the table as it was, of those that hold epochs back: they know what was before.
  private func idleChanges(of epoch: StreamResult.Epoch, in result: StreamResult) -> Int? {
    guard plan.outputMode == .update, result.epochs.contains(where: \.isHeld), !plan.forgetsKeys else { return nil }
    let changed = Set(epoch.net.map { change in RowKey(plan.resultKey.map { $0.map { change.row[$0] } } ?? change.row) })
    let needed = plan.resultKey == nil ? epoch.net.count : changed.count
    return epoch.changes.count == needed ? nil : epoch.changes.count - needed
  }

  /// Changes folded by hand: what comes and goes by whole rows.
  private static func net(_ changes: [ReferenceChange]) -> [ReferenceChange] {
    var counts: [RowKey: (row: [Value], count: Int)] = [:]
    for change in changes { counts[RowKey(change.row), default: (change.row, 0)].count += change.weight }
    return counts.values.flatMap { row, count in
      (0..<abs(count)).map { _ in ReferenceChange(count.signum(), row) }
    }
  }

  private static func bag(_ rows: [[Value]]) -> [RowKey: Int] {
    rows.reduce(into: [:]) { $0[RowKey($1), default: 0] += 1 }
  }

  private static func difference(_ actual: [ReferenceChange], _ expected: [ReferenceChange]) -> String {
    func bag(_ changes: [ReferenceChange]) -> [RowKey: (Int, ReferenceChange)] {
      changes.reduce(into: [:]) { $0[RowKey([.integer(Int64($1.weight))] + $1.row), default: (0, $1)].0 += 1 }
    }
    let (got, wanted) = (bag(actual), bag(expected))
    var lines: [String] = []
    for (key, entry) in got where entry.0 > wanted[key]?.0 ?? 0 { lines.append("  unexpected \(text(entry.1))") }
    for (key, entry) in wanted where entry.0 > got[key]?.0 ?? 0 { lines.append("  missing    \(text(entry.1))") }
    return lines.sorted().prefix(20).joined(separator: "\n")
  }

  private static func text(_ change: ReferenceChange) -> String {
    (change.weight > 0 ? "+ " : "- ") + lines([change.row])
  }

  private static func lines(_ rows: [[Value]]) -> String {
    rows.prefix(10).map { $0.map(\.description).joined(separator: " | ") }.joined(separator: "\n")
  }
}

extension QueryPlan {
  /// Whether groups are forgotten some time after their last row.
  fileprivate var forgetsKeys: Bool {
    stages.contains { if case .aggregate(let aggregation) = $0 { aggregation.timeToLive != nil } else { false } }
  }
}
