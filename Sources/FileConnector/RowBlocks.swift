import Dispatch
import Synchronization
import TidemillColumns
import TidemillFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The rows of a batch as blocks of text: encoded by several threads, given out in order.
struct RowBlocks {
  private let writer: any RecordWriter
  private let batch: Batch
  private let rowsPerBlock: Int

  /// For fewer blocks than this, starting threads costs more than it saves.
  private static let fewBlocks = 4

  init(_ writer: any RecordWriter, _ batch: Batch, rowsPerBlock: Int) {
    self.writer = writer
    self.batch = batch
    self.rowsPerBlock = rowsPerBlock
  }

  private var count: Int { (batch.count + rowsPerBlock - 1) / rowsPerBlock }

  private func rows(of block: Int) -> Range<Int> {
    block * rowsPerBlock..<min((block + 1) * rowsPerBlock, batch.count)
  }

  /// Calls `body` with the text of each block, one call after the other, on any thread. Each thread holds one block of text.
  ///
  /// - Parameter threads: how many encode; `nil` for one a core.
  /// - Throws: what `body` throws first; it is not called again then.
  func forEach(threads: Int?, _ body: @Sendable (UnsafeRawBufferPointer) throws -> Void) throws {
    let threads = count < Self.fewBlocks ? 1 : min(threads ?? Self.cores, count)
    if threads > 1 { return try forEach(on: threads, body) }
    let memory = Buffer<UInt8>(capacity: 1 << 10)
    for block in 0..<count {
      memory.count = 0
      writer.append(batch, rows: rows(of: block), to: memory)
      try body(UnsafeRawBufferPointer(start: memory.base, count: memory.count))
    }
  }

  private static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  private func forEach(on threads: Int, _ body: @Sendable (UnsafeRawBufferPointer) throws -> Void) throws {
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    // A thread takes the next block and waits only for those before it, which others have taken already: no thread waits for one
    // that has not begun, however few of them there really are.
    let turns = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
    turns[0].signal()
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let memory = Buffer<UInt8>(capacity: 1 << 10)
      while true {
        let block = next.add(1, ordering: .relaxed).oldValue
        if block >= count { return }
        memory.count = 0
        writer.append(batch, rows: rows(of: block), to: memory)
        turns[block % threads].wait()
        if failure.withLock({ $0 == nil }) {
          do {
            try body(UnsafeRawBufferPointer(start: memory.base, count: memory.count))
          } catch {
            failure.withLock { $0 = error }
            next.store(count, ordering: .relaxed)
          }
        }
        turns[(block + 1) % threads].signal()
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
