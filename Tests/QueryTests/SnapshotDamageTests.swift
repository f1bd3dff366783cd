import ReferenceEngine
import Testing
import TidemillColumns
import TidemillEngine
import TidemillPlan

/// Snapshots with changed or missing bytes: checksums find them before the engine does, and yet nothing may trap or hang.
@Suite struct SnapshotDamageTests {
  private static let damagesPerSnapshot = 25

  static let seeds = RandomQueryTests.isLongSearch ? RandomQueryTests.seeds : 0..<40

  /// A query, what it holds in the middle of its stream, and the rows that come then.
  private struct Saved {
    let plan: QueryPlan
    let snapshot: [UInt8]
    let rest: [ReferenceRow]

    init?(seed: UInt64) throws {
      var options = RandomOptions()
      options.rows = 40...120
      let random = RandomCase(seed: seed, options: options)
      plan = random.plan
      let rows = random.events.compactMap { event in
        if case .row(let row) = event { row } else { nil }
      }
      rest = Array(rows[(rows.count / 2)...])
      let pipeline = try QueryPipeline(plan)
      do { try Self.feed(Array(rows[..<(rows.count / 2)]), to: pipeline, isFinal: false) } catch is TidemillError { return nil }
      snapshot = pipeline.snapshot()
    }

    static func feed(_ rows: [ReferenceRow], to pipeline: QueryPipeline, isFinal: Bool) throws {
      for partition in 0..<3 {
        let own = rows.filter { $0.partition == partition }.map(\.values)
        let prepared = pipeline.prepare(Batch(schema: pipeline.plan.scanSchema, rows: own), partition: partition)
        pipeline.order(prepared)
        pipeline.absorb(prepared, lane: 0)
      }
      _ = try pipeline.finishEpoch(EpochEnd(isFinal: isFinal))
    }

    /// Restores bytes into a new pipeline and goes on with it. Whether they are refused does not matter, how does.
    func goOn(from bytes: [UInt8]) throws {
      let pipeline = try QueryPipeline(plan)
      do { try pipeline.restore(bytes) } catch is CorruptBytes { return }
      do {
        try Self.feed(rest, to: pipeline, isFinal: false)
        _ = pipeline.snapshot()
        try Self.feed([], to: pipeline, isFinal: true)
      } catch let error as TidemillError where error.code == .outOfRange {}
    }
  }

  @Test(arguments: seeds)
  func changedBytesAreRefusedOrLeadToWrongResultsButNeverTrap(seed: UInt64) throws {
    guard let saved = try Saved(seed: seed) else { return }
    var random = SplitMix64(seed: seed)
    for _ in 0..<Self.damagesPerSnapshot {
      var bytes = saved.snapshot
      for _ in 0..<random.count(1...3) {
        let position = random.count(0...bytes.count - 1)
        bytes[position] = random.chance(percent: 50) ? 0xFF : bytes[position] ^ UInt8(1 << random.count(0...7))
      }
      try saved.goOn(from: bytes)
    }
  }

  @Test(arguments: seeds)
  func truncatedSnapshotsAreRefused(seed: UInt64) throws {
    guard let saved = try Saved(seed: seed) else { return }
    var random = SplitMix64(seed: seed)
    for _ in 0..<Self.damagesPerSnapshot {
      let bytes = Array(saved.snapshot.prefix(random.count(0...saved.snapshot.count - 1)))
      #expect(throws: CorruptBytes.self) { try QueryPipeline(saved.plan).restore(bytes) }
    }
    #expect(throws: CorruptBytes.self) { try QueryPipeline(saved.plan).restore(saved.snapshot + [0]) }
  }
}
