import TidemillColumns

/// Knows since when each partition of a stream has been empty.
///
/// Times are of the steady clock of the running process: after a restart counting begins anew, so downtime does not count.
struct IdleTracker {
  /// For each partition the time at which it was found empty; `nil` while it has rows.
  private var emptySince: [EventTime?] = []
  /// After how long an empty partition counts as idle; `nil`: never.
  let timeout: TimeSpan?

  init(timeout: TimeSpan?) { self.timeout = timeout }

  /// Takes note of a look at the source.
  ///
  /// - Parameter partitionsWithRows: those that gave rows; all others are empty now.
  mutating func observe(_ partitionsWithRows: Set<Int>, partitionCount: Int, at now: EventTime) {
    while emptySince.count < partitionCount { emptySince.append(nil) }
    for partition in emptySince.indices {
      if partitionsWithRows.contains(partition) {
        emptySince[partition] = nil
      } else if emptySince[partition] == nil {
        emptySince[partition] = now
      }
    }
  }

  /// The partitions that are idle, with the time since they were found empty.
  func idle(at now: EventTime) -> [Int: TimeSpan] {
    guard let timeout else { return [:] }
    var result: [Int: TimeSpan] = [:]
    for (partition, since) in emptySince.enumerated() {
      guard let since else { continue }
      let elapsed = TimeSpan(microseconds: now.microseconds - since.microseconds)
      if elapsed >= timeout { result[partition] = elapsed }
    }
    return result
  }

  /// When the next partition becomes idle that is not.
  func nextIdle(after now: EventTime) -> EventTime? {
    guard let timeout else { return nil }
    return emptySince.compactMap { $0.map { $0 + timeout } }.filter { $0 > now }.min()
  }

  /// When all partitions were found empty; `nil` while one has rows.
  var allEmptySince: EventTime? {
    guard !emptySince.isEmpty, emptySince.allSatisfy({ $0 != nil }) else { return nil }
    return emptySince.compactMap { $0 }.max()
  }
}
