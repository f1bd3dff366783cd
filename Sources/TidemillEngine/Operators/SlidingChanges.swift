import TidemillColumns

/// Which groups of which sliding windows an epoch changes, and their results before and after.
struct SlidingChanges {
  private let shape: AggregationShape
  private let windows: FixedWindows
  /// The keys that the epoch touches in any window.
  private let keys: GroupTable
  /// What the epoch gathered, in the order in which windows first have it, and the place in `keys` of each group.
  private let panes: [(key: PaneKey, lastEnd: Int64, groups: Buffer<GroupIndex>)]
  /// The ends of the windows that change, in order.
  private let ends: [Int64]

  init(_ gathered: PaneSet, _ shape: AggregationShape, _ windows: FixedWindows) {
    self.shape = shape
    self.windows = windows
    let keys = GroupTable(keyTypes: shape.keyTypes)
    var ends: Set<Int64> = []
    panes = zip(gathered.keys, gathered.panes).map { key, pane in
      let groups = Buffer<GroupIndex>(repeating: 0, count: pane.groups.count)
      keys.assign(groupsOf: pane.groups, into: groups.base)
      let lastEnd = windows.lastEnd(ofSlice: key.start)
      ends.formUnion(stride(from: key.firstEnd, through: lastEnd, by: Int64.Stride(windows.slide)))
      return (key, lastEnd, groups)
    }.sorted { $0.key.firstEnd < $1.key.firstEnd }
    self.keys = keys
    self.ends = ends.sorted()
  }

  /// Gives the results that `state` has now of all that changes.
  ///
  /// - Complexity: O(panes of the windows + windows) × keys touched.
  func add(from state: PaneSet, weight: Int8, to epoch: inout WindowedShard.Epoch) throws {
    let merger = WindowMerger(shape, windows, keys: keys)
    var statePanes = PanesByFirstEnd(state)
    // In how many of the epoch's panes of the window each key is.
    let uses = Buffer<Int32>(repeating: 0, count: keys.count)
    let chosen = Buffer<GroupIndex>(capacity: keys.count)
    var current: [Int] = []
    var next = 0
    for end in ends {
      merger.advance(to: end, adding: statePanes.take(through: end))
      while next < panes.count, panes[next].key.firstEnd <= end {
        for group in panes[next].groups.elements { uses.base[Int(group)] += 1 }
        current.append(next)
        next += 1
      }
      current.removeAll { index in
        guard panes[index].lastEnd < end else { return false }
        for group in panes[index].groups.elements { uses.base[Int(group)] -= 1 }
        return true
      }
      chosen.count = 0
      for group in 0..<keys.count where uses.base[group] > 0 { chosen.append(GroupIndex(truncatingIfNeeded: group)) }
      epoch.add(change: try merger.results(of: chosen).weighted(weight), end: end)
    }
  }
}
