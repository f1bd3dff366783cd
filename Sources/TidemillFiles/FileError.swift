#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What was being done to a file.
public enum FileOperation: String, Hashable, Sendable, CaseIterable {
  case createDirectory = "create directory"
  case open
  case create
  case read
  case rename
  case remove
  case truncate
  case syncDirectory = "sync directory"
  case list
  case write
  case sync
  case close
  case lock
}

/// A file operation that the system refused: which, on what, and why.
public struct FileError: Error, Hashable, Sendable {
  public var operation: FileOperation
  public var path: String
  /// The system's error number.
  public var code: Int32
  /// The system's reason, in words.
  public var reason: String

  public init(_ operation: FileOperation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
    self.reason = String(cString: strerror(code))
  }

  /// No room, or a quota is spent: it may succeed once somebody has made room.
  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

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
