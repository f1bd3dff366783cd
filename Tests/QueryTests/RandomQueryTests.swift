import Foundation
import ReferenceEngine
import Testing
import TidemillPlan
import TidemillTesting

/// Random queries over random streams: the engine against the obviously right one.
@Suite struct RandomQueryTests {
  /// How many seeds to run: `TIDEMILL_SEEDS=5000` for a long search, `TIDEMILL_SEEDS=4000..<5000` for some of them.
  static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "300"
    let parts = text.split(separator: "<").map { $0.filter(\.isNumber) }.compactMap { UInt64($0) }
    return parts.count == 2 ? parts[0]..<parts[1] : 0..<(parts.first ?? 300)
  }()

  private static let sharePerTest: UInt64 = 20

  static let shares: [Range<UInt64>] = stride(from: seeds.lowerBound, to: seeds.upperBound, by: Int(sharePerTest)).map {
    $0..<min($0 + sharePerTest, seeds.upperBound)
  }

  @Test(arguments: shares)
  func engineAgreesWithTheReferenceHoweverTheStreamIsPlayed(seeds: Range<UInt64>) {
    for seed in seeds { check(RandomCase(seed: seed)) }
  }

  private func check(_ random: RandomCase) {
    let problems = Differential(random.plan, random.events).differences(StreamDriverOptions.variants(seed: random.seed))
    if !problems.isEmpty {
      Issue.record("\(problems.prefix(3).joined(separator: "\n"))\n\(random)")
    }
  }
}
