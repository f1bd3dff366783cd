#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine's own files.
public struct LocalFileSystem: FileSystem {
  /// Access to the files that this process may reach; it holds nothing open.
  public init() {}

  /// The names of new directories are durable when this returns.
  public func createDirectory(_ path: String) throws {
    let path = Paths.normalize(path)
    if Posix.isDirectory(path) { return }
    let parent = Paths.parent(of: path)
    if parent != path { try createDirectory(parent) }
    if try Posix.makeDirectory(path) { try syncDirectory(parent) }
  }

  public func openForAppending(_ path: String) throws -> any WritableFile {
    LocalFile(try Posix.open(path, O_WRONLY | O_CREAT | O_APPEND, for: .open), path)
  }

  public func create(_ path: String) throws -> any WritableFile {
    LocalFile(try Posix.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, for: .create), path)
  }

  public func read(_ path: String) throws -> [UInt8] { try read(path, from: 0, count: .max) }

  public func read(_ path: String, from offset: Int, count: Int) throws -> [UInt8] {
    precondition(offset >= 0 && count >= 0, "a range of a file cannot begin before it or be negative")
    let descriptor = try Posix.open(path, O_RDONLY, for: .read)
    defer { Posix.closeQuietly(descriptor) }
    // What is appended meanwhile is not part of the answer.
    let there = max(0, try Posix.size(of: descriptor, path) - offset)
    return try [UInt8](unsafeUninitializedCapacity: min(count, there)) { buffer, filled in
      filled = try Posix.read(
        into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<min(count, there)]),
        from: descriptor, at: offset, path)
    }
  }

  public func rename(_ path: String, to newPath: String) throws { try Posix.rename(path, to: newPath) }

  public func remove(_ path: String) throws { try Posix.remove(path) }

  public func truncate(_ path: String, to length: Int) throws { try Posix.truncate(path, to: length) }

  public func syncDirectory(_ path: String) throws {
    let descriptor = try Posix.open(path, O_RDONLY | O_DIRECTORY, for: .syncDirectory)
    defer { Posix.closeQuietly(descriptor) }
    do {
      try Posix.sync(descriptor, for: .syncDirectory, path)
    } catch {
      // Some file systems keep names durable by themselves and refuse to be asked.
      if error.code != EINVAL, error.code != ENOTSUP { throw error }
    }
  }

  public func exists(_ path: String) -> Bool { Posix.exists(path) }

  public func isDirectory(_ path: String) -> Bool { Posix.isDirectory(path) }

  public func names(in path: String) throws -> [String] {
    try Posix.names(in: path).sorted(by: Paths.inByteOrder)
  }
}
