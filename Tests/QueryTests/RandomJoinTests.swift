import ReferenceEngine
import Testing
import TidemillPlan
import TidemillTesting

/// Random queries that join static tables, which change while they run: the engine against one that looks at all rows.
@Suite struct RandomJoinTests {
  private static let options: RandomOptions = {
    var options = RandomOptions()
    options.allowsJoins = true
    return options
  }()

  @Test(arguments: RandomQueryTests.shares)
  func joinsAgreeWithTheReferenceHoweverTheStreamIsPlayed(seeds: Range<UInt64>) {
    for seed in seeds {
      let random = RandomCase(seed: seed, options: Self.options)
      let problems = Differential(random.plan, random.events).differences(
        StreamDriverOptions.variants(seed: seed) + StreamDriverOptions.holdingVariants(seed: seed))
      if !problems.isEmpty { Issue.record("\(problems.prefix(3).joined(separator: "\n"))\n\(random)") }
    }
  }

  /// Otherwise the test above would compare nothing.
  @Test func randomJoinsMatchAndMissAndMultiply() throws {
    var seen: Set<String> = []
    for seed in 0..<80 as Range<UInt64> {
      let random = RandomCase(seed: seed, options: Self.options)
      for join in random.plan.joins {
        seen.insert(join.kind.rawValue)
        seen.insert("\(min(join.keys.count, 2)) keys")
        if join.condition != nil { seen.insert("condition") }
        if join.side.stages.count > 1 { seen.insert("filtered table") }
      }
      if random.plan.joins.count > 1 { seen.insert("two joins") }
      guard let result = try? random.referenceResult() else { continue }
      let ledger = result.ledger.values.reduce(0) { $0 + $1.filtered }
      if ledger > 0 { seen.insert("missed") }
      let isPlain = random.plan.stages.allSatisfy { if case .aggregate = $0 { false } else { true } }
      let rows = result.ledger.values.reduce(0) { $0 + $1.aggregated }
      if isPlain, result.emitted.reduce(0, { $0 + $1.count }) > rows { seen.insert("multiplied") }
      if random.events.filter({ if case .table = $0 { true } else { false } }).count > random.plan.joins.count {
        seen.insert("changed")
      }
    }
    #expect(
      seen.isSuperset(of: [
        "INNER", "LEFT", "1 keys", "2 keys", "condition", "filtered table", "two joins", "missed", "multiplied", "changed",
      ]), "\(seen.sorted())")
  }
}
