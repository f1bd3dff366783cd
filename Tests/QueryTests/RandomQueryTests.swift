import Foundation
import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan
import TidemillTesting

/// Random queries over random streams: the engine against the obviously right one.
@Suite struct RandomQueryTests {
  /// How many seeds to run: `TIDEMILL_SEEDS=5000` for a long search (best in a release build), `TIDEMILL_SEEDS=4000..<5000` for some of them.
  static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "160"
    let parts = text.split(separator: "<").map { $0.filter(\.isNumber) }.compactMap { UInt64($0) }
    return parts.count == 2 ? parts[0]..<parts[1] : 0..<(parts.first ?? 160)
  }()

  static let isLongSearch = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] != nil

  private static let sharePerTest: UInt64 = 20

  static let shares: [Range<UInt64>] = stride(from: seeds.lowerBound, to: seeds.upperBound, by: Int(sharePerTest)).map {
    $0..<min($0 + sharePerTest, seeds.upperBound)
  }

  @Test(arguments: shares)
  func engineAgreesWithTheReferenceHoweverTheStreamIsPlayed(seeds: Range<UInt64>) {
    for seed in seeds { check(RandomCase(seed: seed)) }
  }

  /// What the reference engine does not do: Spark's rule of lateness, and rows that come after the input has ended. At least all
  /// ways to play a stream agree with each other.
  @Test(arguments: shares.prefix(2), [false, true])
  func allWaysToPlayAStreamAgree(seeds: Range<UInt64>, isSparkCompatible: Bool) throws {
    for seed in seeds {
      let random = RandomCase(seed: seed)
      let later = RandomCase(seed: seed &+ 1).events
      let differential = Differential(random.plan, random.events + (isSparkCompatible ? [] : later))
      var first: [String]?
      for var options in StreamDriverOptions.variants(seed: seed) {
        options.isSparkCompatible = isSparkCompatible
        options.partitions = 3
        var result = StreamResult(key: random.plan.resultKey)
        var log: [String] = []
        do {
          try StreamDriver(random.plan, options: options).run(differential.streamEvents, into: &result)
        } catch let error as TidemillError where error.code == .outOfRange {
          log.append("fails")
        }
        for epoch in result.epochs {
          let changes = epoch.changes.rows.enumerated().map { "\(epoch.changes.weight($0)) \($1.map(\.description))" }.sorted()
          let ledger = epoch.ledger.sorted { $0.key < $1.key }
          log.append("\(changes) \(epoch.late.rows) \(ledger) \(epoch.watermark?.description ?? "")")
        }
        if let first { #expect(log == first, "\(options): \(random)") } else { first = log }
      }
    }
  }

  private func check(_ random: RandomCase) {
    let problems = Differential(random.plan, random.events).differences(
      StreamDriverOptions.variants(seed: random.seed) + StreamDriverOptions.holdingVariants(seed: random.seed))
    if !problems.isEmpty {
      Issue.record("\(problems.prefix(3).joined(separator: "\n"))\n\(random)")
    }
  }
}
