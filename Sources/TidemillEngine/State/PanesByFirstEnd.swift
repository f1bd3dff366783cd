/// Panes in the order in which windows first have them.
struct PanesByFirstEnd {
  private let panes: [(PaneKey, Pane)]
  private var next = 0

  /// Those of a set whose first window ends after `low`.
  init(_ set: PaneSet, after low: Int64 = .min) {
    panes = zip(set.keys, set.panes).filter { $0.0.firstEnd > low }
      .sorted { ($0.0.firstEnd, $0.0.start) < ($1.0.firstEnd, $1.0.start) }
  }

  /// The next ones, up to those whose first window ends at `end`.
  mutating func take(through end: Int64) -> [(PaneKey, Pane)] {
    let first = next
    while next < panes.count, panes[next].0.firstEnd <= end { next += 1 }
    return Array(panes[first..<next])
  }
}
