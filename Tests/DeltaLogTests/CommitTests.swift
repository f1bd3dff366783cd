import DeltaTesting
import Testing
import TidemillColumns

@testable import DeltaLog

@Suite struct CommitTests {
  private let store = SimulatedLakeStore()

  @Test func aTableIsMadeAndGoesOn() throws {
    #expect(try TestTable.load(store) == nil)
    var table = try TestTable.create(store)
    try table.commit(TestTable.append("a", "b"))
    #expect(try table.commit(TestTable.replace("a", with: "c")) == 2)
    let loaded = try #require(try TestTable.load(store))
    #expect(loaded.paths == ["b", "c"] && loaded.snapshot.version == 2 && loaded.snapshot.files == table.snapshot.files)
    #expect(loaded.snapshot.removed.values.map(\.path) == ["a"])
    #expect(try TestTable.load(store, version: 1)?.paths == ["a", "b"])
    let error = #expect(throws: TidemillError.self) { try TestTable.load(store, version: 3) }
    #expect(error?.hint == "its latest version is 2")
    #expect(store.paths.first == "_delta_log/00000000000000000000.json")
  }

  @Test func appendsBesideEachOtherAllCount() throws {
    var mine = try TestTable.create(store)
    var theirs = try #require(try TestTable.load(store))
    try theirs.commit(TestTable.append("x"))
    try theirs.commit(TestTable.append("y"))
    #expect(try mine.commit(TestTable.append("a")) == 3)
    #expect(mine.paths == ["a", "x", "y"])
    #expect(try theirs.refresh() == 1 && theirs.paths == mine.paths)
    #expect(try mine.refresh() == 0)
  }

  @Test func replacingFilesBesideAnAppendCounts() throws {
    var mine = try TestTable.create(store)
    try mine.commit(TestTable.append("a"))
    var theirs = try #require(try TestTable.load(store))
    try theirs.commit(TestTable.append("x"))
    #expect(try mine.commit(TestTable.replace("a", with: "b")) == 3)
    #expect(mine.paths == ["b", "x"])
  }

  @Test func aFileThatAnotherHasRemovedIsNotReplaced() throws {
    var mine = try TestTable.create(store)
    try mine.commit(TestTable.append("a", "b"))
    var theirs = try #require(try TestTable.load(store))
    try theirs.commit(TestTable.replace("a", with: "x"))
    #expect(throws: DeltaConflict.filesRemoved(version: 2, paths: ["a"])) {
      try mine.commit(TestTable.replace("a", with: "c"))
    }
    #expect(mine.snapshot.version == 2)
    #expect(try mine.commit(TestTable.replace("x", with: "c")) == 3 && mine.paths == ["b", "c"])
  }

  @Test func whoReadsAllRowsMustSeeAll() throws {
    var mine = try TestTable.create(store)
    var theirs = try #require(try TestTable.load(store))
    try theirs.commit(
      DeltaTransaction([.add(TestTable.file("x", dataChange: false))], reads: .nothing, operation: "OPTIMIZE"))
    let whole = DeltaTransaction([.add(TestTable.file("a"))], reads: .wholeTable, operation: "WRITE")
    try mine.commit(whole)
    _ = try theirs.refresh()
    try theirs.commit(TestTable.append("y"))
    #expect(throws: DeltaConflict.filesAdded(version: 3)) { try mine.commit(whole) }
  }

  @Test func anApplicationIsWrittenFromOnePlaceOnly() throws {
    var mine = try TestTable.create(store)
    var theirs = try #require(try TestTable.load(store))
    try theirs.commit(TestTable.append("x", epoch: ("hourly", 1)))
    #expect(throws: DeltaConflict.sameApplication(version: 1, application: "hourly")) {
      try mine.commit(TestTable.append("a", epoch: ("hourly", 1)))
    }
    try mine.commit(TestTable.append("b", epoch: ("daily", 1)))
    #expect(mine.snapshot.transactions.mapValues(\.version) == ["hourly": 1, "daily": 1])
  }

  @Test func otherColumnsAreInTheWayAndOtherPropertiesAreNot() throws {
    var mine = try TestTable.create(store)
    var theirs = try #require(try TestTable.load(store))
    func change(_ metadata: TableMetadata) throws {
      _ = try theirs.refresh()
      try theirs.commit(DeltaTransaction([.metadata(metadata)], reads: .nothing, operation: "ALTER TABLE"))
    }
    try change(TestTable.metadata(["delta.checkpointInterval": "7"]))
    try mine.commit(TestTable.append("a"))
    #expect(mine.metadata.configuration == ["delta.checkpointInterval": "7"])
    try change(TestTable.metadata(["delta.appendOnly": "true"]))
    #expect(throws: DeltaConflict.metadataChanged(version: 3, what: "the property delta.appendOnly")) {
      try mine.commit(TestTable.replace("a", with: "b"))
    }
    try change(TestTable.metadata(["delta.enableChangeDataFeed": "true"]))
    let error = #expect(throws: TidemillError.self) { try mine.commit(TestTable.append("c")) }
    #expect(error?.message.hasSuffix("does not write: changeDataFeed") == true)
    var other = TestTable.metadata()
    other.schemaString = DeltaSchema([DeltaField("k", .primitive("string"))]).text
    try change(other)
    #expect(throws: DeltaConflict.metadataChanged(version: 5, what: "the columns")) {
      try mine.commit(TestTable.append("c"))
    }
    try theirs.commit(
      DeltaTransaction(
        [.protocol(TableProtocol(minReaderVersion: 1, minWriterVersion: 3))], reads: .nothing, operation: "UPGRADE"))
    #expect(throws: DeltaConflict.protocolChanged(version: 6)) { try mine.commit(TestTable.append("c")) }
  }

  @Test func twoThatMakeOneTableMakeItOnce() throws {
    var mine = DeltaTable(new: store, codec: LineCodec(), now: { 1 })
    _ = try TestTable.create(store)
    #expect(throws: DeltaConflict.tableCreated) {
      try mine.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(TestTable.metadata())], reads: .nothing, operation: "CREATE TABLE"))
    }
  }

  @Test(arguments: [
    SimulatedLakeStore.Fault.refused, .answerLost, .twice, .late(1), .late(2), .slow(1_000_000),
  ]) func aCommitIsMadeOnceWhateverTheStoreAnswers(fault: SimulatedLakeStore.Fault) throws {
    let store = store
    _ = try TestTable.create(store)
    var table = try #require(
      try DeltaTable.load(
        PatientStore(store, limit: .seconds(5), report: { _ in }, pause: { _ in }), codec: LineCodec(), now: { store.now }))
    let first = store.operationCount + 1
    store.plan { number, _, _ in number == first ? fault : .none }
    #expect(try table.commit(TestTable.append("a", epoch: ("hourly", 1))) == 1)
    try table.commit(TestTable.append("b", epoch: ("hourly", 2)))
    let loaded = try #require(try TestTable.load(store))
    #expect(loaded.paths == ["a", "b"] && loaded.snapshot.version == 2)
    #expect(loaded.snapshot.transactions["hourly"]?.version == 2)
  }

  @Test func aStoreThatDoesNotComeBackEndsTheCommit() throws {
    let store = store
    _ = try TestTable.create(store)
    var table = try #require(
      try DeltaTable.load(
        PatientStore(store, limit: .seconds(5), report: { _ in }, pause: { _ in }), codec: LineCodec(), now: { store.now }))
    store.plan { _, _, _ in .refused }
    let error = #expect(throws: LakeStoreError.self) { try table.commit(TestTable.append("a")) }
    #expect(error?.kind == .passing)
  }
}
