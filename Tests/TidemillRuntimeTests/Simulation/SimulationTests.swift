import Foundation
import Synchronization
import Testing
import TidemillFiles
import TidemillTesting

/// Jobs whose every step is driven by a seed: arrival, cuts, clock, lanes, crashes anywhere, lost power, failing disks, restarts.
@Suite struct SimulationTests {
  /// How many seeds to run: `TIDEMILL_SEEDS=5000` for a long search, `TIDEMILL_SEEDS=4000..<5000` for some of them.
  static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "300"
    let parts = text.split(separator: "<").map { $0.filter(\.isNumber) }.compactMap { UInt64($0) }
    return parts.count == 2 ? parts[0]..<parts[1] : 0..<(parts.first ?? 300)
  }()

  static let shares: [Range<UInt64>] = stride(from: seeds.lowerBound, to: seeds.upperBound, by: 20).map {
    $0..<min($0 + 20, seeds.upperBound)
  }

  @Test(arguments: shares)
  func noCrashLosesOrRepeatsARow(seeds: Range<UInt64>) async throws {
    for seed in seeds {
      let run = SimulationRun(try SimulationCase(seed: seed))
      let complaints = await run.run()
      if !complaints.isEmpty {
        Issue.record("seed \(seed): \(complaints.prefix(3).joined(separator: "\n"))\n\(run.simulation.script)")
      }
    }
  }

  @Test(arguments: Flaw.allCases)
  func aPartThatBreaksItsPromiseIsCaught(flaw: Flaw) async throws {
    var caught = 0
    for seed in UInt64(0)..<60 where caught == 0 {
      let run = SimulationRun(try SimulationCase(seed: seed), flaw: flaw)
      if await !run.run().isEmpty { caught += 1 }
    }
    #expect(caught > 0, "\(flaw) was never noticed")
  }
}
