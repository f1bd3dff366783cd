import Synchronization
import TidemillFiles

/// A snapshot while it is written, under a name that means nothing after a crash. Its file is made by the first part.
///
/// Each part is summed and written where it lies, not copied.
public final class SnapshotFile: Sendable {
  private struct State: Sendable {
    var file: (any WritableFile)?
    /// The headers so far, which the trailer sums.
    var headers: [UInt8] = []
    var partCount = 0
  }

  /// The epoch after which the state was this.
  public let epoch: UInt64
  private let path: String
  private let fileSystem: any FileSystem
  private let state = Mutex(State())

  init(_ path: String, epoch: UInt64, fileSystem: any FileSystem) {
    self.path = path
    self.epoch = epoch
    self.fileSystem = fileSystem
  }

  private var temporary: String { path + CheckpointFormat.temporarySuffix }

  /// Adds a part to a section.
  ///
  /// - Throws: `FileError`; the snapshot can then only be abandoned.
  public func write(_ bytes: [UInt8], to section: String) throws {
    try state.withLock { state in
      let file = try open(&state)
      let header = Self.header(
        section, bytes, seed: SnapshotFormat.seed(epoch: epoch, part: state.partCount))
      state.partCount += 1
      state.headers.append(contentsOf: header)
      try file.write(header)
      try file.write(bytes)
    }
  }

  /// Writes the end, makes all of it durable and gives the file its name, whose durability is the caller's.
  func publish() throws {
    do {
      try state.withLock { state in
        let file = try open(&state)
        var trailer: [UInt8] = []
        trailer.append(littleEndian: Checksum.of(state.headers))
        trailer.append(contentsOf: SnapshotFormat.endMagic)
        try file.write(trailer)
        try file.sync()
        try file.close()
        try fileSystem.rename(temporary, to: path)
        state.file = nil
      }
    } catch {
      abandon()
      throw error
    }
  }

  /// Removes what was written; fine if nothing was, or if that has been done.
  public func abandon() {
    state.withLock { state in
      guard let file = state.file else { return }
      state.file = nil
      try? file.close()
      try? fileSystem.remove(temporary)
    }
  }

  private func open(_ state: inout State) throws -> any WritableFile {
    if let file = state.file { return file }
    let file = try fileSystem.create(temporary)
    state.file = file
    state.headers = SnapshotFormat.magic
    state.headers.append(littleEndian: SnapshotFormat.version)
    state.headers.append(littleEndian: UInt32(0))
    state.headers.append(littleEndian: epoch)
    state.headers.append(littleEndian: Checksum.of(state.headers))
    try file.write(state.headers)
    return file
  }

  private static func header(_ section: String, _ content: [UInt8], seed: UInt64) -> [UInt8] {
    precondition(section.utf8.count <= SnapshotFormat.longestName, "a section's name has more than 255 bytes")
    var header: [UInt8] = []
    header.append(littleEndian: UInt32(section.utf8.count))
    header.append(littleEndian: UInt32(0))
    header.append(littleEndian: UInt64(content.count))
    header.append(littleEndian: Checksum.of(content))
    header.append(contentsOf: section.utf8)
    header.append(littleEndian: Checksum.of(header, seed: seed))
    return header
  }
}
