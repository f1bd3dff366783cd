import Synchronization
import Tidemill

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Standard output, on which nothing stands but results.
final class StandardOutput: Sendable {
  static let shared = StandardOutput()

  private init() {
    // A reader that goes away is an error to be handled, not a sudden death.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// - Throws: `TidemillError`; then `hasReader` says whether anyone is still there.
  func write(_ bytes: [UInt8]) throws {
    do {
      try Descriptor.write(bytes, to: 1)
    } catch {
      throw TidemillError(
        .io, "cannot write to standard output: \(String(cString: strerror(error.code)))",
        hint: "check where the output goes")
    }
  }

  /// Whether somebody may still read what is written; `head` goes away once it has its lines.
  var hasReader: Bool {
    var polled = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
    return poll(&polled, 1, 0) <= 0 || polled.revents & Int16(POLLERR) == 0
  }
}

/// Standard error, for everything that is not a result. What cannot be written there is lost.
enum StandardError {
  static func write(_ text: String) { write(Array(text.utf8)) }
  static func write(_ bytes: [UInt8]) { try? Descriptor.write(bytes, to: 2) }
}

/// A system call's error number.
struct SystemFailure: Error {
  var code: Int32
}

enum Descriptor {
  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemFailure) {
    var failure: SystemFailure?
    bytes.withUnsafeBytes { memory in
      do throws(SystemFailure) { try write(memory, to: descriptor) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemFailure) {
    var done = 0
    while done < bytes.count {
      let count = systemWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waited, 1, -1)
      } else if errno != EINTR {
        throw SystemFailure(code: errno)
      }
    }
  }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Darwin)
      Darwin.write(descriptor, bytes, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes, count)
    #else
      Glibc.write(descriptor, bytes, count)
    #endif
  }
}
