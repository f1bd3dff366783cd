import TidemillColumns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes all it is given to a descriptor.
struct DescriptorOutput: Sendable {
  private let descriptor: Int32
  private let name: String

  init(_ descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// - Throws: `TidemillError` with code `.io`; when the reader has gone, the message says so.
  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { memory in
      var done = 0
      while done < memory.count {
        let count = systemWrite(descriptor, memory.baseAddress! + done, memory.count - done)
        if count >= 0 {
          done += count
        } else if errno == EAGAIN {
          var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waited, 1, -1)
        } else if errno == EPIPE {
          throw TidemillError(.io, "the reader of \(name) has gone", hint: "results go nowhere, so the query stops")
        } else if errno != EINTR {
          throw TidemillError(
            .io, "cannot write to \(name): \(String(cString: strerror(errno)))", hint: "check where the output goes")
        }
      }
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
