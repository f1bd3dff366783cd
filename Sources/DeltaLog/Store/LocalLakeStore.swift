import Synchronization
import TidemillFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A directory of the machine. Files get their names only when their content is durable, and names are durable, too.
package final class LocalLakeStore: LakeStore {
  private let root: String
  private let files = LocalFileSystem()
  /// Numbers the files that have no name of their own yet.
  private let unnamed = Mutex<UInt64>(0)

  /// - Parameter root: made with the first file that is put.
  package init(root: String) { self.root = Paths.normalize(root) }

  package var description: String { root }

  private func full(_ path: String) -> String { path.isEmpty ? root : Paths.join(root, path) }

  package func list(_ directory: String, after name: String?, recursive: Bool) throws(LakeStoreError) -> [LakeFile] {
    try translating("list", directory) {
      var found: [LakeFile] = []
      try list(directory, recursive: recursive, into: &found)
      if let name {
        let first = directory.isEmpty ? name : Paths.join(directory, name)
        found.removeAll { !Paths.inByteOrder(first, $0.path) }
      }
      return found.sorted { Paths.inByteOrder($0.path, $1.path) }
    }
  }

  private func list(_ directory: String, recursive: Bool, into found: inout [LakeFile]) throws {
    let names: [String]
    do { names = try files.names(in: full(directory)) } catch let error as FileError where error.isNotFound { return }
    for name in names {
      let path = directory.isEmpty ? name : Paths.join(directory, name)
      var status = stat()
      // Gone since it was listed: as if it had never been.
      guard stat(full(path), &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        if recursive { try list(path, recursive: true, into: &found) }
      } else {
        #if canImport(Darwin)
          let time = status.st_mtimespec
        #else
          let time = status.st_mtim
        #endif
        found.append(
          LakeFile(
            path: path, size: Int(status.st_size), modified: Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000))
      }
    }
  }

  package func read(_ path: String) throws(LakeStoreError) -> [UInt8] {
    try translating("read", path) { try files.read(full(path)) }
  }

  package func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) {
    try translating("write", path) {
      let target = full(path)
      try files.createDirectory(Paths.parent(of: target))
      let draft = try writeDraft(of: target, bytes)
      do { try files.rename(draft, to: target) } catch {
        try? files.remove(draft)
        throw error
      }
      try files.syncDirectory(Paths.parent(of: target))
    }
  }

  package func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) -> Bool {
    try translating("write", path) {
      let target = full(path)
      if files.exists(target) { return false }
      try files.createDirectory(Paths.parent(of: target))
      let draft = try writeDraft(of: target, bytes)
      defer { try? files.remove(draft) }
      // A second name is given only where there is none: the one step in which writers meet.
      if link(draft, target) != 0 {
        if errno == EEXIST { return false }
        throw FileError(.rename, target, code: errno)
      }
      try files.syncDirectory(Paths.parent(of: target))
      return true
    }
  }

  package func delete(_ path: String) throws(LakeStoreError) {
    try translating("remove", path) {
      do { try files.remove(full(path)) } catch let error as FileError where error.isNotFound {}
    }
  }

  /// What files without a name of their own are called by: hidden, and no reader takes one for the table's.
  package static let unnamedPrefix = ".tidemill-"

  private func writeDraft(of target: String, _ bytes: UnsafeRawBufferPointer) throws -> String {
    let number = unnamed.withLock { number in
      number += 1
      return number
    }
    let draft = Paths.join(
      Paths.parent(of: target),
      "\(Self.unnamedPrefix)\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16))-\(number)")
    let file = try files.create(draft)
    do {
      try file.write(bytes)
      try file.sync()
      try file.close()
    } catch {
      try? file.close()
      try? files.remove(draft)
      throw error
    }
    return draft
  }

  private func translating<Result>(
    _ operation: String, _ path: String, _ work: () throws -> Result
  ) throws(LakeStoreError) -> Result {
    do { return try work() } catch let error as FileError {
      throw LakeStoreError(
        error.isNotFound ? .notFound : error.isRetryable ? .passing : .lasting, operation, full(path), error.reason)
    } catch {
      throw LakeStoreError(.lasting, operation, full(path), "\(error)")
    }
  }
}
