import TidemillColumns

/// The slice of a row, on the way through a batch. Event time is nearly sorted: mostly it is that of the row before, or the one
/// before that, where two slices meet.
struct SliceOfRow {
  private struct Slice {
    var start: Int64 = 0
    var end: Int64 = 0
    var firstEnd: Int64 = 0
    var lastEnd: Int64 = 0
    var pane = PaneAssignment.none
  }

  let windows: FixedWindows
  private var current = Slice()
  private var previous = Slice()
  private let lowest = EventTime.supported.lowerBound.microseconds
  private let highest = EventTime.supported.upperBound.microseconds

  init(_ windows: FixedWindows) { self.windows = windows }

  var start: Int64 { current.start }
  var end: Int64 { current.end }
  /// The end of the first window, and of the last, that has the slice.
  var firstEnd: Int64 { current.firstEnd }
  var lastEnd: Int64 { current.lastEnd }
  var key: PaneKey { PaneKey(start: current.start, firstEnd: current.firstEnd) }

  /// The number of the slice's pane, once it is known.
  var pane: UInt32 {
    get { current.pane }
    set { current.pane = newValue }
  }

  /// How many slices from the current one on are near.
  static let nearSlices = 16

  /// Whether a time that is not before the slice lies in one that is near, and in the calendar.
  func hasNear(_ time: Int64) -> Bool {
    time <= highest && windows.slicesBetween(time &- current.start) < Self.nearSlices
  }

  /// - Returns: whether the calendar has the time.
  @inline(__always)
  mutating func move(to time: Int64) -> Bool {
    if time >= current.start, time < current.end { return true }
    return turn(to: time)
  }

  private mutating func turn(to time: Int64) -> Bool {
    guard time >= lowest, time <= highest else { return false }
    swap(&current, &previous)
    if time >= current.start, time < current.end { return true }
    let start = windows.sliceStart(of: time)
    current = Slice(
      start: start, end: start &+ windows.slice, firstEnd: windows.firstEnd(ofSlice: start),
      lastEnd: windows.lastEnd(ofSlice: start))
    return true
  }
}
