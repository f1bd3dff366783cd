#if Lake
  import ArrowBridge
  import Synchronization

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// A file that is read here and there, by several threads at once.
  package protocol ByteInput: AnyObject, Sendable {
    /// For messages.
    var name: String { get }
    /// In bytes.
    var count: Int { get }
    /// Fills `target` from `offset` on.
    ///
    /// - Returns: how many bytes there were; less than asked for only at the end of the file.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int
  }

  /// Bytes in memory.
  package final class MemoryInput: ByteInput {
    package let name: String
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8], name: String) {
      self.bytes = bytes
      self.name = name
    }

    package var count: Int { bytes.count }

    package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
      let there = max(0, min(target.count, bytes.count - offset))
      bytes.withUnsafeBytes { source in
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + there]))
      }
      return there
    }
  }

  /// A file of the machine. It is read, never mapped: one that is cut off meanwhile gives an error, where a mapping would kill the
  /// process.
  package final class LocalInput: ByteInput {
    package let name: String
    package let count: Int
    /// Nanoseconds since 1970, and the file's number on its disk.
    package let modified: Int64
    package let inode: UInt64
    private let descriptor: Int32

    package init(path: String) throws(ArrowFailure) {
      name = path
      var opened: Int32
      repeat { opened = open(path, O_RDONLY | O_CLOEXEC) } while opened < 0 && errno == EINTR
      if opened < 0 { throw Self.failure("open", path) }
      var status = stat()
      guard fstat(opened, &status) == 0 else {
        let failure = Self.failure("look at", path)
        _ = close(opened)
        throw failure
      }
      descriptor = opened
      count = Int(status.st_size)
      inode = UInt64(status.st_ino)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    deinit { _ = close(descriptor) }

    private static func failure(_ action: String, _ path: String) -> ArrowFailure {
      ArrowFailure(
        errno == ENOENT || errno == ENOTDIR ? .notFound : .io, "cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }

    package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
      var done = 0
      while done < target.count {
        let got = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
        if got == 0 { break }
        if got > 0 { done += got } else if errno != EINTR { throw Self.failure("read", name) }
      }
      return done
    }
  }

  /// What a callback of the bridge throws, kept until the call that it failed has returned.
  final class CallbackFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func keep(_ thrown: any Error) { error.withLock { $0 = $0 ?? thrown } }

    /// The error of the callback, if it is what `failure` comes from.
    func cause(of failure: ArrowFailure) -> any Error {
      error.withLock { error in
        defer { error = nil }
        return error ?? failure
      }
    }
  }

  /// An input as the bridge takes it.
  final class InputHandle: Sendable {
    let input: any ByteInput
    let failure = CallbackFailure()

    init(_ input: any ByteInput) { self.input = input }

    /// Keeps this object until the bridge releases it.
    var retained: tidemill_arrow_input {
      tidemill_arrow_input(
        context: Unmanaged.passRetained(self).toOpaque(), size: Int64(input.count),
        read: { context, offset, count, target in
          let handle = Unmanaged<InputHandle>.fromOpaque(context!).takeUnretainedValue()
          do {
            let got = try handle.input.read(
              into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)), at: Int(offset))
            return Int64(got)
          } catch {
            handle.failure.keep(error)
            return -1
          }
        },
        release: { Unmanaged<InputHandle>.fromOpaque($0!).release() })
    }
  }
#endif
