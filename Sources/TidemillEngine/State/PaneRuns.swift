import TidemillColumns

/// The rows of a batch as runs that follow each other, each of one pane. Event time is nearly sorted, so mostly there are few.
final class PaneRuns {
  // Owned by one assignment, which one thread uses at a time.
  private let keys = Buffer<UInt32>(capacity: 32)
  private let ends = Buffer<UInt32>(capacity: 32)
  @exclusivity(unchecked) private(set) var count = 0
  @exclusivity(unchecked) private var limit = 0
  /// Whether there are so few runs that panes take them one by one; else they do not cover all rows.
  @exclusivity(unchecked) private(set) var areFew = true

  /// Begins a batch of so many rows.
  func begin(rows: Int) {
    limit = 16 + rows / 256
    keys.reserve(limit)
    ends.reserve(limit)
    count = 0
    areFew = true
  }

  /// Says that the rows up to `end` that have no run yet belong to the pane with this number.
  @inline(__always)
  func add(_ key: UInt32, through end: Int) {
    guard areFew else { return }
    if count > 0, keys.base[count &- 1] == key {
      ends.base[count &- 1] = UInt32(truncatingIfNeeded: end)
    } else {
      begin(key, through: end)
    }
  }

  private func begin(_ key: UInt32, through end: Int) {
    guard count < limit else {
      areFew = false
      return
    }
    keys.base[count] = key
    ends.base[count] = UInt32(truncatingIfNeeded: end)
    count &+= 1
  }

  subscript(_ index: Int) -> (key: UInt32, rows: Range<Int>) {
    (keys.base[index], (index == 0 ? 0 : Int(ends.base[index &- 1]))..<Int(ends.base[index]))
  }
}
