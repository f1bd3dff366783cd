#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// A lock file is held by another.
public struct FileLockHeld: Error, Hashable, Sendable, CustomStringConvertible {
  /// The lock file.
  public var path: String
  /// The holder's process, if it has already written its number into the file.
  public var holder: Int32?

  public init(path: String, holder: Int32?) {
    self.path = path
    self.holder = holder
  }

  /// Whether the holder is this very process, which has taken the lock twice.
  public var isThisProcess: Bool { holder == Posix.processIdentifier }

  public var description: String {
    let who =
      switch holder {
      case .some(let number) where isThisProcess: "this process (\(number))"
      case .some(let number): "process \(number)"
      case .none: "another process"
      }
    return "'\(path)' is locked by \(who)"
  }
}

/// The system's exclusive lock on a file. It dies with its process, however that ends.
///
/// It is a lock of the open file (`flock`), not of the process, so a second one in the same process is refused as well. The
/// file stays when the lock is released: removing it would let two others lock two files of one name.
public final class FileLock: Sendable {
  /// The lock file, which outlives the lock.
  public let path: String
  private let descriptor: Mutex<Int32?>

  /// Takes the lock or throws `FileLockHeld` at once.
  public init(_ path: String) throws {
    let descriptor = try Posix.open(path, O_RDWR | O_CREAT, for: .lock)
    do {
      guard try Posix.lock(descriptor, path) else {
        throw FileLockHeld(path: path, holder: try? Self.holder(descriptor, path))
      }
      try Posix.truncate(path, to: 0)
      try Array("\(Posix.processIdentifier)\n".utf8).withUnsafeBytes {
        try Posix.write($0, to: descriptor, path)
      }
    } catch {
      Posix.closeQuietly(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Gives the lock back; fine if that has been done.
  ///
  /// Closing alone would not do: a child that is being started holds a copy of the descriptor until it runs its own program.
  public func release() {
    descriptor.withLock { descriptor in
      if let open = descriptor {
        Posix.unlock(open)
        Posix.closeQuietly(open)
      }
      descriptor = nil
    }
  }

  private static func holder(_ descriptor: Int32, _ path: String) throws -> Int32? {
    let text = try [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
      count = try Posix.read(into: UnsafeMutableRawBufferPointer(buffer), from: descriptor, at: 0, path)
    }
    return Int32(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
