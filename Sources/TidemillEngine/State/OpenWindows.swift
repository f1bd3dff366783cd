import TidemillColumns

/// The windows that still take rows.
public struct OpenWindows: Sendable {
  /// One of them.
  public struct Window: Hashable, Sendable {
    public var start: EventTime
    /// Exclusive.
    public var end: EventTime
    public var groups: Int
    /// Whether there may be more groups than were counted.
    public var mayHaveMoreGroups = false
  }

  /// Those that end first, in that order.
  public var first: [Window] = []
  /// How many there are.
  public var count = 0

  /// None.
  public init() {}
}

extension QueryPipeline {
  /// The windows of the first aggregation that still take rows. To be asked for between two epochs.
  ///
  /// - Parameters:
  ///   - limit: how many are listed.
  ///   - groupVisits: about how many groups of overlapping slices are looked at to count those of sliding windows.
  ///   - watermark: that of the last epoch. What is known of times here may be on its way to the next.
  public func openWindows(limit: Int, groupVisits: Int, watermark: EventTime?) -> OpenWindows {
    core?.openWindows(limit: limit, groupVisits: groupVisits, watermark: watermark?.microseconds ?? .min) ?? OpenWindows()
  }
}

extension AggregationCore {
  func openWindows(limit: Int, groupVisits: Int, watermark: Int64) -> OpenWindows {
    guard hasWindow else { return OpenWindows() }
    switch state {
    case .windows(let aggregate): return aggregate.openWindows(limit: limit, groupVisits: groupVisits, watermark: watermark)
    case .sessions(let aggregate, _): return aggregate.openWindows(limit: limit)
    }
  }
}

extension SessionAggregate {
  /// Each session is a window of its own.
  ///
  /// - Complexity: O(sessions + limit × those that are listed in vain).
  func openWindows(limit: Int) -> OpenWindows {
    var windows = OpenWindows()
    windows.count = state.count
    windows.first = state.firstToEnd(limit).map { session in
      OpenWindows.Window(
        start: EventTime(microseconds: state.start(session)), end: EventTime(microseconds: state.end(session)), groups: 1)
    }
    return windows
  }
}

extension SessionSet {
  /// The sessions that end first, in that order.
  func firstToEnd(_ limit: Int) -> [SessionIndex] {
    var best: [SessionIndex] = []
    func isBefore(_ left: SessionIndex, _ right: SessionIndex) -> Bool {
      (end(left), start(left), left) < (end(right), start(right), right)
    }
    for session in all {
      if best.count == limit, !isBefore(session, best[limit - 1]) { continue }
      // The list is short: where it goes is found by halves, and the rest moves up.
      var (low, high) = (0, best.count)
      while low < high {
        let middle = (low + high) / 2
        if isBefore(best[middle], session) { low = middle + 1 } else { high = middle }
      }
      best.insert(session, at: low)
      if best.count > limit { best.removeLast() }
    }
    return best
  }
}

extension WindowedAggregate {
  func openWindows(limit: Int, groupVisits: Int, watermark: Int64) -> OpenWindows {
    guard let window = shape.aggregation.window else { return OpenWindows() }
    var after = Int64.min
    // In complete mode nothing closes; windows of another time than the stream's only do at the end.
    if !gives.everything { after = window.followsWatermark ? max(emittedThrough, watermark) : emittedThrough }
    if let slides = shards[0].sliding { return sliding(slides, after: after, limit: limit, groupVisits: groupVisits) }
    var groups: [PaneKey: Int] = [:]
    for shard in shards { shard.countGroups { key, count in groups[key, default: 0] += count } }
    var windows = OpenWindows()
    windows.count = groups.count
    windows.first = groups.sorted { ($0.key.firstEnd, $0.key.start) < ($1.key.firstEnd, $1.key.start) }.prefix(limit).map {
      let start = shards[0].start(ofWindow: $0.key)
      return OpenWindows.Window(
        start: EventTime(microseconds: start), end: EventTime(microseconds: $0.key.firstEnd), groups: $0.value)
    }
    return windows
  }

  private func sliding(_ fixed: FixedWindows, after: Int64, limit: Int, groupVisits: Int) -> OpenWindows {
    // A pane's windows end one slide apart, all panes' ends are on one grid: runs of ends are joined, not listed.
    let keys = shards.reduce(into: Set<PaneKey>()) { $0.formUnion($1.paneKeys) }
    let runs = keys.map { (first: fixed.nextEnd(after: after, from: $0.firstEnd), last: fixed.lastEnd(ofSlice: $0.start)) }
      .filter { $0.first <= $0.last }.sorted { $0.first < $1.first }
    var windows = OpenWindows()
    var ends: [Int64] = []
    var next = Int64.min
    for run in runs {
      let first = max(run.first, next)
      guard first <= run.last else { continue }
      let count = Int((run.last - first) / fixed.slide) + 1
      windows.count += count
      for step in 0..<min(count, limit - ends.count) { ends.append(first + Int64(step) * fixed.slide) }
      next = first + Int64(count) * fixed.slide
    }
    var visits = groupVisits
    windows.first = ends.map { end in
      var groups = 0
      var isCut = false
      for shard in shards {
        let (count, isExact) = shard.groupCount(ofWindowEndingAt: end, visits: &visits)
        groups += count
        isCut = isCut || !isExact
      }
      return OpenWindows.Window(
        start: EventTime(microseconds: end - fixed.size), end: EventTime(microseconds: end), groups: groups,
        mayHaveMoreGroups: isCut)
    }
    return windows
  }
}

extension WindowedShard {
  func countGroups(_ body: (PaneKey, Int) -> Void) {
    for (key, pane) in zip(state.keys, state.panes) { body(key, pane.groups.count) }
  }

  /// Of the one window whose rows a pane holds.
  func start(ofWindow key: PaneKey) -> Int64 { window(of: key)?.start ?? key.start }

  /// How many groups the slices of a window have together.
  ///
  /// - Parameter visits: how many groups may be looked at; once they are spent, the count is that of the largest slice.
  func groupCount(ofWindowEndingAt end: Int64, visits: inout Int) -> (Int, isExact: Bool) {
    let panes = zip(state.keys, state.panes).filter { $0.0.firstEnd <= end && lastEnd(of: $0.0) >= end }.map(\.1)
    guard let largest = panes.max(by: { $0.groups.count < $1.groups.count }) else { return (0, true) }
    if panes.count == 1 { return (largest.groups.count, true) }
    visits -= panes.reduce(0) { $0 + $1.groups.count }
    guard visits >= 0 else { return (largest.groups.count, false) }
    let union = GroupTable(keyTypes: shape.keyTypes, capacity: largest.groups.count)
    let scratch = Buffer<GroupIndex>(repeating: 0, count: largest.groups.count)
    for pane in panes { union.assign(groupsOf: pane.groups, into: scratch.base) }
    return (union.count, true)
  }
}
