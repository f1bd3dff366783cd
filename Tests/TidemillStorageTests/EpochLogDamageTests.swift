import Testing
import TidemillFiles

@testable import TidemillStorage

@Suite struct EpochLogDamageTests {
  /// Two segments: epochs 1 to 2, and 3 to 6 of which 3, 4 and 5+6 were synced one after the other.
  private func write(_ disk: SimulatedFileSystem) throws -> [EpochRecord] {
    let log = try EpochLog("log", fileSystem: disk)
    try log.appendAndSync(1...2)
    try log.startSegment()
    for epochs: ClosedRange<UInt64> in [3...3, 4...4, 5...6] { try log.appendAndSync(epochs) }
    return try log.records(from: 1)
  }

  @Test func everyFlippedByteIsAnErrorOrCutsTheLastUnwitnessedRecords() throws {
    var refused = 0
    var cut = 0
    let names = try { () throws -> [(String, Int)] in
      let disk = try emptyDisk()
      _ = try write(disk)
      return try disk.segments().map { ($0, try disk.read("log/\($0)").count) }
    }()
    for (segment, (name, length)) in names.enumerated() {
      for offset in 0..<length {
        for mask: UInt8 in [0x01, 0x80, 0xFF] {
          let disk = try emptyDisk()
          let written = try write(disk)
          try disk.flip(mask, at: offset, of: "log/\(name)")
          do {
            let log = try EpochLog("log", fileSystem: disk)
            let read = try log.records(from: 1)
            #expect(read == Array(written.prefix(read.count)))
            #expect(segment == 1 && read.count >= 4, "byte \(offset) of \(name)")
            #expect(log.cutTail != nil)
            cut += 1
          } catch let error as StorageError {
            #expect(error.kind == .damaged)
            #expect(error.message.contains(name) && error.message.contains("byte"))
            refused += 1
          }
        }
      }
    }
    #expect(refused > 0 && cut > 0)
  }

  @Test func aTruncatedSegmentIsDamageUnlessItIsTheLast() throws {
    let disk = try emptyDisk()
    let written = try write(disk)
    let names = try disk.segments()
    let last = try disk.read("log/\(names[1])").count
    for length in stride(from: last, through: 0, by: -1) {
      try disk.truncate("log/\(names[1])", to: length)
      let read = try EpochLog("log", fileSystem: disk).records(from: 1)
      #expect(read == Array(written.prefix(read.count)))
      if !disk.exists("log/\(names[1])") { break }
    }
    _ = try EpochLog("log", fileSystem: disk)
    let other = try emptyDisk()
    _ = try write(other)
    try other.truncate("log/\(names[0])", to: try other.read("log/\(names[0])").count - 1)
    #expect(storageError { _ = try EpochLog("log", fileSystem: other) }?.kind == .damaged)
  }

  @Test func bytesThatAreNoLogAreRefusedOrCutAndNeverTrap() throws {
    for seed in 0..<200 {
      let disk = try emptyDisk()
      let file = try disk.create("log/epochs-00000000000000000001.log")
      var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
      var bytes = seed % 2 == 0 ? [] : Segment.header(firstEpoch: 1)
      for _ in 0..<(seed * 3) {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        bytes.append(UInt8(truncatingIfNeeded: state >> 56))
      }
      try file.write(bytes)
      try file.close()
      let log = try EpochLog("log", fileSystem: disk)
      #expect(log.lastEpoch == 0)
      #expect(try log.records(from: 1).isEmpty)
    }
  }

  @Test func aSegmentOfANewerFormatIsNamedAsSuch() throws {
    let disk = try emptyDisk()
    var bytes = Array("TMEPOCHS".utf8)
    bytes.append(littleEndian: UInt32(2))
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt64(1))
    bytes.append(littleEndian: Checksum.of(bytes))
    let file = try disk.create("log/epochs-00000000000000000001.log")
    try file.write(bytes)
    let error = storageError { _ = try EpochLog("log", fileSystem: disk) }
    #expect(error?.kind == .newerFormat)
  }
}
