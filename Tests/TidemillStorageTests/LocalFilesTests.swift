import Foundation
import ProcessTesting
import Testing
import TidemillFiles

@testable import TidemillStorage

/// A directory of the machine that goes with the test.
private final class TemporaryDirectory {
  let path: String

  init() throws {
    path = Paths.join(NSTemporaryDirectory(), "tidemill-storage-\(UUID().uuidString)")
    try LocalFileSystem().createDirectory(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A shell that locks a file as another process would, says so, and waits for its end.
private struct LockingProcess {
  let process = Process()
  private let output = Pipe()
  private let input = Pipe()

  init(_ path: String) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec 9<>\"$0\"; flock -n 9 || exit 1; echo $$ >&9; echo locked; read line", path]
    process.standardOutput = output
    process.standardInput = input
    try Children.start(process)
  }

  func waitUntilLocked() -> Bool { output.fileHandleForReading.availableData == Data("locked\n".utf8) }

  func kill() async throws {
    Foundation.kill(process.processIdentifier, SIGKILL)
    try await Children.end(of: process)
  }
}

@Suite struct LocalFilesTests {
  private let files = LocalFileSystem()

  @Test func localFilesKeepTheContract() throws {
    let directory = try TemporaryDirectory()
    let nested = Paths.join(directory.path, "a/b/c/")
    try files.createDirectory(nested)
    try files.createDirectory(nested)
    let path = Paths.join(nested, "one")
    let file = try files.openForAppending(path)
    try file.write([1, 2, 3])
    try file.write([])
    try file.write([4])
    try file.sync()
    #expect(try files.read(path) == [1, 2, 3, 4])
    #expect(try files.read(path, from: 1, count: 2) == [2, 3])
    #expect(try files.read(path, from: 3, count: 9) == [4])
    #expect(try files.read(path, from: 9, count: 9) == [])
    try files.truncate(path, to: 2)
    try file.write([5])
    try file.close()
    try file.close()
    #expect(try files.read(path) == [1, 2, 5])
    for name in ["z", "ä", "B", ".hidden"] { try files.create(Paths.join(nested, name)).close() }
    #expect(try files.names(in: nested) == [".hidden", "B", "one", "z", "ä"])
    try files.rename(path, to: Paths.join(nested, "z"))
    try files.syncDirectory(nested)
    #expect(!files.exists(path))
    #expect(try files.read(Paths.join(nested, "z")) == [1, 2, 5])
    try files.create(Paths.join(nested, "z")).close()
    #expect(try files.read(Paths.join(nested, "z")).isEmpty)
    try files.remove(Paths.join(nested, "z"))
    #expect(throws: FileError.self) { try file.write([1]) }
  }

  @Test func errorsNameThePathTheOperationAndTheReason() throws {
    let directory = try TemporaryDirectory()
    let path = Paths.join(directory.path, "missing")
    #expect {
      try files.read(path)
    } throws: { error in
      (error as? FileError)?.isNotFound == true && "\(error)" == "cannot read '\(path)': No such file or directory"
    }
    #expect(throws: FileError.self) { try files.names(in: path) }
    #expect(throws: FileError.self) { try files.rename(path, to: path + "2") }
    #expect(throws: FileError.self) { try files.remove(path) }
    #expect(throws: FileError.self) { try files.truncate(path, to: 0) }
    #expect(throws: FileError.self) { try files.syncDirectory(path) }
    try files.create(path).close()
    #expect(throws: FileError.self) { try files.createDirectory(path) }
    #expect(throws: FileError.self) { try files.createDirectory(Paths.join(path, "below")) }
  }

  #if os(Linux)
    @Test func aDiskThatIsReallyFullSaysSo() throws {
      let file = try files.openForAppending("/dev/full")
      #expect {
        try file.write([1])
      } throws: { ($0 as? FileError)?.isDiskFull == true }
    }

    @Test func aLockOfAnotherProcessIsRefusedAndDiesWithIt() async throws {
      let directory = try TemporaryDirectory()
      try Checkpoint.open(directory.path, identity: "q").close()
      let other = try LockingProcess(Paths.join(directory.path, "LOCK"))
      #expect(other.waitUntilLocked())
      let error = storageError { _ = try Checkpoint.open(directory.path, identity: "q") }
      #expect(error?.kind == .locked)
      #expect(error?.message.hasSuffix("is in use by process \(other.process.processIdentifier)") == true)
      try await other.kill()
      let checkpoint = try Checkpoint.open(directory.path, identity: "q")
      // And the other way round.
      let refused = try LockingProcess(Paths.join(directory.path, "LOCK"))
      #expect(try await Children.end(of: refused.process) == 1)
      try checkpoint.close()
    }
  #endif

  @Test func aSecondLockInThisProcessIsRefusedUntilTheFirstIsReleased() throws {
    let directory = try TemporaryDirectory()
    let path = Paths.join(directory.path, "LOCK")
    let lock = try FileLock(path)
    #expect {
      _ = try FileLock(path)
    } throws: { error in
      (error as? FileLockHeld)?.isThisProcess == true && "\(error)".contains("\(getpid())")
    }
    lock.release()
    lock.release()
    do { _ = try FileLock(path) }
    _ = try FileLock(path)
  }

  @Test func aReleasedLockIsFreeAlthoughAChildHasItsDescriptor() throws {
    let directory = try TemporaryDirectory()
    let path = Paths.join(directory.path, "LOCK")
    let lock = try FileLock(path)
    // What a fork does to every descriptor, until the child runs its own program.
    let inherited = try descriptors(of: path).map { dup($0) }
    defer { for descriptor in inherited { close(descriptor) } }
    #expect(inherited.count == 1)
    lock.release()
    _ = try FileLock(path)
  }

  /// This process's descriptors of the file at `path`.
  private func descriptors(of path: String) throws -> [Int32] {
    var file = stat()
    guard stat(path, &file) == 0 else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").compactMap { Int32($0) }.filter { descriptor in
      var open = stat()
      return fstat(descriptor, &open) == 0 && open.st_dev == file.st_dev && open.st_ino == file.st_ino
    }
  }

  @Test func aCheckpointOnTheMachinesFilesIsRecovered() throws {
    let directory = try TemporaryDirectory()
    let path = Paths.join(directory.path, "deep/job")
    do {
      let checkpoint = try Checkpoint.open(path, identity: "q")
      _ = try checkpoint.recover()
      for epoch: UInt64 in 1...5 {
        try checkpoint.append(record(epoch))
        try checkpoint.sync()
        if epoch % 2 == 0 {
          try checkpoint.startSegment()
          try checkpoint.writeSnapshot(epoch: epoch, sections: [("state", [UInt8(epoch)])])
        }
      }
      // Not closed: as if the process had gone on from here.
    }
    let recovery = try Checkpoint.open(path, identity: "q").recover()
    #expect(recovery.snapshotEpoch == 4)
    #expect(recovery.sections == ["state": [4]])
    #expect(recovery.records == [record(5)])
  }
}
