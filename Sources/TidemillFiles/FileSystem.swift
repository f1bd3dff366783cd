/// The few file operations that durability rests on, behind one face, so that tests can fail before and after each of them.
///
/// Paths are plain strings. Everything throws `FileError`, which names the path, the operation and the system's reason.
public protocol FileSystem: Sendable {
  /// Creates the directory and its parents; fine if it is there.
  func createDirectory(_ path: String) throws

  /// Opens a file for appending, creating it; writes go to its end.
  func openForAppending(_ path: String) throws -> any WritableFile

  /// Creates a file, or empties the one that is there.
  func create(_ path: String) throws -> any WritableFile

  /// The whole content of a file, as it is when it is opened.
  func read(_ path: String) throws -> [UInt8]

  /// At most `count` bytes from `offset` on; fewer only where the file ends.
  func read(_ path: String, from offset: Int, count: Int) throws -> [UInt8]

  /// Atomically gives `path` the name `newPath`, replacing what is there.
  func rename(_ path: String, to newPath: String) throws

  /// Takes the name of a file away; durable only after `syncDirectory`.
  ///
  /// - Throws: `FileError`, also when there is no such file.
  func remove(_ path: String) throws

  /// Cuts a file to `length` bytes.
  func truncate(_ path: String, to length: Int) throws

  /// Makes names created, renamed or removed in a directory durable.
  func syncDirectory(_ path: String) throws

  /// Whether there is a file or a directory of that name; `false` as well if the system does not let it be known.
  func exists(_ path: String) -> Bool

  /// Whether there is a directory of that name; `false` as well if the system does not let it be known.
  func isDirectory(_ path: String) -> Bool

  /// The names in a directory, in byte order, without `.` and `..`.
  func names(in path: String) throws -> [String]
}

extension FileSystem {
  /// For file systems that can only list what is in a directory.
  public func isDirectory(_ path: String) -> Bool { (try? names(in: path)) != nil }

  /// For file systems that can only read whole files.
  public func read(_ path: String, from offset: Int, count: Int) throws -> [UInt8] {
    precondition(offset >= 0 && count >= 0, "a range of a file cannot begin before it or be negative")
    return Array(try read(path).dropFirst(offset).prefix(count))
  }
}

/// A file being written.
public protocol WritableFile: AnyObject, Sendable {
  /// Adds all of `bytes` at the end; not durable before `sync`.
  ///
  /// - Throws: `FileError`; some of the bytes may then have been written.
  func write(_ bytes: [UInt8]) throws
  /// The same for bytes in memory of any kind, which need only be there during the call.
  func write(_ bytes: UnsafeRawBufferPointer) throws
  /// Makes what was written durable (fdatasync).
  func sync() throws
  /// Gives the file back, without making anything durable; nothing else may be called afterwards.
  func close() throws
}

extension WritableFile {
  /// For files that only take arrays.
  public func write(_ bytes: UnsafeRawBufferPointer) throws { try write(Array(bytes)) }
}
