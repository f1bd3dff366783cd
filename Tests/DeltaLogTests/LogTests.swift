import DeltaTesting
import Testing
import TidemillColumns

@testable import DeltaLog

@Suite struct LogTests {
  private let store = SimulatedLakeStore()
  private static let day = 86_400_000

  /// A table of 26 versions, with checkpoints at 10 and 20; one version a day.
  private func longTable(_ configuration: [String: String] = [:]) throws -> DeltaTable {
    var table = try TestTable.create(store, configuration)
    for version in 1...25 {
      store.advance(milliseconds: Self.day)
      try table.commit(
        version == 1
          ? TestTable.append("f1", epoch: ("q", 1))
          : TestTable.replace("f\(version - 1)", with: "f\(version)", at: store.now))
      try table.maintain()
    }
    return table
  }

  @Test func checkpointsAreWrittenAndReadFrom() throws {
    let table = try longTable()
    #expect(store.paths.filter { $0.contains("checkpoint") }.count == 3)
    let before = store.operationCount
    let loaded = try #require(try TestTable.load(store))
    #expect(loaded.snapshot.files == table.snapshot.files.mapValues { $0 } && loaded.snapshot.version == 25)
    #expect(loaded.snapshot.transactions["q"]?.version == 1 && loaded.metadata == table.metadata)
    // The hint, a list from there, the checkpoint and five commits.
    #expect(store.operationCount - before == 8)
    // Files are spoken of for seven days after their removal.
    #expect(Set(loaded.snapshot.removed.values.map(\.path)) == Set((12...24).map { "f\($0)" }))
  }

  @Test(arguments: ["", "{", "{\"version\":15,\"size\":1}", "{\"version\":99,\"size\":1}", "{\"version\":-1}"])
  func aWrongHintDoesNoHarm(hint: String) throws {
    let table = try longTable()
    store.set("_delta_log/_last_checkpoint", Array(hint.utf8))
    let loaded = try #require(try TestTable.load(store))
    #expect(loaded.paths == table.paths && loaded.snapshot.version == 25)
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    let table = try longTable()
    let whole = try #require(store.bytes(LogNames.checkpoint(20)))
    store.set(LogNames.checkpoint(20), Array(whole.prefix(whole.count / 2)))
    #expect(try TestTable.load(store)?.paths == table.paths)
    store.set(LogNames.checkpoint(20), [])
    store.set(LogNames.checkpoint(10), [1])
    #expect(try TestTable.load(store)?.paths == table.paths)
    store.set(LogNames.commit(3), nil)
    let error = #expect(throws: TidemillError.self) { try TestTable.load(store) }
    #expect(error?.message.contains("cannot be read: checkpoint 10: ") == true)
  }

  @Test func aHalfWrittenCommitIsNamed() throws {
    _ = try longTable()
    let whole = try #require(store.bytes(LogNames.commit(23)))
    store.set(LogNames.commit(23), Array(whole.prefix(whole.count - 5)))
    let error = #expect(throws: TidemillError.self) { try TestTable.load(store) }
    #expect(error?.message.contains("version 23, line 3: ") == true)
    store.set(LogNames.commit(23), nil)
    let gap = #expect(throws: TidemillError.self) { try TestTable.load(store) }
    #expect(gap?.message.contains("version 23 is not in it") == true)
  }

  @Test func checkpointsInPartsAreRead() throws {
    let table = try longTable()
    let lines = try #require(store.bytes(LogNames.checkpoint(20))).split(separator: UInt8(ascii: "\n"))
    let name = "_delta_log/00000000000000000020.checkpoint.0000000001.0000000002.parquet"
    func part(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }
    store.set(LogNames.checkpoint(20), nil)
    store.set(name, part(lines[..<2]))
    for version in 0..<20 { store.set(LogNames.commit(version), nil) }
    store.set(LogNames.checkpoint(10), nil)
    #expect(throws: TidemillError.self) { try TestTable.load(store) }
    store.set(name.replacing("0000000001.", with: "0000000002."), part(lines[2...]))
    #expect(try TestTable.load(store)?.paths == table.paths)
  }

