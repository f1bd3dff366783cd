#if Kafka
  /// Decides up to which time the partitions are read in the next slice, so that they advance together.
  ///
  /// Lateness does not depend on it: each row is judged by its own partition. But a partition that runs ahead of the others fills
  /// windows that cannot close before the others have come as far, and that state is memory. So a slice ends where the partition
  /// that is furthest behind ends, as far as that can be seen.
  enum SliceCut {
    struct Partition: Hashable, Sendable {
      /// The highest timestamp of the messages that wait, in milliseconds; -1 without timestamps, `nil` without messages.
      var highest: Int64?
      /// The timestamp of the last message that was handed out, -1 without one.
      var handedOut: Int64
      /// Whether nothing more is known to come at the moment, so that the others need not wait.
      var isAtEnd: Bool
      /// Whether the others have waited for it long enough.
      var isOverdue = false
    }

    /// - Returns: the latest timestamp to take, `Int64.max` for all. At least one partition with messages is taken whole.
    static func latest(_ partitions: [Partition]) -> Int64 {
      var latest = Int64.max
      for partition in partitions where !partition.isAtEnd {
        guard let highest = partition.highest else {
          // It has more, but not here yet: the others go no further than it was.
          if !partition.isOverdue, partition.handedOut >= 0 { latest = min(latest, partition.handedOut) }
          continue
        }
        if highest >= 0 { latest = min(latest, highest) }
      }
      return latest
    }

    /// The latest timestamp up to which everything still fits into a slice, so that a limit does not let partitions run apart.
    ///
    /// - Parameters:
    ///   - latest: what `latest` gave.
    ///   - times: those of the messages that wait.
    ///   - fits: whether all messages up to a timestamp fit.
    static func narrowed(_ latest: Int64, times: ClosedRange<Int64>, fits: (Int64) -> Bool) -> Int64 {
      var high = min(latest, times.upperBound)
      var low = times.lowerBound
      // Without timestamps there is nothing to go by.
      guard low >= 0, low < high, !fits(high) else { return latest }
      while low < high {
        let middle = low + (high - low + 1) / 2
        if fits(middle) { low = middle } else { high = middle - 1 }
      }
      return low
    }
  }
#endif
