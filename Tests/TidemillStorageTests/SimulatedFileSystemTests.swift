import Testing
import TidemillFiles

@Suite struct SimulatedFileSystemTests {
  @Test func onlyPrefixesOfUnsyncedBytesSurvive() throws {
    var lengths: Set<Int> = []
    for seed: UInt64 in 0..<100 {
      let disk = SimulatedFileSystem()
      let file = try disk.create("a")
      try disk.syncDirectory(".")
      try file.write([1, 2, 3])
      try file.sync()
      try file.write([4, 5])
      try file.write([6])
      #expect(try disk.read("a") == [1, 2, 3, 4, 5, 6])
      disk.crash(seed: seed)
      let left = try disk.read("a")
      #expect(left.count >= 3 && left == Array([1, 2, 3, 4, 5, 6].prefix(left.count)))
      lengths.insert(left.count)
    }
    #expect(lengths == [3, 4, 5, 6])
  }

  @Test func namesSurviveForCertainOnlyWhenTheirDirectoryIsSynced() throws {
    var outcomes: Set<[String]> = []
    for seed: UInt64 in 0..<60 {
      let disk = SimulatedFileSystem()
      try disk.create("old").close()
      try disk.syncDirectory(".")
      try disk.create("new").close()
      try disk.rename("old", to: "renamed")
      disk.crash(seed: seed)
      outcomes.insert(try disk.names(in: "."))
    }
    #expect(outcomes == [["old"], ["new", "old"], ["renamed"], ["new", "renamed"]])
  }

  @Test func afterACrashEverythingOfTheOldProcessIsDead() throws {
    let disk = SimulatedFileSystem()
    let file = try disk.create("a")
    disk.crash(atFailPoint: 2)
    #expect(throws: SimulatedCrash(at: FailPoint(.write, "a", .after))) { try file.write([1]) }
    #expect(throws: SimulatedCrash.self) { try disk.remove("a") }
    disk.restart()
    #expect(throws: SimulatedCrash.self) { try file.write([2]) }
    #expect(try disk.read("a") == [1])
    #expect(disk.deadlyFailPoints == [FailPoint(.write, "a", .after)])
  }

  @Test func aFullDiskTakesWhatFitsAndRoomComesBack() throws {
    let disk = SimulatedFileSystem()
    let file = try disk.create("a")
    disk.setRoom(2)
    #expect {
      try file.write([1, 2, 3])
    } throws: { ($0 as? FileError)?.isDiskFull == true }
    #expect(try disk.read("a") == [1, 2])
    try disk.truncate("a", to: 0)
    try file.write([4, 5])
    #expect(try disk.read("a") == [4, 5])
  }

  @Test func aHookMayRefuseAnOperationWithoutKillingTheProcess() throws {
    let disk = SimulatedFileSystem()
    disk.onFailPoint { point in
      if point == FailPoint(.rename, "part-#.json", .before) { throw FileError(.rename, "part", code: 5) }
    }
    try disk.create("part-0012.json").close()
    #expect(throws: FileError.self) { try disk.rename("part-0012.json", to: "x") }
    #expect(disk.exists("part-0012.json"))
  }

  @Test func theSameSeedLeavesTheSameDisk() throws {
    func left(_ seed: UInt64) throws -> [[UInt8]] {
      let disk = SimulatedFileSystem(losesSectors: true)
      for name in ["a", "b", "c"] {
        let file = try disk.create(name)
        for _ in 0..<5 { try file.write(Array(repeating: 1, count: 700)) }
      }
      disk.crash(seed: seed)
      return try disk.names(in: ".").map { try disk.read($0) }
    }
    for seed: UInt64 in 0..<20 { #expect(try left(seed) == left(seed)) }
  }
}
