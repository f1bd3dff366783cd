import Testing
import TidemillFiles

@testable import TidemillStorage

@Suite struct CheckpointTests {
  private let identity = "query\n  group by product\nsource json"

  private func open(_ disk: SimulatedFileSystem, _ identity: String? = nil) throws -> Checkpoint {
    try Checkpoint.open("job", identity: identity ?? self.identity, fileSystem: disk)
  }

  /// A job of 12 epochs with snapshots after 4, 8 and 12.
  private func run(_ disk: SimulatedFileSystem) throws {
    let checkpoint = try open(disk)
    #expect(try checkpoint.recover().isNew)
    for epoch: UInt64 in 1...12 {
      try checkpoint.append(record(epoch))
      try checkpoint.sync()
      if epoch % 4 == 0 {
        try checkpoint.startSegment()
        try checkpoint.writeSnapshot(epoch: epoch, sections: [("state", [UInt8(epoch)])])
      }
    }
    #expect(checkpoint.releasableEpoch == 8)
    try checkpoint.close()
  }

  private func flipSnapshot(_ epoch: UInt64, _ disk: SimulatedFileSystem) throws {
    try disk.flip(1, at: 50, of: "job/" + SnapshotFormat.name(epoch: epoch))
  }

  @Test func recoveryIsTheNewestSnapshotAndTheRecordsAfterIt() throws {
    let disk = SimulatedFileSystem()
    try run(disk)
    let first = try open(disk)
    #expect(try first.recover().lastEpoch == 12)
    try first.append(record(13))
    try first.close()
    let recovery = try open(disk).recover()
    #expect(recovery.snapshotEpoch == 12)
    #expect(recovery.sections == ["state": [12]])
    #expect(recovery.records == [record(13)])
    #expect(recovery.lastEpoch == 13)
    #expect(try disk.names(in: "job").count == 4)
  }

  @Test func aDamagedSnapshotIsReportedAndReplayedFromTheOneBefore() throws {
    let disk = SimulatedFileSystem()
    try run(disk)
    try flipSnapshot(12, disk)
    let recovery = try open(disk).recover()
    #expect(recovery.snapshotEpoch == 8)
    #expect(recovery.records.map(\.epoch) == [9, 10, 11, 12])
    #expect(recovery.damagedSnapshots.map(\.epoch) == [12])
    try flipSnapshot(8, disk)
    let error = storageError { _ = try open(disk).recover() }
    #expect(error?.kind == .incomplete)
    #expect(error?.message.contains("lacks epochs 1 to 8") == true)
  }

  @Test func theOnlySnapshotMayBeDamagedBecauseTheLogIsStillWhole() throws {
    let disk = SimulatedFileSystem()
    let checkpoint = try open(disk)
    _ = try checkpoint.recover()
    for epoch: UInt64 in 1...3 { try checkpoint.append(record(epoch)) }
    try checkpoint.startSegment()
    try checkpoint.writeSnapshot(epoch: 3, sections: [("state", [3])])
    try checkpoint.close()
    try flipSnapshot(3, disk)
    let recovery = try open(disk).recover()
    #expect(recovery.snapshotEpoch == 0)
    #expect(recovery.records.map(\.epoch) == [1, 2, 3])
  }

  @Test func aSnapshotWrittenWhileTheLogGoesOnLeavesTheLogBackToTheOneBefore() throws {
    let disk = SimulatedFileSystem()
    let checkpoint = try open(disk)
    _ = try checkpoint.recover()
    for epoch: UInt64 in 1...10 {
      try checkpoint.append(record(epoch))
      if epoch % 3 == 0 { try checkpoint.startSegment() }
      // The state after epochs 3 and 6, on the disk only an epoch later.
      if epoch == 4 || epoch == 7 { try checkpoint.writeSnapshot(epoch: epoch - 1, sections: [("state", [1])]) }
    }
    #expect(checkpoint.log.firstEpoch == 4)
    try checkpoint.close()
    try checkpoint.close()
    #expect(try open(disk).recover().records.map(\.epoch) == [7, 8, 9, 10])
    try flipSnapshot(6, disk)
    let recovery = try open(disk).recover()
    #expect(recovery.snapshotEpoch == 3)
    #expect(recovery.records.map(\.epoch) == [4, 5, 6, 7, 8, 9, 10])
  }

