import ReferenceEngine
import Testing
import TidemillTesting

/// Random queries over random streams that begin with a history in no order: the engine against the obviously right one.
@Suite struct RandomHistoryTests {
  @Test(arguments: RandomQueryTests.shares)
  func historiesAgreeWithTheReferenceHoweverTheyArePlayed(seeds: Range<UInt64>) {
    var options = RandomOptions()
    options.hasHistory = true
    for seed in seeds {
      let random = RandomCase(seed: seed, options: options)
      let problems = Differential(random.plan, random.events).differences(StreamDriverOptions.variants(seed: seed))
      if !problems.isEmpty { Issue.record("\(problems.prefix(3).joined(separator: "\n"))\n\(random)") }
    }
  }
}