  @Test func onlyWhatNoVersionWithinTheRetentionNeedsIsRemovedFromTheLog() throws {
    let table = try longTable(["delta.logRetentionDuration": "interval 4 days"])
    // At the checkpoint of 20 what is older than 4 days was removed, as far as the checkpoint of 10 lets it.
    #expect(store.paths.filter { $0.hasSuffix(".json") } == (10...25).map { LogNames.commit($0) })
    #expect(store.bytes(LogNames.checkpoint(10)) != nil)
    #expect(try TestTable.load(store, version: 12)?.paths == ["f12"])
    // On the 26th day version 21 was the table four days and a bit ago.
    #expect(try table.removeExpiredLog().count == 11)
    #expect(store.paths.filter { $0.hasSuffix(".json") } == (20...25).map { LogNames.commit($0) })
    for version in 20...25 { #expect(try TestTable.load(store, version: version)?.paths == ["f\(version)"]) }
  }

  @Test func aLogThatIsToBeKeptIsKept() throws {
    _ = try longTable(["delta.logRetentionDuration": "interval 1 hour", "delta.enableExpiredLogCleanup": "false"])
    #expect(store.paths.filter { $0.hasSuffix(".json") }.count == 26)
    let other = SimulatedLakeStore()
    let table = try TestTable.create(other, ["delta.logRetentionDuration": "interval 1 blue moon"])
    other.advance(milliseconds: 1000 * Self.day)
    #expect(try table.removeExpiredLog().isEmpty)
  }

  @Test func everyVersionSinceTheCutoffCanBeReadAfterAnyCleanUp() throws {
    // All combinations of checkpoints and cutoffs of a log of eight versions, one a second.
    for mask in 0..<256 {
      var files: [LakeFile] = (0..<8).map { LakeFile(path: LogNames.commit($0), size: 1, modified: $0 * 1000) }
      let checkpoints = (0..<8).filter { mask >> $0 & 1 == 1 }
      files += checkpoints.map { LakeFile(path: LogNames.checkpoint($0), size: 1, modified: $0 * 1000 + 1) }
      for cutoff in stride(from: -500, through: 8500, by: 500) {
        let expired = Set(DeltaTable.expired(LogListing(files), cutoff: cutoff))
        let left = LogListing(files.filter { !expired.contains($0) })
        // The version at the cutoff and all after it.
        let oldest = max(0, (0..<8).last { $0 * 1000 < cutoff } ?? 0)
        for version in oldest..<8 {
          let base = left.checkpoints.keys.filter { $0 <= version }.max() ?? -1
          #expect((base + 1...max(version, base + 1)).allSatisfy { $0 > version || left.commits[$0] != nil })
        }
        #expect(expired.allSatisfy { $0.modified < cutoff })
      }
    }
  }

  // MARK: Features

  @Test func featuresThatAreNotKnownAreNamed() throws {
    func error(_ value: TableProtocol, _ metadata: TableMetadata = TestTable.metadata(), writing: Bool = true) -> String? {
      do {
        if writing {
          try TableFeatures.checkWriting(value, metadata, of: "it")
        } else {
          try TableFeatures.checkReading(value, metadata, of: "it")
        }
        return nil
      } catch { return (error as? TidemillError)?.message }
    }
    func features(_ names: String...) -> TableProtocol {
      TableProtocol(minReaderVersion: 3, minWriterVersion: 7, readerFeatures: names, writerFeatures: names)
    }
    #expect(error(.ofNewTables) == nil)
    #expect(error(features("timestampNtz", "vacuumProtocolCheck", "columnMapping")) == nil)
    #expect(
      error(features("v2Checkpoint", "typeWidening"), writing: false)
        == "it has features that tidemill does not read: typeWidening, v2Checkpoint")
    #expect(error(features("deletionVectors"), writing: false) == nil)
    #expect(error(features("deletionVectors")) == "it has features that tidemill does not write: deletionVectors")
    #expect(error(features("rowTracking"))?.contains("read: rowTracking") == true)
    #expect(
      error(TableProtocol(minReaderVersion: 4, minWriterVersion: 7), writing: false)?.contains("reader version 4") == true)
    #expect(error(TableProtocol(minReaderVersion: 1, minWriterVersion: 8))?.contains("writer version 8") == true)
    #expect(
      error(TableProtocol(minReaderVersion: 2, minWriterVersion: 5), TestTable.metadata(["delta.columnMapping.mode": "name"]))?
        .contains("columnMapping (mode name)") == true)
    #expect(
      error(
        TableProtocol(minReaderVersion: 1, minWriterVersion: 3), TestTable.metadata(["delta.constraints.positive": "n > 0"]))?
        .hasSuffix("checkConstraints") == true)
    var generated = TestTable.metadata()
    generated.schemaString =
      DeltaSchema([
        DeltaField("d", .primitive("date"), metadata: .object(["delta.generationExpression": .string("CAST(t AS DATE)")]))
      ]).text
    #expect(error(TableProtocol(minReaderVersion: 1, minWriterVersion: 4), generated)?.hasSuffix("generatedColumns") == true)
  }

  // MARK: Vacuum

  @Test func vacuumTakesOnlyWhatNobodyNeeds() throws {
    var table = try TestTable.create(store)
    for name in ["a", "b", "d=1/c%20c"] { store.set(FilePath.decoded(name)!, [1, 2]) }
    try table.commit(TestTable.append("a", "b", "d=1/c%20c"))
    store.set("orphan.parquet", [1])
    store.set("d=1/orphan.parquet", [1])
    store.set("_delta_log/.tidemill-1-2", [1])
    store.set(".hidden", [1])
    store.set("_change_data/x.parquet", [1])
    store.set("_part=1/orphan.parquet", [1])
    store.advance(milliseconds: 8 * Self.day)
    try table.commit(TestTable.replace("a", with: "e", at: store.now))
    store.set("e", [1])
    store.set("young.parquet", [1])
    func found() throws -> [String] { try table.vacuumable().map(\.path) }
    let waste = ["_delta_log/.tidemill-1-2", "_part=1/orphan.parquet", "d=1/orphan.parquet", "orphan.parquet"]
    #expect(try found() == waste)
    store.advance(milliseconds: 6 * Self.day)
    #expect(try found() == waste)
    store.advance(milliseconds: 2 * Self.day)
    #expect(try found() == (waste + ["a", "young.parquet"]).sorted())
    #expect(try table.vacuumable(retention: .days(30)).isEmpty)
    let error = #expect(throws: TidemillError.self) { try table.vacuumable(retention: .hours(1)) }
    #expect(error?.message == "files of the Delta table simulated are kept for 7 days, and 1 hour is shorter")
  }

  /// Writers escape other characters of a path than those that wrote it.
  @Test func aFileIsKnownHoweverItsPathIsEscaped() throws {
    var table = try TestTable.create(store)
    try table.commit(TestTable.append("shop=a%2Cb/x.parquet", "shop=a,b/y.parquet"))
    try table.commit(TestTable.replace("shop=a,b/x.parquet", with: "z.parquet"))
    #expect(table.paths == ["shop=a,b/y.parquet", "z.parquet"])
    #expect(try TestTable.load(store)?.paths == table.paths)
    #expect(FilePath.encoded("shop=a,b & (c)+@!$;/50%") == "shop=a,b%20&%20(c)+@!$;/50%25")
  }

  @Test func vacuumLeavesTablesWithinAndWhatIsNoDataFile() throws {
    let table = try TestTable.create(store)
    for path in ["inner/_delta_log/0.json", "inner/a.parquet", "inner/d=1/b.parquet", "state/snapshot-3.tms", "waste.parquet"] {
      store.set(path, [1])
    }
    store.advance(milliseconds: 8 * Self.day)
    #expect(try table.vacuumable().map(\.path) == ["waste.parquet"])
  }

  /// Checkpoints of the log forget after seven days what has left the table.
  @Test func vacuumThatKeepsFilesForLongerKnowsThemFromTheCommits() throws {
    var table = try TestTable.create(store, ["delta.checkpointInterval": "1"])
    store.set("a.parquet", [1])
    try table.commit(TestTable.append("a.parquet"))
    store.advance(milliseconds: 31 * Self.day)
    try table.commit(TestTable.replace("a.parquet", with: "b.parquet", at: store.now))
    store.advance(milliseconds: 8 * Self.day)
    try table.commit(TestTable.append("c.parquet"))
    try table.maintain()
    let again = try #require(try TestTable.load(store))
    #expect(again.snapshot.removed.isEmpty)
    #expect(try again.vacuumable().map(\.path) == ["a.parquet"])
    #expect(try again.vacuumable(retention: .days(20)).isEmpty)
  }

  @Test func vacuumNeverTouchesATableWithFilesOutside() throws {
    var table = try TestTable.create(store)
    try table.commit(TestTable.append("s3://elsewhere/a"))
    let error = #expect(throws: TidemillError.self) { try table.vacuumable() }
    #expect(error?.message.contains("outside of its directory: s3://elsewhere/a") == true)
  }

  @Test func sizesAreRead() {
    #expect(ByteSize(parsing: "64 MB")?.bytes == 64 << 20 && ByteSize(parsing: "1g")?.bytes == 1 << 30)
    #expect(ByteSize(parsing: "104857600")?.bytes == 104_857_600 && ByteSize(parsing: "8kb")?.bytes == 8192)
    for text in ["", "MB", "-1", "1.5g", "3 parsecs", "99999999999g"] { #expect(ByteSize(parsing: text) == nil) }
  }
}
