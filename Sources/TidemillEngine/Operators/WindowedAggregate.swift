import TidemillColumns
import TidemillPlan

/// The state of an aggregation over fixed windows, over windows made before it, or without windows.
final class WindowedAggregate {
  private let shape: AggregationShape
  private let mode: OutputMode
  /// Whether update mode gives the old result of a changed group, as -1, before the new one.
  private let emitsRetractions: Bool
  private let windows: FixedWindows?
  private let state: PaneSet
  private(set) var closedThrough = Int64.min
  private var metricsOfEpoch = OperatorMetrics()

  init(_ shape: AggregationShape, mode: OutputMode, emitsRetractions: Bool) {
    self.shape = shape
    self.mode = mode
    self.emitsRetractions = emitsRetractions
    if case .fixed(let size, let slide, let start) = shape.aggregation.window?.kind {
      windows = FixedWindows(size: size.microseconds, slide: slide.microseconds, start: start.microseconds)
    } else {
      windows = nil
    }
    state = PaneSet(shape)
  }

  /// Brings what an epoch gathered into the state; gives the changes of the result.
  func apply(_ gathered: PaneSet, _ moment: Moment) throws -> Batch {
    metricsOfEpoch = OperatorMetrics()
    metricsOfEpoch.rowsUpdated = gathered.groupCount
    var output: [Batch] = []
    if mode == .update {
      if slides {
        try updateSliding(gathered, &output)
      } else {
        try update(gathered, &output)
      }
    } else {
      state.merge(gathered)
    }
    if mode == .complete {
      if slides {
        let bySlice = panesBySlice()
        for end in windowEnds() { output.append(try results(ofWindowEnding: end, bySlice)) }
      } else {
        output += try allPanes()
      }
    } else {
      try close(moment, &output)
    }
    metricsOfEpoch.name = "aggregate"
    metricsOfEpoch.rowsTotal = state.groupCount
    metricsOfEpoch.memoryUsed = state.memoryUsed
    metricsOfEpoch.openWindows = shape.aggregation.window == nil ? 0 : state.keys.count
    if shape.aggregation.window?.followsWatermark ?? false {
      let ends = state.keys.map { windows?.nextEnd(after: moment.watermark, from: $0.firstEnd) ?? $0.firstEnd }
      metricsOfEpoch.nextClose = ends.min().map { EventTime(microseconds: $0) }
    }
    return Batch.concatenating(output, schema: shape.outputSchema)
  }

  /// Drops all state: before a recomputation from the whole input.
  func forget() { state.removeAll() }

  var metrics: OperatorMetrics { metricsOfEpoch }

  /// Whether a row may belong to several windows.
  private var slides: Bool { windows.map { !$0.isTumbling } ?? false }

  // MARK: One window a pane

  /// The window whose rows a pane of a tumbling or existing window holds.
  private func window(of key: PaneKey) -> Window? {
    if let windows { return Window(start: key.firstEnd &- windows.size, end: key.firstEnd) }
    return shape.aggregation.window == nil ? nil : Window(start: key.start, end: key.firstEnd)
  }

  private func update(_ gathered: PaneSet, _ output: inout [Batch]) throws {
    for (key, fresh) in zip(gathered.keys, gathered.panes) {
      let window = window(of: key)
      if emitsRetractions, let pane = state[key] {
        let known = Buffer<GroupIndex>(repeating: 0, count: fresh.groups.count)
        pane.groups.assign(groupsOf: fresh.groups, into: known.base, adding: false)
        let old = Buffer<GroupIndex>(capacity: known.count)
        for group in known.elements where group != GroupTable.absent && pane.isAlive(Int(group)) { old.append(group) }
        output.append(try pane.results(old, window: window).weighted(-1))
      }
      let pane = state.pane(of: key)
      let touched = pane.merge(fresh)
      let new: Buffer<GroupIndex>
      if shape.rowCount == nil {
        new = touched
      } else {
        new = Buffer(capacity: touched.count)
        for group in touched.elements where pane.isAlive(Int(group)) { new.append(group) }
      }
      output.append(try pane.results(new, window: window).weighted(1))
    }
  }

  private func allPanes() throws -> [Batch] {
    try zip(state.keys, state.panes).sorted { ($0.0.firstEnd, $0.0.start) < ($1.0.firstEnd, $1.0.start) }
      .map { try $1.allResults(window: window(of: $0)) }
  }

  // MARK: Sliding windows

  private func lastEnd(of key: PaneKey) -> Int64 {
    guard let windows else { return key.firstEnd }
    return windows.lastEnd(ofSlice: key.start)
  }

  /// The ends, in order, of the windows that hold a pane and end after `low` and not after `high`.
  ///
  /// - Complexity: O(panes + windows found, with repetitions).
  private func windowEnds(after low: Int64 = .min, through high: Int64 = .max) -> [Int64] {
    guard let windows, slides else { return [] }
    var ends: Set<Int64> = []
    for key in state.keys {
      let last = min(lastEnd(of: key), high)
      var end = windows.nextEnd(after: low, from: key.firstEnd)
      while end <= last {
        ends.insert(end)
        end = end &+ windows.slide
      }
    }
    return ends.sorted()
  }

  /// The panes of each slice, for looking up the panes of a window.
  private func panesBySlice() -> [Int64: [Int]] {
    var result: [Int64: [Int]] = [:]
    for (index, key) in state.keys.enumerated() { result[key.start, default: []].append(index) }
    return result
  }