  @Test func aMissingSegmentIsAGap() throws {
    let disk = SimulatedFileSystem()
    try run(disk)
    try flipSnapshot(12, disk)
    let checkpoint = try open(disk)
    _ = try checkpoint.recover()
    try checkpoint.append(record(13))
    try checkpoint.startSegment()
    try checkpoint.append(record(14))
    try checkpoint.close()
    try disk.remove("job/" + SegmentFormat.name(firstEpoch: 9))
    let error = storageError { _ = try open(disk).recover() }
    #expect(error?.kind == .incomplete)
    #expect(error?.message.contains("lacks epochs 9 to 13") == true)
  }

  @Test func aSnapshotBeyondTheLogsEndIsGoneOnFrom() throws {
    let disk = SimulatedFileSystem()
    try run(disk)
    try disk.remove("job/" + SegmentFormat.name(firstEpoch: 9))
    let checkpoint = try open(disk)
    #expect(try checkpoint.recover().lastEpoch == 12)
    try checkpoint.append(record(13))
    try checkpoint.close()
    #expect(try open(disk).recover().records == [record(13)])
  }

  @Test func anotherQueryIsRefusedWithTheFirstDifferentLine() throws {
    let disk = SimulatedFileSystem()
    try open(disk).close()
    try open(disk, identity + "\n").close()
    let error = storageError { _ = try open(disk, "query\n  group by region\nsource json") }
    let difference = IdentityDifference(line: 2, stored: "  group by product", given: "  group by region")
    #expect(error?.kind == .otherIdentity(difference))
    #expect(error?.message.contains("line 2 is '  group by product' there and '  group by region' here") == true)
    #expect(
      storageError { _ = try open(disk, "query") }?.kind
        == .otherIdentity(IdentityDifference(line: 2, stored: "  group by product", given: nil)))
    #expect(
      storageError { _ = try open(disk, identity + "\nmore") }?.kind
        == .otherIdentity(IdentityDifference(line: 4, stored: nil, given: "more")))
  }

  @Test func aDirectoryOfSomebodyElseIsLeftAlone() throws {
    let disk = SimulatedFileSystem()
    try disk.createDirectory("job")
    try disk.create("job/letter.txt").close()
    let error = storageError { _ = try open(disk) }
    #expect(error?.kind == .notACheckpoint)
    #expect(error?.message.contains("letter.txt") == true)
    #expect(try disk.names(in: "job") == ["letter.txt"])
  }

  @Test func aCheckpointWithoutIdentityIsRefused() throws {
    let disk = SimulatedFileSystem()
    try run(disk)
    try disk.remove("job/identity")
    let error = storageError { _ = try open(disk) }
    #expect(error?.kind == .notACheckpoint)
    #expect(error?.message.contains("identity") == true)
  }

  @Test func newerAndUnreadableIdentitiesAreToldApart() throws {
    for (text, kind) in [("tidemill checkpoint 2\nq\n", StorageError.Kind.newerFormat), ("hello", .damaged)] {
      let disk = SimulatedFileSystem()
      try disk.createDirectory("job")
      try disk.create("job/identity").write(Array(text.utf8))
      #expect(storageError { _ = try open(disk, "q") }?.kind == kind)
    }
  }

  @Test func theIdentityFileIsReadable() throws {
    let disk = SimulatedFileSystem()
    try open(disk).close()
    let text = String(decoding: try disk.read("job/identity"), as: UTF8.self)
    #expect(text == "tidemill checkpoint 1\nquery\n  group by product\nsource json\n")
  }

  @Test func withoutADirectoryNothingIsKept() throws {
    let store: any CheckpointStore = .none
    #expect(try store.recover().isNew)
    try store.append(record(1))
    try store.sync()
    try store.writeSnapshot(epoch: 1, sections: [("state", [1])])
    #expect(!store.isDurable)
    #expect(store.releasableEpoch == 1)
    #expect(try store.recover().isNew)
  }
}
