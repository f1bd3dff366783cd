#if Kafka
  import KafkaBridge
  import Synchronization
  import TidemillColumns

  /// Memory of chunks that nobody has any more, so that a busy stream does not ask the system for it again and again.
  final class ChunkPool: Sendable {
    private struct Free: @unchecked Sendable {
      var chunks: [UnsafeMutablePointer<tidemill_kafka_chunk>] = []
    }

    private let free = Mutex(Free())
    let keepsExtras: Bool
    /// How many are kept, and up to which size.
    private static let most = 16
    private static let largest = 2 << 20

    init(keepsExtras: Bool) { self.keepsExtras = keepsExtras }

    deinit { for chunk in free.withLock({ $0.chunks }) { tidemill_kafka_chunk_destroy(chunk) } }

    func take() -> UnsafeMutablePointer<tidemill_kafka_chunk> {
      if let chunk = free.withLock({ $0.chunks.popLast() }) { return chunk }
      guard let chunk = tidemill_kafka_chunk_create(keepsExtras ? 1 : 0) else { preconditionFailure("no memory for a message") }
      return chunk
    }

    func give(_ chunk: UnsafeMutablePointer<tidemill_kafka_chunk>) {
      let isKept = free.withLock { free in
        guard free.chunks.count < Self.most, chunk.pointee.byte_capacity <= Self.largest else { return false }
        tidemill_kafka_chunk_clear(chunk)
        free.chunks.append(chunk)
        return true
      }
      if !isKept { tidemill_kafka_chunk_destroy(chunk) }
    }
  }

  /// Messages of one partition in memory. Filled by one thread, then shared and not changed, but for `append` while nobody has
  /// a part of it.
  final class MessageChunk: @unchecked Sendable {
    let memory: UnsafeMutablePointer<tidemill_kafka_chunk>
    let keepsExtras: Bool
    private let pool: ChunkPool

    init(_ pool: ChunkPool) {
      self.pool = pool
      memory = pool.take()
      keepsExtras = pool.keepsExtras
    }

    deinit { pool.give(memory) }

    var count: Int { memory.pointee.count }

    /// What is held, in bytes: the values and what is known of each message.
    var byteCount: Int {
      memory.pointee.byte_count + memory.pointee.extra_count + count
        * (keepsExtras ? Self.messageBytes + 32 : Self.messageBytes)
    }

    private static let messageBytes = 25

    func offset(_ message: Int) -> Int64 { memory.pointee.offsets[message] }
    func timestamp(_ message: Int) -> Int64 { memory.pointee.timestamps[message] }
    var highestTimestamp: Int64 { memory.pointee.highest_timestamp }

    /// The bytes of the values of some messages, with their line feeds.
    func byteCount(_ messages: Range<Int>) -> Int {
      messages.isEmpty ? 0 : Int(memory.pointee.starts[messages.upperBound] - memory.pointee.starts[messages.lowerBound])
    }

    /// The first message at or behind an offset; `count` when there is none.
    func index(ofOffset offset: Int64) -> Int {
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        if memory.pointee.offsets[middle] < offset { low = middle + 1 } else { high = middle }
      }
      return low
    }

    func append(_ other: MessageChunk) {
      precondition(tidemill_kafka_chunk_append(memory, other.memory) != 0, "no memory for \(other.byteCount) bytes of messages")
    }
  }

  /// Some of a chunk's messages.
  struct MessageRun: Sendable {
    var chunk: MessageChunk
    var messages: Range<Int>

    var byteCount: Int { chunk.byteCount(messages) }
    var firstOffset: Int64 { chunk.offset(messages.lowerBound) }
    /// Behind the last.
    var endOffset: Int64 { chunk.offset(messages.upperBound - 1) + 1 }
  }
#endif
