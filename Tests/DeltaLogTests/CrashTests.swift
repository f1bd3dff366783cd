import DeltaTesting
import Testing
import TidemillFiles

@testable import DeltaLog

/// A writer that commits epochs over a store that fails as a seed says, and begins again where the table says it stopped.
@Suite struct CrashTests {
  private static let epochs = 8

  /// One life of the writer: goes on behind the last epoch that the table has.
  private func live(_ store: SimulatedLakeStore) throws {
    let patient = PatientStore(store, limit: .seconds(2), report: { _ in }, pause: { _ in })
    var table: DeltaTable
    if let there = try DeltaTable.load(patient, codec: LineCodec(), now: { store.now }) {
      table = there
    } else {
      table = DeltaTable(new: patient, codec: LineCodec(), now: { store.now })
      try table.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(TestTable.metadata(["delta.checkpointInterval": "3"]))], reads: .nothing,
          operation: "CREATE TABLE"))
    }
    while true {
      let done = table.snapshot.transactions["q"]?.version ?? 0
      if done == Self.epochs { return }
      let epoch = done + 1
      // Each epoch replaces the file of the one before and adds one that stays.
      let old = table.snapshot.files.values.filter { $0.path.hasPrefix("all-") }
      let data = "all-\(epoch)-\(UniqueName.make())"
      try patient.put(data, Array("\(epoch)".utf8))
      var actions: [DeltaAction] = old.map { .remove($0.removed(at: store.now, dataChange: true)) }
      actions += [.add(TestTable.file(data)), .add(TestTable.file("epoch-\(epoch)"))]
      actions.append(.transaction(ApplicationTransaction(application: "q", version: epoch)))
      try table.commit(DeltaTransaction(actions, reads: .removedFiles, operation: "MERGE"))
      store.advance(milliseconds: 1000)
      try table.maintain()
    }
  }

  /// What every version must be: one file of all, and those of each epoch up to it.
  private func check(_ store: SimulatedLakeStore) throws {
    let latest = try #require(try TestTable.load(store)).snapshot.version
    for version in 1...latest {
      let table = try #require(try TestTable.load(store, version: version))
      let epoch = table.snapshot.transactions["q"]?.version ?? 0
      #expect(epoch == version)
      let names = table.paths.filter { $0.hasPrefix("epoch-") }
      #expect(Set(names) == Set((1...epoch).map { "epoch-\($0)" }))
      let whole = table.paths.filter { $0.hasPrefix("all-") }
      #expect(whole.count == 1 && store.bytes(whole[0]) == Array("\(epoch)".utf8))
    }
    #expect(latest == Self.epochs)
  }

  @Test func aCrashBetweenAnyTwoOperationsLosesAndDoublesNothing() throws {
    let whole = SimulatedLakeStore()
    try live(whole)
    let steps = whole.operationCount
    try check(whole)
    for number in 1...steps {
      for fault in [SimulatedLakeStore.Fault.deadBefore, .deadAfter] {
        let store = SimulatedLakeStore()
        store.plan { step, _, _ in step == number ? fault : .none }
        #expect(throws: LakeStoreError.self) { try live(store) }
        store.restart()
        try live(store)
        try check(store)
      }
    }
  }

  @Test(arguments: 0..<100) func whateverTheStoreAnswersNothingIsLostOrDoubled(seed: UInt64) throws {
    let store = SimulatedLakeStore()
    store.plan { number, operation, path in
      var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(number))
      switch Int.random(in: 0..<40, using: &random) {
      case 0, 1: return .refused
      case 2, 3: return .answerLost
      case 4, 5: return .twice
      case 6, 7: return .late(Int.random(in: 1...6, using: &random))
      case 8: return .slow(Int.random(in: 1...100_000, using: &random))
      case 9: return .deadBefore
      case 10: return .deadAfter
      default: return .none
      }
    }
    var lives = 0
    while true {
      lives += 1
      try #require(lives < 500)
      do {
        try live(store)
        break
      } catch {
        // A commit of an earlier life that arrives late stops the next one, and counts all the same.
        if !store.isDead {
          let isOwnEarlierSelf = if case DeltaConflict.sameApplication = error { true } else { false }
          let isCreation = if case DeltaConflict.tableCreated = error { true } else { false }
          #expect(isOwnEarlierSelf || isCreation || error is LakeStoreError, "\(error)")
        }
        store.restart(arrives: lives.isMultiple(of: 2))
      }
    }
    store.plan(nil)
    try check(store)
  }
}
