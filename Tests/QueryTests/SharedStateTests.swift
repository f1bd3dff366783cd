import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan
import TidemillTesting

/// Results in several output modes from one state are what a query for each mode would give.
@Suite struct SharedStateTests {
  private static func randomCase(_ seed: UInt64) -> RandomCase {
    var options = RandomOptions()
    // What append mode can do, update mode can; the other way round a state may never close.
    options.modes = [.append]
    return RandomCase(seed: seed, options: options)
  }

  /// Whether the plan, which append mode runs, runs in update mode as well: there later aggregations get rows that go again.
  private static func runsInUpdateMode(_ plan: QueryPlan) -> Bool {
    let aggregations = plan.stages.compactMap { stage -> Aggregation? in
      if case .aggregate(let aggregation) = stage { aggregation } else { nil }
    }
    return aggregations.dropFirst().allSatisfy { aggregation in
      aggregation.calls.allSatisfy { $0.function.takesBackRows(of: $0.argument?.type ?? .bigint) }
    }
  }

  /// Everything that a run gave; `nil` when a result did not fit its type.
  private static func log(
    _ plan: QueryPlan, _ events: [StreamEvent], _ options: StreamDriverOptions
  ) throws -> [String]? {
    var result = StreamResult(key: plan.resultKey)
    do {
      try StreamDriver(plan, options: options).run(events, into: &result)
    } catch let error as TidemillError where error.code == .outOfRange {
      return nil
    }
    return result.epochs.map { epoch in
      let changes = epoch.changes.rows.enumerated().map { "\(epoch.changes.weight($0)) \($1.map(\.description))" }.sorted()
      let ledger = epoch.ledger.sorted { $0.key < $1.key }
      return "\(changes) \(epoch.late.rows) \(ledger) \(epoch.watermark?.description ?? "")"
    }
  }

  @Test(arguments: RandomQueryTests.shares)
  func twoModesOfOneStateGiveWhatTwoQueriesGive(seeds: Range<UInt64>) throws {
    var compared = 0
    for seed in seeds {
      let random = Self.randomCase(seed)
      var plans = [random.plan, random.plan]
      plans[1].outputMode = .update
      guard Self.runsInUpdateMode(random.plan), (try? random.plan.checkSharing([.append, .update])) != nil else { continue }
      // In half of the cases rows come after the end, too.
      let events = Differential(random.plan, random.events + (seed % 2 == 0 ? Self.randomCase(seed &+ 1).events : []))
        .streamEvents
      for var options in StreamDriverOptions.variants(seed: seed) {
        options.partitions = 3
        let alone = try plans.map { try Self.log($0, events, options) }
        guard !alone.contains(nil) else { continue }
        for (plan, expected) in zip(plans, alone) {
          options.modesBeside = [.append, .update]
          #expect(try Self.log(plan, events, options) == expected, "\(options): \(random)")
        }
        compared += 1
      }
    }
    #expect(compared > seeds.count)
  }

  @Test func completeModeSharesNothing() throws {
    let plan = Self.randomCase(1).plan
    let error = #expect(throws: TidemillError.self) { try plan.checkSharing([.update, .complete]) }
    #expect(error?.message.contains("keeps every window open") == true)
    #expect(throws: Never.self) { try plan.checkSharing([.complete, .complete]) }
  }
}
