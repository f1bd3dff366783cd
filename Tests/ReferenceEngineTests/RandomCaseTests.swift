import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct RandomCaseTests {
  @Test func sameSeedGivesTheSameCase() {
    let (first, second) = (RandomCase(seed: 7), RandomCase(seed: 7))
    #expect(first.plan == second.plan)
    #expect(first.events.count == second.events.count)
    #expect(RandomCase(seed: 8).plan != first.plan)
  }

  @Test func generatorIsTheKnownOne() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  /// What must hold of every query, whatever it is.
  @Test(arguments: 0..<300 as Range<UInt64>)
  func emittedChangesFoldIntoTheFinalTableAndTheLedgerBalances(seed: UInt64) throws {
    let random = RandomCase(seed: seed)
    let result: ReferenceResult
    do {
      result = try random.referenceResult()
    } catch let error as TidemillError where error.code == .outOfRange {
      return
    }
    // As bags of rows and, where rows have a key, by upserting.
    for key in Set([nil, random.plan.resultKey]) {
      var table = ResultTable(key: key)
      for changes in result.emitted {
        if random.plan.outputMode == .complete { table.replace(with: changes) } else { table.apply(changes) }
      }
      #expect(sortedLines(table.rows) == sortedLines(result.finalTable), "\(random)")
    }
    #expect(result.ledger.values.allSatisfy { $0.balances }, "\(random)")
    #expect(result.ledger.values.reduce(0) { $0 + $1.late } == result.late.count)
    #expect(result.watermarks == result.watermarks.sorted())
  }

  /// The oracle's own first law: cutting the stream elsewhere changes nothing, where no idle decision comes in between.
  @Test(arguments: 0..<150 as Range<UInt64>)
  func finalTableDoesNotDependOnWhereEpochsEnd(seed: UInt64) throws {
    var options = RandomOptions()
    options.allowsIdleness = false
    let random = RandomCase(seed: seed, options: options)
    do {
      let asMade = try random.referenceResult()
      let rowsOnly = random.events.filter { $0 != .endOfEpoch }
      let whole = try run(random.plan, events: rowsOnly)
      #expect(sortedLines(asMade.finalTable) == sortedLines(whole.finalTable), "\(random)")
      #expect(asMade.late.map { $0.description } == whole.late.map { $0.description }, "\(random)")
    } catch let error as TidemillError where error.code == .outOfRange {
      return
    }
  }

  @Test func randomCasesReachEveryKindOfStageAndOutcome() throws {
    var seen: Set<String> = []
    for seed in 0..<200 as Range<UInt64> {
      let random = RandomCase(seed: seed)
      seen.insert(random.plan.outputMode.rawValue)
      for stage in random.plan.stages {
        switch stage {
        case .filter: seen.insert("filter")
        case .project: seen.insert("project")
        case .join: seen.insert("join")
        case .deduplicate: seen.insert("deduplicate")
        case .topN: seen.insert("topN")
        case .aggregate(let aggregation):
          switch aggregation.window?.kind {
          case .fixed(let size, let slide, _): seen.insert(size == slide ? "tumbling" : "sliding")
          case .session: seen.insert("session")
          case .existing: seen.insert("existing")
          case nil: seen.insert(aggregation.timeToLive == nil ? "plain" : "timeToLive")
          }
        }
      }
      guard let result = try? random.referenceResult() else { continue }
      for ledger in result.ledger.values {
        if ledger.duplicate > 0 { seen.insert("duplicate") }
        if ledger.filtered > 0 { seen.insert("filtered") }
        if ledger.late > 0 { seen.insert("late") }
        if ledger.aggregated > 0 { seen.insert("aggregated") }
      }
      if result.emitted.contains(where: { $0.contains { $0.weight < 0 } }) { seen.insert("retraction") }
    }
    #expect(
      seen.isSuperset(of: [
        "append", "update", "complete", "filter", "project", "deduplicate", "topN", "tumbling", "sliding", "session",
        "existing", "plain", "timeToLive", "duplicate", "filtered", "late", "aggregated", "retraction",
      ]))
  }
}
