import TidemillColumns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system says of a file.
struct FileStatus: Hashable, Sendable {
  enum Kind: Sendable { case regular, directory, other }

  var kind: Kind
  var size: Int
  /// Nanoseconds since 1970.
  var modified: Int64
  /// With the device it says which file it is, under whatever path.
  var inode: UInt64
  var device: UInt64
  /// When anything of it, its bytes or what is said of it, last changed: nanoseconds since 1970. Nobody can set it back.
  var changed: Int64

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    default: kind = .other
    }
    size = Int(status.st_size)
    inode = UInt64(status.st_ino)
    device = UInt64(truncatingIfNeeded: status.st_dev)
    #if canImport(Darwin)
      let (time, change) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (time, change) = (status.st_mtim, status.st_ctim)
    #endif
    modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    changed = Int64(change.tv_sec) * 1_000_000_000 + Int64(change.tv_nsec)
  }

  /// Of the file at `path`, links followed; `nil` when there is none.
  init?(of path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw systemError("look at", path)
    }
    self.init(status)
  }
}

/// The error of a system call that has just failed.
func systemError(_ action: String, _ path: String) -> TidemillError {
  let code = errno
  let hint =
    switch code {
    case EACCES, EPERM: "give this user the right to read it, or give it a name that begins with '_' to leave it out"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    default: "check the file and its disk"
    }
  return TidemillError(.io, "cannot \(action) \(path): \(String(cString: strerror(code)))", hint: hint)
}

/// A file open for reading at any offset.
struct PosixFile: ~Copyable {
  let path: String
  let descriptor: Int32

  /// - Returns: `nil` when there is no such file.
  init?(path: String) throws {
    var descriptor: Int32
    repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } while descriptor < 0 && errno == EINTR
    if descriptor < 0 {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw systemError("open", path)
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  func status() throws -> FileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw systemError("look at", path) }
    return FileStatus(status)
  }

  /// Fills `target` from `offset` on.
  ///
  /// - Returns: how many bytes there were; less than asked for only at the end of the file.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    var done = 0
    while done < target.count {
      let count = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw systemError("read", path)
      }
    }
    return done
  }

  /// Fills `target` from `offset` on, or throws because the file is shorter than it was.
  func readFully(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let count = try read(into: target, at: offset)
    if count < target.count { throw shorterError(path, needed: offset..<offset + target.count, size: offset + count) }
  }
}

/// The error for bytes that were there once and are no more.
func shorterError(_ path: String, needed: Range<Int>, size: Int) -> TidemillError {
  TidemillError(
    .badInput,
    "\(path) is shorter than it was: bytes \(needed.lowerBound) to \(needed.upperBound) are needed, it ends at \(size)",
    hint: "put the file back as it was; files that are being read may grow, but not shrink")
}
