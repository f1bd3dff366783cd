import TidemillColumns

/// Which pane each row of a batch belongs to: keys of panes, and for each row the number of its key.
final class PaneAssignment {
  /// A row without a pane: it is late, or has no time.
  static let none = UInt32.max

  /// Keys that rows may have; some may have none.
  private(set) var keys: [PaneKey] = []
  /// For each row the number of its key. Not filled when `isUniform`.
  let keyOfRow = Buffer<UInt32>(capacity: 1024)
  /// Whether all rows have the first key.
  private(set) var isUniform = false

  private func begin(_ count: Int) {
    keys.removeAll(keepingCapacity: true)
    isUniform = false
    keyOfRow.count = 0
    keyOfRow.reserve(count)
    keyOfRow.count = count
  }

  /// All rows belong to one pane.
  func assignAll(to key: PaneKey) {
    begin(0)
    keys.append(key)
    isUniform = true
  }

  /// Assigns rows to the slices of fixed windows.
  ///
  /// - Parameter bounds: of the times of all rows, or of more, if known.
  /// - Complexity: O(rows), however many windows a row belongs to.
  func assign(
    _ time: Column, _ windows: FixedWindows, count: Int, bounds: TimeBounds? = nil, _ watermarks: BatchWatermarks?
  ) -> CollectOutcome {
    begin(count)
    if count > 0, !time.hasNulls {
      let bounds = bounds ?? TimeBounds(time.int64, count: count)
      if assignWhole(time, windows, count: count, bounds, watermarks) { return CollectOutcome() }
    }
    return assignEach(time, windows, count: count, watermarks?.rows())
  }

  /// More slices in one batch than these are rare, and not worth a list of all of them.
  private static let mostSlices: Int64 = 4096

  /// Assigns rows of which none is late or without time: without a look at each, if they all lie in one slice.
  private func assignWhole(
    _ time: Column, _ windows: FixedWindows, count: Int, _ bounds: TimeBounds, _ watermarks: BatchWatermarks?
  ) -> Bool {
    let times = UnsafePointer(time.int64)
    guard EventTime.supported.contains(EventTime(microseconds: bounds.lowest)),
      EventTime.supported.contains(EventTime(microseconds: bounds.highest))
    else { return false }
    let start = windows.sliceStart(of: bounds.lowest)
    if let watermarks, watermarks.bound >= windows.firstEnd(ofSlice: start) { return false }
    let last = windows.slicesBetween(bounds.highest &- start)
    guard last < Self.mostSlices else { return false }
    for slice in 0...last {
      let sliceStart = start &+ slice &* windows.slice
      keys.append(PaneKey(start: sliceStart, firstEnd: windows.firstEnd(ofSlice: sliceStart)))
    }
    isUniform = last == 0
    if isUniform { return true }
    let result = keyOfRow.base
    for row in 0..<count {
      result[row] = UInt32(truncatingIfNeeded: windows.slicesBetween(times[row] &- start))
    }
    return true
  }

  private func assignEach(
    _ time: Column, _ windows: FixedWindows, count: Int, _ watermarks: Buffer<Int64>?
  ) -> CollectOutcome {
    var outcome = CollectOutcome()
    var numbers: [PaneKey: UInt32] = [:]
    let times = time.int64
    let valid = time.validity?.base
    let watermarks = watermarks?.base
    let result = keyOfRow.base
    // Event time is nearly sorted: most rows lie in the slice of the row before.
    var sliceStart: Int64 = 0
    var sliceEnd: Int64 = 0
    var firstEnd: Int64 = 0
    var lastEnd: Int64 = 0
    var pane = Self.none
    for row in 0..<count {
      if let valid, valid[row] == 0 {
        result[row] = Self.none
        outcome.withoutTime += 1
        continue
      }
      let time = times[row]
      if time < sliceStart || time >= sliceEnd {
        guard EventTime.supported.contains(EventTime(microseconds: time)) else {
          result[row] = Self.none
          outcome.withoutTime += 1
          continue
        }
        sliceStart = windows.sliceStart(of: time)
        sliceEnd = sliceStart &+ windows.slice
        firstEnd = windows.firstEnd(ofSlice: sliceStart)
        lastEnd = windows.lastEnd(ofSlice: sliceStart)
        pane = Self.none
      }
      if let watermarks, watermarks[row] >= firstEnd {
        if watermarks[row] >= lastEnd {
          result[row] = Self.none
          outcome.late.append(row)
          continue
        }
        let end = windows.nextEnd(after: watermarks[row], from: firstEnd)
        result[row] = number(of: PaneKey(start: sliceStart, firstEnd: end), &numbers)
        continue
      }
      if pane == Self.none { pane = number(of: PaneKey(start: sliceStart, firstEnd: firstEnd), &numbers) }
      result[row] = pane
    }
    return outcome
  }

  /// Assigns rows to the windows that they carry.
  func assignExisting(_ window: Column, count: Int, _ watermarks: BatchWatermarks?) -> CollectOutcome {
    begin(count)
    guard case .window(let starts, let ends) = window.values else {
      preconditionFailure("the resolver gives a window column to an aggregation over windows")
    }
    var outcome = CollectOutcome()
    var numbers: [PaneKey: UInt32] = [:]
    let result = keyOfRow.base
    let watermarks = watermarks?.rows()
    // Results come window by window.
    var (lastKey, lastNumber) = (PaneKey(start: 0, firstEnd: 0), Self.none)
    for row in 0..<count {
      if window.isNull(row) {
        result[row] = Self.none
        outcome.withoutTime += 1
      } else if let watermarks, watermarks.base[row] >= ends.base[row] {
        result[row] = Self.none
        outcome.late.append(row)
      } else {
        let key = PaneKey(start: starts.base[row], firstEnd: ends.base[row])
        if lastNumber == Self.none || key != lastKey { (lastKey, lastNumber) = (key, number(of: key, &numbers)) }
        result[row] = lastNumber
      }
    }
    return outcome
  }

  private func number(of key: PaneKey, _ numbers: inout [PaneKey: UInt32]) -> UInt32 {
    if let known = numbers[key] { return known }
    let number = UInt32(truncatingIfNeeded: keys.count)
    numbers[key] = number
    keys.append(key)
    return number
  }
}
