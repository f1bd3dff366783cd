#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What was being done to a file.
public enum FileOperation: String, Hashable, Sendable, CaseIterable {
  /// Making a directory that is not there yet.
  case createDirectory = "create directory"
  /// Opening a file that is to be appended to.
  case open
  /// Making a file, or emptying the one of that name.
  case create
  /// Reading all or part of a file.
  case read
  /// Giving a file another name, in one step.
  case rename
  /// Taking a file's name away.
  case remove
  /// Cutting a file's end off.
  case truncate
  /// Making changed names in a directory durable.
  case syncDirectory = "sync directory"
  /// Reading the names in a directory.
  case list
  /// Writing bytes at a file's end.
  case write
  /// Making a file's content durable.
  case sync
  /// Closing a file that was written.
  case close
  /// Opening or taking a lock file.
  case lock
}

/// A file operation that the system refused: which, on what, and why.
public struct FileError: Error, Hashable, Sendable {
  /// What was being done.
  public var operation: FileOperation
  /// The path as the operation was given it.
  public var path: String
  /// The system's error number.
  public var code: Int32
  /// The system's reason, in words.
  public var reason: String

  /// An error with the system's number `code`, as in `errno`; the reason in words is looked up.
  public init(_ operation: FileOperation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
    self.reason = String(cString: strerror(code))
  }

  /// No room, or a quota is spent: it may succeed once somebody has made room.
  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether something was to be changed where this user, or anybody, may only read.
  public var isReadOnly: Bool {
    operation != .read && operation != .list && (code == EROFS || code == EACCES || code == EPERM)
  }

  /// Whether there is nothing of that name (`ENOENT`).
  public var isNotFound: Bool { code == ENOENT }

  /// Whether doing the same again may succeed.
  public var isRetryable: Bool { isDiskFull || code == EINTR || code == EAGAIN }
}

extension FileError: CustomStringConvertible {
  public var description: String { "cannot \(operation.rawValue) '\(path)': \(reason)" }
}

extension FileError {
  static func notFound(_ operation: FileOperation, _ path: String) -> FileError {
    FileError(operation, path, code: ENOENT)
  }

  static func diskFull(_ path: String) -> FileError { FileError(.write, path, code: ENOSPC) }

  static func closed(_ operation: FileOperation, _ path: String) -> FileError {
    FileError(operation, path, code: EBADF)
  }
}
