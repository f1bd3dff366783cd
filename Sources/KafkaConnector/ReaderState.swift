#if Kafka
  import TidemillColumns
  import TidemillConnectors

  /// A range of offsets that a task waits for: what an earlier run of the job had read.
  final class AwaitedRange: Sendable {
    let range: OffsetRange

    init(_ range: OffsetRange) { self.range = range }
  }

  /// One partition while it is read.
  struct ReadPartition {
    let partition: TopicPartition
    /// Behind what has been read from the broker.
    var next: Int64
    /// Where it was begun.
    var start: Int64
    /// Behind what was handed out: where the next slice begins.
    var handedOut: Int64
    /// What `handedOut` was before the partition turned out to have been made anew: positions may still say so.
    var replaced: Int64?
    var handedOutTimestamp: Int64 = -1
    var buffer = PartitionBuffer()
    /// Whether the broker said that nothing lies behind `next`.
    var isAtEnd = false
    /// Whether its leader is known and answers.
    var isReachable = true
    /// For a query that ends with what is there: the offset before which it ends.
    var end: Int64?
    /// Ranges that tasks wait for, in order: what is in the buffer is for the first of them.
    var awaited: [AwaitedRange] = []
    /// Whether librdkafka has refused the offset, so that somebody must look what there is.
    var needsCheck = false
    /// Changed whenever reading starts at another offset: what was on its way is then dropped.
    var version = 0
    /// Whether it is being read.
    var isStarted = false
    /// When it had been emptied while more was to come.
    var hungrySince: ContinuousClock.Instant?

    /// Whether nothing of it was ever handed out.
    var isUntouched: Bool { handedOut == start && awaited.isEmpty }

    /// What the slices may still take: nothing while tasks wait for what is in the buffer.
    var isForSlices: Bool { awaited.isEmpty }

    init(_ partition: TopicPartition, at offset: Int64) {
      self.partition = partition
      next = offset
      start = offset
      handedOut = offset
    }

    /// Whether nothing more is to be expected: its end was seen, and what was read was handed out.
    var isSettled: Bool {
      if let end, handedOut >= end { return true }
      guard isAtEnd, isReachable, awaited.isEmpty else { return false }
      return buffer.isEmpty || (end.map { (buffer.firstOffset ?? .max) >= $0 } ?? false)
    }
  }

  /// What the threads of a reader share.
  struct ReaderState {
    var partitions: [ReadPartition] = []
    /// Whether all partitions of the start are known, with the offsets where they begin.
    var isReady = false
    /// Whether offsets were decided that no slice has recorded yet, and that another start would decide differently.
    var mustRecordStart = false
    /// Whether the last look found nothing though there was more to come.
    var lookedTooEarly = false
    /// Whether the broker does not answer.
    var isUnreachable = false
    var isStopping = false
    /// Whether the query is to end, so that nothing is waited for.
    var isInterrupted = false
    /// What ends the job.
    var failure: TidemillError?
    /// Messages that were lost before they could be read, where that is allowed.
    var lostMessages: Int64 = 0

    var isSettled: Bool {
      isReady && !isUnreachable && !mustRecordStart && partitions.allSatisfy(\.isSettled)
    }

    /// How far all partitions were handed out.
    var table: PartitionTable {
      var table = PartitionTable()
      table.entries = partitions.map { PartitionTable.Entry(partition: $0.partition, next: $0.handedOut) }
      return table
    }

    /// Up to which timestamp the next slice goes.
    func latest(at now: ContinuousClock.Instant) -> Int64 {
      SliceCut.latest(
        partitions.filter { $0.isForSlices }.map { partition in
          SliceCut.Partition(
            highest: partition.buffer.isEmpty ? nil : partition.buffer.highestTimestamp,
            handedOut: partition.handedOutTimestamp,
            isAtEnd: partition.isAtEnd || partition.end.map { partition.next >= $0 } ?? false,
            isOverdue: partition.hungrySince.map { now - $0 > .seconds(1) } ?? false)
        })
    }

    /// Up to which timestamp a slice within limits goes, and whether all of it is within them.
    func latest(
      at now: ContinuousClock.Instant, byteLimit: Int, messageLimit: Int
    ) -> (latest: Int64, fits: Bool) {
      let waiting = partitions.filter { $0.isForSlices && !$0.buffer.isEmpty }
      func fits(_ time: Int64) -> Bool {
        var messages = 0
        var bytes = 0
        for partition in waiting {
          let size = partition.buffer.size(upTo: time)
          messages += size.messages
          bytes += size.bytes
        }
        return messages <= messageLimit && bytes <= byteLimit
      }
      let latest = latest(at: now)
      guard let lowest = waiting.compactMap(\.buffer.firstTimestamp).min(),
        let highest = waiting.map(\.buffer.highestTimestamp).max(), lowest <= highest
      else { return (latest, fits(latest)) }
      let narrowed = SliceCut.narrowed(latest, times: lowest...highest, fits: fits)
      return (narrowed, fits(narrowed))
    }

    /// Whether the next slice would not be empty.
    func hasSlice(at now: ContinuousClock.Instant) -> Bool {
      if isReady && mustRecordStart { return true }
      let latest = latest(at: now)
      return partitions.contains { partition in
        guard partition.isForSlices, let offset = partition.buffer.firstOffset, offset < partition.end ?? .max else {
          return false
        }
        return partition.buffer.firstTimestamp! <= latest
      }
    }
  }
#endif
