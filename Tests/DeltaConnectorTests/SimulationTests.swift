import DeltaTesting
import ReferenceEngine
import TableTesting
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import DeltaConnector
@testable import DeltaLog

/// Jobs that write a table over a store that fails as a seed says, and that come back from a checkpoint somewhat before.
@Suite struct SimulationTests {
  private static let cases = [TableCase.all[0], TableCase.all[3], TableCase.all[7], TableCase.all[8]]

  /// One life of a job: opens the table and writes the epochs from `first` on.
  private func live(
    _ lake: TestLake, _ table: TableCase, _ epochs: [Batch], from first: Int, _ options: DeltaSinkOptions
  ) async throws {
    let sink = lake.sink(options)
    // What the checkpoint knows reaches at least as far as the table.
    try await sink.open(table.shape, lastEpoch: Epoch(UInt64(epochs.count)))
    for number in first...epochs.count { try await sink.write(epochs[number - 1], epoch: Epoch(UInt64(number))) }
    try await sink.close()
  }

  private func shown(_ rows: [[Value]]) -> [String] { ShownRows.of(rows, window: 2) }

  private func epochs(_ table: TableCase, seed: UInt64, count: Int) -> (batches: [Batch], tables: [[String]]) {
    var changes = RandomChanges(table.shape, seed: seed)
    var batches: [Batch] = []
    var tables = [shown([])]
    for _ in 0..<count {
      batches.append(changes.next())
      tables.append(shown(changes.table))
    }
    return (batches, tables)
  }

  /// Every version holds a whole epoch.
  private func check(_ lake: TestLake, _ table: TableCase, _ tables: [[String]]) throws {
    let latest = try lake.table().snapshot.version
    for version in 0...latest {
      let epoch = try lake.table(version: version).snapshot.transactions["tidemill/totals"]?.version ?? 0
      #expect(try shown(lake.rows(table.shape.schema, version: version)) == tables[epoch], "version \(version)")
    }
    #expect(try shown(lake.rows(table.shape.schema)) == tables.last)
  }

  private let options = DeltaSinkOptions(
    targetFileSize: 2000, cacheBytes: 1 << 16, properties: ["delta.checkpointInterval": "3"], lanes: 1)

  @Test(arguments: cases)
  func aCrashBetweenAnyTwoOperationsLosesAndDoublesNothing(_ table: TableCase) async throws {
    let (batches, tables) = epochs(table, seed: 3, count: 4)
    let whole = TestLake()
    try await live(whole, table, batches, from: 1, options)
    let steps = whole.store.operationCount
    try check(whole, table, tables)
    for step in 1...steps {
      for fault in [SimulatedLakeStore.Fault.deadBefore, .deadAfter] {
        let lake = TestLake()
        lake.store.plan { number, _, _ in number == step ? fault : .none }
        do { try await live(lake, table, batches, from: 1, options) } catch {}
        #expect(lake.store.isDead)
        lake.store.restart()
        lake.store.plan(nil)
        try await live(lake, table, batches, from: 1, options)
        try check(lake, table, tables)
      }
    }
  }

  @Test(arguments: cases, 0..<15)
  func whateverTheStoreAnswersNothingIsLostOrDoubled(_ table: TableCase, seed: UInt64) async throws {
    let (batches, tables) = epochs(table, seed: seed, count: 10)
    let lake = TestLake()
    lake.store.plan { number, operation, path in
      var random = ReferenceEngine.SplitMix64(seed: seed &* 1_000_003 &+ UInt64(number))
      switch random.count(0...59) {
      case 0, 1: return .refused
      case 2, 3: return .answerLost
      case 4, 5: return .twice
      case 6, 7: return .late(random.count(1...6))
      case 8: return .slow(random.count(1...100_000))
      case 9: return .deadBefore
      case 10: return .deadAfter
      default: return .none
      }
    }
    var lives = 0
    while true {
      lives += 1
      try #require(lives < 200)
      do {
        try await live(lake, table, batches, from: 1, options)
        // The upkeep of the log may have died behind the last commit.
        lake.store.restart()
        break
      } catch {
        if !lake.store.isDead {
          let text = "\((error as? TidemillError)?.message ?? "\(error)")"
          // A commit of an earlier life that arrives late stops the next one, and counts all the same.
          try #require(text.contains("another job has written") || text.contains("simulated:"), "\(text)")
        }
        lake.store.restart(arrives: lives.isMultiple(of: 2))
      }
    }
    lake.store.plan(nil)
    try check(lake, table, tables)
  }

  /// Two jobs of different names on one table, whose steps mix as the seed says.
  @Test(arguments: 0..<10) func twoQueriesOnOneTableBothCount(seed: UInt64) async throws {
    let lake = TestLake()
    var random = ReferenceEngine.SplitMix64(seed: seed)
    let options = DeltaSinkOptions(isShared: true, lanes: 1)
    let mode: OutputMode = seed.isMultiple(of: 2) ? .append : .update
    var sinks = [lake.sink(options), lake.sink(options)]
    for (index, sink) in sinks.enumerated() {
      try await sink.open(Hourly.shape(mode, query: "q\(index)"), lastEpoch: .none)
    }
    var expected: [String] = []
    var epoch = [0, 0]
    for _ in 0..<60 {
      let index = random.count(0...1)
      epoch[index] += 1
      let (key, hour) = ("\(index)-\(epoch[index])", Int64(random.count(0...5)))
      try await sinks[index].write(Hourly.batch([(key, 1, hour)]), epoch: Epoch(UInt64(epoch[index])))
      expected.append("\(key) 1 \(hour)")
      if random.chance(percent: 10) {
        sinks[index] = lake.sink(options)
        try await sinks[index].open(Hourly.shape(mode, query: "q\(index)"), lastEpoch: Epoch(UInt64(epoch[index])))
      }
    }
    #expect(try lake.hourly == expected.sorted())
  }
}