  private func panes(ofWindowEnding end: Int64, _ bySlice: [Int64: [Int]]) -> [Pane] {
    let windows = windows!
    var result: [Pane] = []
    if windows.size / windows.slice > Int64(state.keys.count) {
      // Finer slices than there are panes: most of them are empty.
      for (key, pane) in zip(state.keys, state.panes)
      where key.start >= end &- windows.size && key.start < end && key.firstEnd <= end {
        result.append(pane)
      }
      return result
    }
    for slice in stride(from: end &- windows.size, to: end, by: Int64.Stride(windows.slice)) {
      for index in bySlice[slice] ?? [] where state.keys[index].firstEnd <= end { result.append(state.panes[index]) }
    }
    return result
  }

  private func results(ofWindowEnding end: Int64, _ bySlice: [Int64: [Int]]) throws -> Batch {
    let panes = panes(ofWindowEnding: end, bySlice)
    let window = Window(start: end &- windows!.size, end: end)
    if panes.count == 1 { return try panes[0].allResults(window: window) }
    let merged = Pane(shape)
    for pane in panes { merged.merge(pane) }
    return try merged.allResults(window: window)
  }

  /// The results that those of `keys` that have any rows have now in the window.
  private func results(
    of keys: GroupTable, inWindowEnding end: Int64, _ bySlice: [Int64: [Int]]
  ) throws -> Batch {
    let merged = Pane(shape, groups: keys)
    let found = Buffer<UInt8>(repeating: 0, count: keys.count)
    for pane in panes(ofWindowEnding: end, bySlice) { merged.mergeKnown(pane, found: found) }
    let present = Buffer<GroupIndex>(capacity: keys.count)
    for group in 0..<keys.count where found.base[group] != 0 && merged.isAlive(group) {
      present.append(GroupIndex(truncatingIfNeeded: group))
    }
    return try merged.results(present, window: Window(start: end &- windows!.size, end: end))
  }

  private func updateSliding(_ gathered: PaneSet, _ output: inout [Batch]) throws {
    let windows = windows!
    var touched: [Int64: GroupTable] = [:]
    for (key, pane) in zip(gathered.keys, gathered.panes) {
      let scratch = Buffer<GroupIndex>(capacity: pane.groups.count)
      for end in stride(from: key.firstEnd, through: lastEnd(of: key), by: Int64.Stride(windows.slide)) {
        let table = touched[end] ?? GroupTable(keyTypes: shape.keyTypes)
        table.assign(groupsOf: pane.groups, into: scratch.base)
        touched[end] = table
      }
    }
    let ends = touched.keys.sorted()
    if emitsRetractions {
      let bySlice = panesBySlice()
      for end in ends { output.append(try results(of: touched[end]!, inWindowEnding: end, bySlice).weighted(-1)) }
    }
    state.merge(gathered)
    let bySlice = panesBySlice()
    for end in ends { output.append(try results(of: touched[end]!, inWindowEnding: end, bySlice).weighted(1)) }
  }

  // MARK: Closing

  private func close(_ moment: Moment, _ output: inout [Batch]) throws {
    guard let assignment = shape.aggregation.window else {
      // Without a window a result is final only when the input has ended.
      guard moment.isFinal, mode == .append else { return }
      output += try allPanes()
      metricsOfEpoch.rowsRemoved += state.removeAll { _ in true }
      return
    }
    guard assignment.followsWatermark || moment.isFinal else { return }
    if mode == .append {
      if slides {
        let ends = windowEnds(after: emittedThrough, through: moment.isFinal ? .max : moment.watermark)
        let bySlice = panesBySlice()
        for end in ends { output.append(try results(ofWindowEnding: end, bySlice)) }
        emittedThrough = max(emittedThrough, ends.last ?? .min)
      } else {
        let closing = zip(state.keys, state.panes).filter { moment.closes(windowEnd: $0.0.firstEnd) }
          .sorted { ($0.0.firstEnd, $0.0.start) < ($1.0.firstEnd, $1.0.start) }
        for (key, pane) in closing { output.append(try pane.allResults(window: window(of: key))) }
      }
    }
    // What update mode drops is not there for append mode, should the job go on in that.
    if mode == .update, slides, assignment.followsWatermark { emittedThrough = max(emittedThrough, moment.watermark) }
    if moment.isFinal { closedThrough = max(closedThrough, state.keys.map { lastEnd(of: $0) }.max() ?? .min) }
    metricsOfEpoch.rowsRemoved += state.removeAll { moment.closes(windowEnd: lastEnd(of: $0)) }
  }

  /// Up to which end sliding windows have closed, in append and in update mode: their slices live on for later windows.
  private var emittedThrough = Int64.min

  func write(to writer: inout ByteWriter) {
    writer.write(emittedThrough)
    state.write(to: &writer)
  }

  func read(from reader: inout ByteReader) throws {
    emittedThrough = try reader.read()
    try state.read(from: &reader)
    guard Set(state.keys).count == state.keys.count, state.keys.allSatisfy(isPossible) else {
      throw CorruptBytes("a pane of a window that the query does not have")
    }
  }

  /// Whether a pane of this key can be: else a walk over its windows may take for ever.
  private func isPossible(_ key: PaneKey) -> Bool {
    guard let windows else { return shape.aggregation.window == nil ? key == .always : key.start <= key.firstEnd }
    guard windows.sliceStart(of: key.start) == key.start else { return false }
    let first = windows.firstEnd(ofSlice: key.start)
    return key.firstEnd >= first && key.firstEnd <= lastEnd(of: key) && (key.firstEnd - first) % windows.slide == 0
  }
}
