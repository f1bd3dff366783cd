#if Kafka
  import TidemillColumns

  /// What has been read of one partition and waits to be taken.
  struct PartitionBuffer {
    /// Chunks in the order of their offsets; the first one from `firstMessage` on.
    private(set) var chunks: [MessageChunk] = []
    private var firstMessage = 0
    /// Bytes held.
    private(set) var byteCount = 0

    var isEmpty: Bool { chunks.isEmpty }

    /// The offset of the first message that waits.
    var firstOffset: Int64? { chunks.first?.offset(firstMessage) }

    /// The timestamp of the first message that waits, in milliseconds; -1 if it has none.
    var firstTimestamp: Int64? { chunks.first?.timestamp(firstMessage) }

    /// The highest timestamp of what waits: -1 without any.
    var highestTimestamp: Int64 { chunks.reduce(-1) { max($0, $1.highestTimestamp) } }

    /// How much lies before the first message that is later than a timestamp.
    func size(upTo latest: Int64) -> (messages: Int, bytes: Int) {
      var messages = 0
      var bytes = 0
      var first = firstMessage
      for chunk in chunks {
        var stop = chunk.count
        if chunk.highestTimestamp > latest {
          stop = first
          while stop < chunk.count, chunk.timestamp(stop) <= latest { stop += 1 }
        }
        messages += stop - first
        bytes += chunk.byteCount(first..<stop)
        if stop < chunk.count { break }
        first = 0
      }
      return (messages, bytes)
    }

    private static let smallChunk = 256 << 10

    mutating func append(_ chunk: MessageChunk) {
      guard chunk.count > 0 else { return }
      byteCount += chunk.byteCount
      // Many small chunks would cost more than their messages. One of which somebody has a part is left alone.
      if let last = chunks.last, last.byteCount + chunk.byteCount < Self.smallChunk, chunks.count > 1 || firstMessage == 0 {
        last.append(chunk)
      } else {
        chunks.append(chunk)
      }
    }

    /// Takes messages from the front: while their timestamps are at most `latest`, until `byteLimit` or `messageLimit` is reached,
    /// and only those before the offset `end`.
    ///
    /// - Returns: runs in order, none longer than a chunk.
    mutating func take(
      latest: Int64 = .max, byteLimit: Int = .max, messageLimit: Int = .max, end: Int64 = .max
    ) -> [MessageRun] {
      var runs: [MessageRun] = []
      var bytes = 0
      var messages = 0
      while let chunk = chunks.first {
        var stop = chunk.count
        if chunk.offset(stop - 1) >= end { stop = max(firstMessage, chunk.index(ofOffset: end)) }
        if chunk.highestTimestamp > latest {
          var message = firstMessage
          while message < stop, chunk.timestamp(message) <= latest { message += 1 }
          stop = message
        }
        stop = firstMessage + min(stop - firstMessage, messageLimit - messages)
        if bytes + chunk.byteCount(firstMessage..<stop) > byteLimit {
          // At least one message, however long, or nothing would ever move.
          var message = firstMessage
          while message < stop,
            bytes + chunk.byteCount(firstMessage..<message + 1) <= byteLimit || (bytes == 0 && message == firstMessage)
          {
            message += 1
          }
          stop = message
        }
        guard stop > firstMessage else { break }
        let run = MessageRun(chunk: chunk, messages: firstMessage..<stop)
        runs.append(run)
        bytes += run.byteCount
        messages += run.messages.count
        if stop == chunk.count {
          chunks.removeFirst()
          firstMessage = 0
        } else {
          firstMessage = stop
          break
        }
      }
      byteCount = chunks.reduce(0) { $0 + $1.byteCount }
      return runs
    }

    mutating func removeAll() { self = PartitionBuffer() }
  }
#endif
