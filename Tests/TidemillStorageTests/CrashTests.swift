import Testing
import TidemillFiles
import TidemillStorage

/// A file system that says that it syncs and does not: jobs on it must be caught losing data.
private struct ForgetfulFileSystem: FileSystem {
  private final class ForgetfulFile: WritableFile {
    let file: any WritableFile
    init(_ file: any WritableFile) { self.file = file }
    func write(_ bytes: [UInt8]) throws { try file.write(bytes) }
    func sync() {}
    func close() throws { try file.close() }
  }

  let disk: SimulatedFileSystem
  func createDirectory(_ path: String) throws { try disk.createDirectory(path) }
  func openForAppending(_ path: String) throws -> any WritableFile { ForgetfulFile(try disk.openForAppending(path)) }
  func create(_ path: String) throws -> any WritableFile { ForgetfulFile(try disk.create(path)) }
  func read(_ path: String) throws -> [UInt8] { try disk.read(path) }
  func rename(_ path: String, to newPath: String) throws { try disk.rename(path, to: newPath) }
  func remove(_ path: String) throws { try disk.remove(path) }
  func truncate(_ path: String, to length: Int) throws { try disk.truncate(path, to: length) }
  func syncDirectory(_ path: String) throws { try disk.syncDirectory(path) }
  func exists(_ path: String) -> Bool { disk.exists(path) }
  func names(in path: String) throws -> [String] { try disk.names(in: path) }
}

@Suite struct CrashTests {
  @Test func nothingSyncedIsLostWhereverTheJobCrashes() throws {
    let reference = SimulatedFileSystem()
    try CheckedJob(reference).run()
    let count = reference.failPointCount
    var reached = reference.reachedFailPoints
    var deadly: Set<FailPoint> = []
    var runs = 0
    for point in 1...count {
      for variant in 0..<6 {
        let disk = SimulatedFileSystem(losesSectors: variant % 2 == 1)
        let job = CheckedJob(disk)
        try crashAndGoOn(job, on: disk, firstAt: point, seed: UInt64(point * 6 + variant))
        #expect(job.complaints.isEmpty, "first crash at \(point), variant \(variant)")
        reached.formUnion(disk.reachedFailPoints)
        deadly.formUnion(disk.deadlyFailPoints)
        runs += 1
      }
    }
    print("storage fail points: crashed at \(deadly.count) of \(reached.count) kinds, in \(runs) runs of \(count) points")
    for point in reached.map(\.description).sorted() { print("  \(point)") }
    let missed = reached.subtracting(deadly).map(\.description).sorted()
    #expect(missed.isEmpty)
    for operation in FileOperation.allCases where operation != .lock {
      #expect(reached.contains { $0.operation == operation }, "\(operation) never happened")
    }
  }

  @Test func aDiskThatForgetsIsCaught() throws {
    var complaints = 0
    for point in stride(from: 40, through: 200, by: 10) {
      let disk = SimulatedFileSystem()
      let job = CheckedJob(ForgetfulFileSystem(disk: disk))
      do {
        try crashAndGoOn(job, on: disk, firstAt: point, seed: UInt64(point))
        complaints += job.complaints.count
      } catch is StorageError {
        complaints += 1
      }
    }
    #expect(complaints > 0)
  }

  /// Crashes at one point, then some more times, also while recovering, until the job gets through.
  private func crashAndGoOn(_ job: CheckedJob, on disk: SimulatedFileSystem, firstAt point: Int, seed: UInt64) throws {
    var mixed = seed
    disk.crash(atFailPoint: point)
    for crash in 0..<6 {
      do {
        try job.run()
        break
      } catch is SimulatedCrash {
        mixed = mixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        if mixed >> 62 == 0 { disk.restart() } else { disk.crash(seed: mixed) }
        // Soon again, so that recoveries crash too.
        if crash < 4 { disk.crash(atFailPoint: Int(mixed >> 40) % 60 + 1) }
      }
    }
    disk.crash(atFailPoint: nil)
    try job.run()
  }
}
