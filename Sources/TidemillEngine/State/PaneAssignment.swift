import TidemillColumns

/// Which pane each row of a batch belongs to: keys of panes, and for each row the number of its key.
final class PaneAssignment {
  /// A row without a pane: it is late, or has no time.
  static let none = UInt32.max

  /// Keys that rows may have; some may have none.
  @exclusivity(unchecked) private(set) var keys: [PaneKey] = []
  /// For each row the number of its key. Not filled when `isUniform`.
  let keyOfRow = Buffer<UInt32>(capacity: 1024)
  /// Whether all rows have the first key.
  private(set) var isUniform = false
  /// The same as `keyOfRow`, where there are few. Not filled when `isUniform`.
  let runs = PaneRuns()
  private let paneOfSlice = Buffer<UInt32>(capacity: SliceOfRow.nearSlices)
  /// The numbers of keys behind the first few.
  @exclusivity(unchecked) private var numbers: [PaneKey: UInt32] = [:]

  private func begin(_ count: Int) {
    keys.removeAll(keepingCapacity: true)
    if !numbers.isEmpty { numbers.removeAll(keepingCapacity: true) }
    isUniform = false
    runs.begin(rows: count)
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
  /// - Parameter bounds: of the times of all rows, if known: then they are the event times of the stream.
  /// - Complexity: O(rows), however many windows a row belongs to.
  func assign(
    _ time: Column, _ windows: FixedWindows, count: Int, bounds: BlockBounds? = nil, _ watermarks: BatchWatermarks?
  ) -> CollectOutcome {
    begin(count)
    if count > 0, !time.hasNulls {
      let blocks = bounds ?? BlockBounds(time.int64, count: count)
      let all = blocks.whole
      let start = windows.sliceStart(of: all.lowest)
      let isSupported =
        EventTime.supported.contains(EventTime(microseconds: all.lowest))
        && EventTime.supported.contains(EventTime(microseconds: all.highest))
      let mayBeLate = watermarks.map { $0.bound >= windows.firstEnd(ofSlice: start) } ?? false
      if isSupported, !mayBeLate, all.highest < start &+ windows.slice {
        assignAll(to: PaneKey(start: start, firstEnd: windows.firstEnd(ofSlice: start)))
        return CollectOutcome()
      }
      if isSupported, !mayBeLate { return assignBlocks(time.int64, windows, blocks, count: count, nil) }
      if bounds != nil, let running = watermarks?.running {
        return assignBlocks(time.int64, windows, blocks, count: count, running)
      }
    }
    return assignEach(time, windows, count: count, watermarks?.rows())
  }

  /// Assigns rows block by block: where no row of a block can be late, and all lie in one slice, without a look at each.
  ///
  /// - Parameter running: the watermark before the first row; `nil` when no row is late.
  private func assignBlocks(
    _ times: UnsafePointer<Int64>, _ windows: FixedWindows, _ blocks: BlockBounds, count: Int, _ running: RunningWatermark?
  ) -> CollectOutcome {
    var outcome = CollectOutcome()
    var slice = SliceOfRow(windows)
    let result = keyOfRow.base
    let isFollowed = running != nil
    var running = running ?? RunningWatermark(highest: .min, delay: 0, floor: .min)
    var first = 0
    while first < count {
      let end = min(first &+ BlockBounds.blockSize, count)
      let bounds = blocks.block(at: first)
      let before = running
      if isFollowed { running.pass(bounds.highest) }
      let isPunctual = slice.move(to: bounds.lowest) && running.current < slice.firstEnd
      if isPunctual, bounds.highest < slice.end {
        let pane = number(of: &slice)
        (result + first).update(repeating: pane, count: end &- first)
        runs.add(pane, through: end)
      } else if isPunctual, slice.hasNear(bounds.highest) {
        assignNear(times, windows, first..<end, from: slice.start)
      } else {
        var mark = before
        for row in first..<end {
          let time = times[row]
          result[row] = assign(row, time, &slice, mark.current, &outcome)
          runs.add(result[row], through: row &+ 1)
          if isFollowed { mark.pass(time) }
        }
      }
      first = end
    }
    return outcome
  }

  /// Assigns rows of which none is late to their slices, of which there are few from `start` on.
  private func assignNear(_ times: UnsafePointer<Int64>, _ windows: FixedWindows, _ rows: Range<Int>, from start: Int64) {
    let panes = paneOfSlice.base
    panes.update(repeating: Self.none, count: SliceOfRow.nearSlices)
    let result = keyOfRow.base
    for row in rows {
      let number = Int(windows.slicesBetween(times[row] &- start))
      if panes[number] == Self.none {
        let sliceStart = start &+ Int64(number) &* windows.slice
        panes[number] = self.number(of: PaneKey(start: sliceStart, firstEnd: windows.firstEnd(ofSlice: sliceStart)))
      }
      result[row] = panes[number]
      runs.add(panes[number], through: row &+ 1)
    }
  }

  /// The number of the pane of a row; `none` if it has none.
  @inline(__always)
  private func assign(
    _ row: Int, _ time: Int64, _ slice: inout SliceOfRow, _ watermark: Int64, _ outcome: inout CollectOutcome
  ) -> UInt32 {
    guard slice.move(to: time) else {
      outcome.withoutTime.append(row)
      return Self.none
    }
    if watermark < slice.firstEnd { return number(of: &slice) }
    if watermark >= slice.lastEnd {
      outcome.late.append(row)
      return Self.none
    }
    return number(of: PaneKey(start: slice.start, firstEnd: slice.windows.nextEnd(after: watermark, from: slice.firstEnd)))
  }

  private func assignEach(
    _ time: Column, _ windows: FixedWindows, count: Int, _ watermarks: Buffer<Int64>?
  ) -> CollectOutcome {
    var outcome = CollectOutcome()
    var slice = SliceOfRow(windows)
    let times = time.int64
    let valid = time.validity?.base
    let watermarks = watermarks?.base
    let result = keyOfRow.base
    for row in 0..<count {
      if let valid, valid[row] == 0 {
        result[row] = Self.none
        outcome.withoutTime.append(row)
      } else {
        result[row] = assign(row, times[row], &slice, watermarks?[row] ?? .min, &outcome)
      }
      runs.add(result[row], through: row &+ 1)
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
    let result = keyOfRow.base
    let watermarks = watermarks?.rows()
    // Results come window by window.
    var (lastKey, lastNumber) = (PaneKey(start: 0, firstEnd: 0), Self.none)
    for row in 0..<count {
      if window.isNull(row) {
        result[row] = Self.none
        outcome.withoutTime.append(row)
      } else if let watermarks, watermarks.base[row] >= ends.base[row] {
        result[row] = Self.none
        outcome.late.append(row)
      } else {
        let key = PaneKey(start: starts.base[row], firstEnd: ends.base[row])
        if lastNumber == Self.none || key != lastKey { (lastKey, lastNumber) = (key, number(of: key)) }
        result[row] = lastNumber
      }
      runs.add(result[row], through: row &+ 1)
    }
    return outcome
  }

  /// Keys that are looked for one by one: more are rare in one batch.
  private static let fewKeys = 8

  @inline(__always)
  private func number(of slice: inout SliceOfRow) -> UInt32 {
    if slice.pane == Self.none { slice.pane = number(of: slice.key) }
    return slice.pane
  }

  private func number(of key: PaneKey) -> UInt32 {
    for index in 0..<min(keys.count, Self.fewKeys) where keys[index] == key { return UInt32(truncatingIfNeeded: index) }
    if let known = numbers[key] { return known }
    let number = UInt32(truncatingIfNeeded: keys.count)
    if keys.count >= Self.fewKeys { numbers[key] = number }
    keys.append(key)
    return number
  }
}
