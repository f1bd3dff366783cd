import TidemillFiles

@testable import TidemillStorage

/// A payload that names its epoch, so that a record in the wrong place is seen.
func record(_ epoch: UInt64, kind: UInt8 = 1, size: Int = 10) -> EpochRecord {
  EpochRecord(epoch: epoch, kind: kind, payload: (0..<size).map { UInt8(truncatingIfNeeded: Int(epoch) * 31 + $0) })
}

/// A simulated file system with an empty directory `log`.
func emptyDisk(losesSectors: Bool = false) throws -> SimulatedFileSystem {
  let disk = SimulatedFileSystem(losesSectors: losesSectors)
  try disk.createDirectory("log")
  return disk
}

extension SimulatedFileSystem {
  /// The log's segments, in order.
  func segments() throws -> [String] {
    try names(in: "log").filter { $0.hasPrefix("epochs-") }
  }
}

extension EpochLog {
  func appendAndSync(_ epochs: ClosedRange<UInt64>) throws {
    for epoch in epochs { try append(record(epoch)) }
    try sync()
  }
}

/// The error of kind `kind` that `body` throws, or `nil`.
func storageError(_ body: () throws -> Void) -> StorageError? {
  do {
    try body()
    return nil
  } catch {
    return error as? StorageError
  }
}
