import TidemillColumns

/// The watermarks: one of each partition, and the global one that closes windows.
///
/// `distantPast` is a watermark that has not begun.
struct ReferenceClock {
  struct Partition {
    /// The highest event time so far; `nil` before the first row.
    var highest: EventTime?
    /// The global watermark when the partition's first row, or its first after idleness, came.
    var start = EventTime.distantPast
    /// How long the partition had been idle when it was last said to be; `nil` while it is active.
    var idle: TimeSpan?
    /// An idle decision that takes effect at the end of the epoch.
    var decided: TimeSpan?
  }

  let delay: TimeSpan?
  private(set) var partitions: [Int: Partition] = [:]
  private(set) var global = EventTime.distantPast
  /// Whether rows do not tell what may still come.
  var isHistory = false

  init(delay: TimeSpan?, partitions known: Set<Int>) {
    self.delay = delay
    for partition in known { partitions[partition] = Partition() }
  }

  /// The watermark that the next row of a partition is judged by; the partition is awake from now on.
  mutating func arrival(in id: Int) -> EventTime {
    var partition = partitions[id] ?? Partition()
    if partition.highest == nil || partition.idle != nil { partition.start = max(partition.start, global) }
    partition.idle = nil
    partition.decided = nil
    partitions[id] = partition
    return isHistory ? partition.start : watermark(of: partition)
  }

  /// The row that has just arrived moves its partition's watermark for the rows behind it.
  mutating func saw(_ time: EventTime, in id: Int) {
    partitions[id]!.highest = max(partitions[id]!.highest ?? time, time)
  }

  mutating func decideIdle(_ id: Int, for span: TimeSpan) {
    partitions[id, default: Partition()].decided = span
  }

  mutating func decideAllIdle(for span: TimeSpan) {
    for id in partitions.keys { decideIdle(id, for: span) }
  }

  /// Applies the idle decisions and moves the global watermark, which never goes back.
  mutating func endEpoch() {
    for id in partitions.keys {
      guard let decided = partitions[id]!.decided else { continue }
      partitions[id]!.idle = decided
      partitions[id]!.decided = nil
    }
    guard let delay, !isHistory else { return }
    let active = partitions.values.filter { $0.idle == nil }
    if let lowest = active.map({ $0.highest == nil ? EventTime.distantPast : watermark(of: $0) }).min() {
      global = max(global, lowest)
    } else if let highest = partitions.values.compactMap(\.highest).max(),
      let span = partitions.values.compactMap(\.idle).min()
    {
      // All are idle: the source as a whole has been empty for as long as the partition that fell silent last.
      global = max(global, highest + span - delay)
    }
  }

  mutating func endInput() { global = .distantFuture }

  private func watermark(of partition: Partition) -> EventTime {
    guard let delay, let highest = partition.highest else { return partition.start }
    return max(partition.start, highest - delay)
  }
}
