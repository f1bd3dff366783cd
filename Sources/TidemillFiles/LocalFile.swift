import Synchronization

/// An open file of the machine. Closes itself when nobody holds it any more.
final class LocalFile: WritableFile {
  private let path: String
  private let descriptor: Mutex<Int32?>

  init(_ descriptor: Int32, _ path: String) {
    self.path = path
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    if let open = descriptor.withLock({ $0 }) { Posix.closeQuietly(open) }
  }

  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try descriptor.withLock { descriptor in
      guard let descriptor else { throw FileError.closed(.write, path) }
      try Posix.write(bytes, to: descriptor, path)
    }
  }

  func sync() throws {
    try descriptor.withLock { descriptor in
      guard let descriptor else { throw FileError.closed(.sync, path) }
      try Posix.sync(descriptor, for: .sync, path)
    }
  }

  func close() throws {
    try descriptor.withLock { descriptor in
      guard let open = descriptor else { return }
      descriptor = nil
      try Posix.close(open, path)
    }
  }
}
