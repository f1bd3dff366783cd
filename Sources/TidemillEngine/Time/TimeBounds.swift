/// The earliest and the latest of some times.
struct TimeBounds {
  let lowest: Int64
  let highest: Int64

  init(lowest: Int64, highest: Int64) {
    self.lowest = lowest
    self.highest = highest
  }

  /// Of at least one time. Four at a time, since each comparison waits for the one before it.
  init(_ times: UnsafePointer<Int64>, count: Int) {
    let first = times[0]
    var (low0, low1, low2, low3) = (first, first, first, first)
    var (high0, high1, high2, high3) = (first, first, first, first)
    var index = 0
    while index &+ 4 <= count {
      let (time0, time1, time2, time3) = (times[index], times[index &+ 1], times[index &+ 2], times[index &+ 3])
      low0 = min(low0, time0)
      low1 = min(low1, time1)
      low2 = min(low2, time2)
      low3 = min(low3, time3)
      high0 = max(high0, time0)
      high1 = max(high1, time1)
      high2 = max(high2, time2)
      high3 = max(high3, time3)
      index &+= 4
    }
    while index < count {
      low0 = min(low0, times[index])
      high0 = max(high0, times[index])
      index &+= 1
    }
    lowest = min(min(low0, low1), min(low2, low3))
    highest = max(max(high0, high1), max(high2, high3))
  }
}
