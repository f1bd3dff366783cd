import Testing
import TidemillFiles

@testable import TidemillStorage

@Suite struct SnapshotStoreTests {
  private let sections: [(String, [UInt8])] = [
    ("clock", [1, 2, 3]), ("empty", []), ("state/größe", Array(repeating: 9, count: 300)),
  ]

  @Test func sectionsComeBackByName() throws {
    let disk = try emptyDisk()
    let store = try SnapshotStore("log", fileSystem: disk)
    #expect(try store.loadLatest() == nil)
    try store.write(epoch: 7, sections: sections)
    let loaded = try #require(try SnapshotStore("log", fileSystem: disk).loadLatest())
    #expect(loaded.epoch == 7)
    #expect(loaded.sections == Dictionary(uniqueKeysWithValues: sections))
  }

  @Test func partsOfASectionComeBackJoined() throws {
    let disk = try emptyDisk()
    let store = try SnapshotStore("log", fileSystem: disk)
    let file = store.begin(epoch: 3)
    #expect(try disk.names(in: "log").isEmpty, "nothing is there before there is something to write")
    for (name, content) in [("a", [1, 2]), ("b", [9]), ("a", []), ("a", [3])] as [(String, [UInt8])] {
      try file.write(content, to: name)
    }
    #expect(try store.loadLatest() == nil, "what is being written does not count")
    try store.finish(file)
    #expect(try store.loadLatest()?.sections == ["a": [1, 2, 3], "b": [9]])
    let abandoned = store.begin(epoch: 4)
    try abandoned.write([1], to: "a")
    abandoned.abandon()
    #expect(try disk.names(in: "log") == [SnapshotFormat.name(epoch: 3)])
  }

  @Test func aSnapshotOfTheFirstVersionIsRead() throws {
    let disk = try emptyDisk()
    try SnapshotStore("log", fileSystem: disk).write(epoch: 7, sections: sections)
    let path = "log/" + SnapshotFormat.name(epoch: 7)
    var bytes = try disk.read(path)
    // Then the header held the number of parts.
    var header = SnapshotFormat.magic
    header.append(littleEndian: UInt32(1))
    header.append(littleEndian: UInt32(sections.count))
    header.append(littleEndian: UInt64(7))
    header.append(littleEndian: Checksum.of(header))
    bytes.replaceSubrange(0..<SnapshotFormat.headerLength, with: header)
    var headers = header
    var offset = SnapshotFormat.headerLength
    for (name, content) in sections {
      let length = SnapshotFormat.partHeaderLength + name.utf8.count + 8
      headers += bytes[offset..<offset + length]
      offset += length + content.count
    }
    var trailer: [UInt8] = []
    trailer.append(littleEndian: Checksum.of(headers))
    bytes.replaceSubrange(offset..<offset + 8, with: trailer)
    try disk.create(path).write(bytes)
    let loaded = try SnapshotStore("log", fileSystem: disk).loadLatest()
    #expect(loaded?.sections == Dictionary(uniqueKeysWithValues: sections))
  }

  @Test func aWrittenSnapshotSurvivesAPowerLoss() throws {
    for seed: UInt64 in 0..<30 {
      let disk = try emptyDisk()
      try SnapshotStore("log", fileSystem: disk).write(epoch: 7, sections: sections)
      disk.crash(seed: seed)
      #expect(try SnapshotStore("log", fileSystem: disk).loadLatest()?.epoch == 7)
    }
  }

  @Test func onlyTheLastTwoAreKept() throws {
    let disk = try emptyDisk()
    let store = try SnapshotStore("log", fileSystem: disk)
    for epoch: UInt64 in [2, 4, 9, 12] { try store.write(epoch: epoch, sections: sections) }
    #expect(try store.epochs() == [9, 12])
    #expect(try disk.names(in: "log").count == 2)
  }

  @Test func everyFlippedByteOfTheNewestMakesTheOlderOneCount() throws {
    let disk = try emptyDisk()
    let store = try SnapshotStore("log", fileSystem: disk)
    try store.write(epoch: 1, sections: [("clock", [1])])
    try store.write(epoch: 2, sections: sections)
    let path = "log/" + SnapshotFormat.name(epoch: 2)
    for offset in 0..<(try disk.read(path).count) {
      try disk.flip(0x10, at: offset, of: path)
      let reopened = try SnapshotStore("log", fileSystem: disk)
      #expect(try reopened.loadLatest()?.epoch == 1, "byte \(offset)")
      #expect(reopened.damaged.map(\.epoch) == [2])
      try disk.flip(0x10, at: offset, of: path)
    }
    #expect(try SnapshotStore("log", fileSystem: disk).loadLatest()?.epoch == 2)
  }

  @Test func aSnapshotOfAnyOtherLengthIsDamaged() throws {
    let disk = try emptyDisk()
    try SnapshotStore("log", fileSystem: disk).write(epoch: 2, sections: sections)
    let path = "log/" + SnapshotFormat.name(epoch: 2)
    let length = try disk.read(path).count
    try disk.truncate(path, to: length + 1)
    for shorter in stride(from: length + 1, through: 0, by: -1) where shorter != length {
      try disk.truncate(path, to: shorter)
      let store = try SnapshotStore("log", fileSystem: disk)
      #expect(try store.loadLatest() == nil)
      #expect(store.damaged.count == 1)
    }
  }

  @Test func aDamagedSnapshotDoesNotPushOutAGoodOne() throws {
    let disk = try emptyDisk()
    let store = try SnapshotStore("log", fileSystem: disk)
    for epoch: UInt64 in [5, 10] { try store.write(epoch: epoch, sections: sections) }
    try disk.flip(1, at: 40, of: "log/" + SnapshotFormat.name(epoch: 10))
    #expect(try store.loadLatest()?.epoch == 5)
    try store.write(epoch: 15, sections: sections)
    #expect(try store.epochs() == [5, 15])
    #expect(try disk.names(in: "log").count == 2)
  }

  @Test func aFullDiskLeavesTheFormerSnapshotAndNoRemains() throws {
    for room in stride(from: 0, to: 440, by: 20) {
      let disk = try emptyDisk()
      let store = try SnapshotStore("log", fileSystem: disk)
      try store.write(epoch: 1, sections: sections)
      disk.setRoom(room)
      #expect {
        try store.write(epoch: 2, sections: sections)
      } throws: { ($0 as? FileError)?.isDiskFull == true }
      #expect(try disk.names(in: "log") == [SnapshotFormat.name(epoch: 1)])
      disk.setRoom(nil)
      try store.write(epoch: 2, sections: sections)
      #expect(try store.loadLatest()?.epoch == 2)
    }
  }
}

extension SnapshotStore {
  /// Writes a snapshot whose sections are one part each.
  fileprivate func write(epoch: UInt64, sections: [(String, [UInt8])]) throws {
    let file = begin(epoch: epoch)
    do {
      for (name, content) in sections { try file.write(content, to: name) }
      try finish(file)
    } catch {
      file.abandon()
      throw error
    }
  }
}
