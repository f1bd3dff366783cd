import Synchronization

/// Memory that a lane reads into. Reused from task to task, because fresh memory costs more to map than a file to copy.
final class ReadBuffer: @unchecked Sendable {
  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity: Int

  init(capacity: Int) {
    self.capacity = max(capacity, 1)
    base = .allocate(byteCount: self.capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  /// Makes room for `capacity` bytes, keeping the first `count`.
  func reserve(_ capacity: Int, keeping count: Int) {
    guard capacity > self.capacity else { return }
    let grown = max(capacity, self.capacity * 2)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 64)
    memory.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = memory
    self.capacity = grown
  }
}

/// The buffers that no lane is using.
final class ReadBufferPool: Sendable {
  /// Buffers that one very long line has blown up are not kept.
  private static let largestKept = 16 << 20
  private let free = Mutex<[ReadBuffer]>([])

  func withBuffer<Result>(_ body: (ReadBuffer) throws -> Result) rethrows -> Result {
    let buffer = free.withLock { $0.popLast() } ?? ReadBuffer(capacity: (1 << 20) + (64 << 10))
    defer {
      if buffer.capacity <= Self.largestKept { free.withLock { $0.append(buffer) } }
    }
    return try body(buffer)
  }
}
