import Testing
import TidemillFiles

@testable import TidemillStorage

@Suite struct EpochLogTests {
  @Test func recordsComeBackInOrderFromAnyEpoch() throws {
    let disk = try emptyDisk()
    var expected: [EpochRecord] = []
    let log = try EpochLog("log", fileSystem: disk)
    for epoch: UInt64 in 1...9 {
      for kind: UInt8 in 0..<3 {
        expected.append(record(epoch, kind: kind, size: Int(epoch) * 7 * Int(kind)))
        try log.append(expected[expected.count - 1])
      }
      if epoch % 3 == 0 { try log.startSegment() }
    }
    try log.close()
    let reopened = try EpochLog("log", fileSystem: disk)
    #expect(reopened.lastEpoch == 9)
    #expect(reopened.firstEpoch == 1)
    #expect(reopened.cutTail == nil)
    for epoch: UInt64 in 1...10 {
      #expect(try reopened.records(from: epoch) == expected.filter { $0.epoch >= epoch })
    }
    #expect(try disk.segments().count == 3)
  }

  @Test func discardRemovesOnlySegmentsThatAreWholeBeforeTheEpoch() throws {
    let disk = try emptyDisk()
    let log = try EpochLog("log", fileSystem: disk)
    for first: UInt64 in [1, 4, 7] {
      try log.appendAndSync(first...first + 2)
      try log.startSegment()
    }
    try log.discard(before: 4)
    #expect(log.firstEpoch == 4)
    try log.discard(before: 6)
    #expect(log.firstEpoch == 4)
    try log.discard(before: 100)
    #expect(log.firstEpoch == 7)
    #expect(try log.records(from: 1).map(\.epoch) == [7, 8, 9])
    try log.appendAndSync(10...10)
    #expect(try EpochLog("log", fileSystem: disk).lastEpoch == 10)
  }

  @Test func aFullDiskLeavesTheLogAsItWasAndTheAppendCanBeTriedAgain() throws {
    for room in 0..<90 {
      for emptyBefore in [true, false] {
        let disk = try emptyDisk()
        let log = try EpochLog("log", fileSystem: disk)
        if !emptyBefore { try log.appendAndSync(1...2) }
        let next: UInt64 = emptyBefore ? 1 : 3
        disk.setRoom(room)
        #expect {
          try log.append(record(next, size: 100))
        } throws: { error in
          (error as? FileError)?.isDiskFull == true && (error as? FileError)?.isRetryable == true
        }
        #expect(log.lastEpoch == next - 1)
        disk.setRoom(nil)
        try log.append(record(next, size: 100))
        try log.sync()
        #expect(try log.records(from: 1).map(\.epoch) == Array(1...next))
        disk.crash(seed: UInt64(room))
        let reopened = try EpochLog("log", fileSystem: disk)
        #expect(reopened.lastEpoch == next)
        #expect(reopened.cutTail == nil)
      }
    }
  }

  @Test func afterAFailedSyncTheLogTrustsOnlyWhatWasDurableBefore() throws {
    let disk = try emptyDisk()
    let log = try EpochLog("log", fileSystem: disk)
    try log.appendAndSync(1...2)
    try log.append(record(3))
    disk.onFailPoint { point in
      if point.operation == .sync, point.moment == .before { throw FileError(.sync, "epochs", code: 5) }
    }
    #expect(storageError { try log.sync() }?.kind == .failed)
    disk.onFailPoint(nil)
    #expect(storageError { try log.append(record(4)) }?.kind == .failed)
    #expect(storageError { try log.sync() }?.kind == .failed)
    #expect(log.lastDurableEpoch == 2)
    let reopened = try EpochLog("log", fileSystem: disk)
    #expect(reopened.lastEpoch == 2)
  }

  @Test func whatAReaderSawAfterTheProcessDiedSurvivesALaterPowerLoss() throws {
    for seed: UInt64 in 0..<50 {
      let disk = try emptyDisk(losesSectors: true)
      let log = try EpochLog("log", fileSystem: disk)
      try log.appendAndSync(1...2)
      // Half of the times in a segment whose name is not durable either.
      if seed % 2 == 0 { try log.startSegment() }
      for epoch: UInt64 in 3...5 { try log.append(record(epoch, size: 400)) }
      disk.restart()
      #expect(try EpochLog("log", fileSystem: disk).lastEpoch == 5)
      disk.crash(seed: seed)
      #expect(try EpochLog("log", fileSystem: disk).lastEpoch == 5)
    }
  }

  @Test func aRecordInsideAPayloadIsNotTakenForARecordOfTheLog() throws {
    let disk = try emptyDisk()
    let log = try EpochLog("log", fileSystem: disk)
    try log.appendAndSync(1...1)
    let path = "log/" + (try disk.segments()[0])
    let inner = record(2).encoded(firstEpoch: 1, offset: 500, durable: 400)
    let outer = EpochRecord(epoch: 2, kind: 0, payload: inner + inner)
    try log.append(outer)
    disk.restart()
    let whole = try disk.read(path)
    // The outer record is torn in the second half of its payload; the first inner one is whole.
    try disk.truncate(path, to: whole.count - 20)
    let reopened = try EpochLog("log", fileSystem: disk)
    #expect(reopened.lastEpoch == 1)
    #expect(reopened.cutTail?.byteCount == 32 + outer.payload.count + 8 - 20)
  }
}
