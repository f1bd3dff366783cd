#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system calls that files need: interrupted ones are taken up again, refusals become `FileError`.
enum Posix {
  /// macOS refuses to move more than 2 GiB at once.
  private static let mostAtOnce = 1 << 30

  static func open(
    _ path: String, _ flags: Int32, for operation: FileOperation
  ) throws(FileError) -> Int32 {
    let descriptor = try retrying(operation, path) { Int(systemOpen(path, flags | O_CLOEXEC, 0o666)) }
    return Int32(descriptor)
  }

  /// Closes; an interrupted close has closed on Linux and macOS, so it is never repeated.
  static func close(_ descriptor: Int32, _ path: String) throws(FileError) {
    if systemClose(descriptor) != 0, errno != EINTR { throw FileError(.close, path, code: errno) }
  }

  /// For where another error is already on its way.
  static func closeQuietly(_ descriptor: Int32) { _ = systemClose(descriptor) }

  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(mostAtOnce))
      let count = try retrying(.write, path) { systemWrite(descriptor, rest.baseAddress, rest.count) }
      if count == 0 { throw FileError(.write, path, code: EIO) }
      written += count
    }
  }

  /// Fills `buffer` from `offset` of the file; returns how much there was.
  static func read(
    into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int, _ path: String
  ) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...].prefix(mostAtOnce))
      let count = try retrying(.read, path) {
        pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  static func size(of descriptor: Int32, _ path: String) throws(FileError) -> Int {
    var status = stat()
    _ = try retrying(.read, path) { Int(fstat(descriptor, &status)) }
    return Int(status.st_size)
  }

  static func truncate(_ path: String, to length: Int) throws(FileError) {
    _ = try retrying(.truncate, path) { Int(systemTruncate(path, off_t(length))) }
  }

  /// Past the drive's own cache on macOS, where `fsync` stops short of it.
  static func sync(_ descriptor: Int32, for operation: FileOperation, _ path: String) throws(FileError) {
    #if canImport(Darwin)
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
      // Network and foreign file systems do not know it.
      _ = try retrying(operation, path) { Int(fsync(descriptor)) }
    #else
      _ = try retrying(operation, path) { Int(operation == .sync ? fdatasync(descriptor) : fsync(descriptor)) }
    #endif
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == S_IFDIR
  }

  /// Whether a directory was made; `false` if it was there.
  static func makeDirectory(_ path: String) throws(FileError) -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    let code = errno
    if isDirectory(path) { return false }
    throw FileError(.createDirectory, path, code: code)
  }

  static func rename(_ path: String, to newPath: String) throws(FileError) {
    if systemRename(path, newPath) != 0 { throw FileError(.rename, path, code: errno) }
  }

  static func remove(_ path: String) throws(FileError) {
    if systemRemove(path) != 0 { throw FileError(.remove, path, code: errno) }
  }

  static func names(in path: String) throws(FileError) -> [String] {
    guard let directory = opendir(path) else { throw FileError(.list, path, code: errno) }
    defer { closedir(directory) }
    // The name is read where it lies: a copied `dirent` would reach beyond a short entry.
    guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        if errno != 0 { throw FileError(.list, path, code: errno) }
        return names
      }
      let text = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
      let name = String(cString: text)
      if name != ".", name != ".." { names.append(name) }
    }
  }

  /// Takes the lock of an open file without waiting; `false` if another holds it.
  static func lock(_ descriptor: Int32, _ path: String) throws(FileError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw FileError(.lock, path, code: errno) }
    }
    return true
  }

  /// Gives up the lock of an open file for every descriptor of it, also one that a child has just inherited.
  static func unlock(_ descriptor: Int32) {
    while flock(descriptor, LOCK_UN) != 0, errno == EINTR {}
  }

  static var processIdentifier: Int32 { getpid() }

  private static func retrying(
    _ operation: FileOperation, _ path: String, _ call: () -> Int
  ) throws(FileError) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw FileError(operation, path, code: errno) }
    }
  }
}

// The C functions by names that the members of `Posix` do not hide.
private let systemOpen: @Sendable (String, Int32, mode_t) -> Int32 = { open($0, $1, $2) }
private let systemClose: @Sendable (Int32) -> Int32 = { close($0) }
private let systemWrite: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }
private let systemTruncate: @Sendable (String, off_t) -> Int32 = { truncate($0, $1) }
private let systemRename: @Sendable (String, String) -> Int32 = { rename($0, $1) }
private let systemRemove: @Sendable (String) -> Int32 = { remove($0) }
