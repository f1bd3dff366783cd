import Foundation
import Synchronization
import Testing
import TidemillFiles
import TidemillTesting

/// Jobs driven by a seed: arrival, cuts, clock, lanes, crashes anywhere, lost power, failing disks, restarts.
@Suite struct SimulationTests {
  /// How many seeds to run: `TIDEMILL_SEEDS=5000` for a long search, `TIDEMILL_SEEDS=4000..<5000` for some of them.
  static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "200"
    let parts = text.split(separator: "<").map { $0.filter(\.isNumber) }.compactMap { UInt64($0) }
    return parts.count == 2 ? parts[0]..<parts[1] : 0..<(parts.first ?? 200)
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

  /// Dies at every kind of fail point of a short job, early and late, and soon again, so that recoveries die too. All points
  /// are tried in a long run.
  @Test func aJobMayDieAtEveryFailPoint() async throws {
    let path = try await shortRun().disk.passed
    var reached = Set(path)
    var deadly: Set<FailPoint> = []
    func die(at point: Int, andAt next: FailPoint? = nil, seed: UInt64) async throws {
      let run = try await shortRun(.kill, at: point, andAt: next, seed: seed)
      reached.formUnion(run.disk.passed)
      deadly.formUnion(run.disk.deadly)
    }
    for point in Self.choice(of: path) { try await die(at: point, seed: UInt64(point)) }
    // Kinds that only some recoveries pass.
    for point in reached.subtracting(deadly).sorted(by: { $0.description < $1.description }) {
      for seed in UInt64(0)..<100 where !deadly.contains(point) {
        try await die(at: Int(seed &* 7919) % path.count + 1, andAt: point, seed: seed)
      }
    }
    print("fail points of jobs: died at \(deadly.count) of \(reached.count) kinds")
    for point in reached.map(\.description).sorted() { print("  \(point)") }
    #expect(reached.subtracting(deadly).map(\.description).sorted() == [])
    for kind in ["epochs-#.log", "snapshot-#.tms.tmp", "_tmp-part-#.json", "_tmp-result.json"] {
      for operation in [FileOperation.create, .write, .sync, .close] + (kind.hasSuffix(".log") ? [] : [.rename]) {
        for moment in [FailPoint.Moment.before, .after] {
          #expect(deadly.contains(FailPoint(operation, kind, moment)), "\(moment) \(operation) \(kind)")
        }
      }
    }
  }

  /// No operation may fail in a way from which a new start does not recover.
  @Test(arguments: [FileError.Reason.diskFull, .broken])
  func anyOperationMayFail(reason: FileError.Reason) async throws {
    let path = try await shortRun().disk.passed.filter { $0.moment == .before }
    for point in Self.choice(of: path) { _ = try await shortRun(.fail(reason), at: point, seed: UInt64(point)) }
  }

  /// Dies, or meets a failing disk, at every step of a job whose epochs overlap: between the commit of one and the reading of the
  /// next, and within either.
  @Test(arguments: [SimulationDisk.Blow.kill, .fail(.diskFull), .fail(.broken)])
  func aJobMayBeStruckWhileEpochsOverlap(blow: SimulationDisk.Blow) async throws {
    for point in 1...(Self.seeds.count > 1000 ? 300 : 90) {
      let run = SimulationRun(try SimulationCase(everythingOnce: UInt64(point), isBacklog: true))
      run.overlaps = true
      run.waitsForSnapshots = false
      run.nextStrike = { life in life == 0 ? (blow, point) : nil }
      let complaints = await run.run()
      #expect(complaints.isEmpty, "\(blow) at point \(point): \(complaints.prefix(2))")
    }
  }

  /// Runs the short job, which is always the same up to the point at which it is struck.
  private func shortRun(
    _ blow: SimulationDisk.Blow = .kill, at point: Int? = nil, andAt next: FailPoint? = nil, seed: UInt64 = 0
  ) async throws -> SimulationRun {
    let run = SimulationRun(try SimulationCase(everythingOnce: 55))
    run.waitsForSnapshots = true
    run.overlaps = false
    run.seedAfterStrike = seed
    if let next { run.disk.kill(at: next) }
    var livesAfterStrike = 0
    let disk = run.disk
    run.nextStrike = { life in
      guard let point else { return nil }
      let passed = if case .kill = blow { disk.passed.count } else { disk.passed.count { $0.moment == .before } }
      if passed < point { return (blow, point - passed) }
      livesAfterStrike += 1
      return livesAfterStrike < 4 ? (.kill, (point + Int(seed % 1000)) &* (livesAfterStrike &+ 7) % 61 + 1) : nil
    }
    let complaints = await run.run()
    #expect(complaints.isEmpty, "\(blow) at point \(point ?? 0), seed \(seed): \(complaints.prefix(2))")
    return run
  }

  /// The numbers, from 1, of the first and the last point of each kind; in a long run of all points.
  private static func choice(of path: [FailPoint]) -> [Int] {
    if seeds.count > 1000 { return Array(1...path.count) }
    var first: [FailPoint: Int] = [:]
    var last: [FailPoint: Int] = [:]
    for (index, point) in path.enumerated() {
      first[point] = first[point] ?? index + 1
      last[point] = index + 1
    }
    return Set(first.values).union(last.values).sorted()
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
