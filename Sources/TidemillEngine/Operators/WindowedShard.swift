import TidemillColumns
import TidemillPlan

/// One shard of the state of an aggregation over windows: the panes of its keys, and how they become results.
final class WindowedShard {
  let shape: AggregationShape
  private let gives: ResultKinds
  /// Whether update mode gives the old result of a changed group, as -1, before the new one.
  private let emitsRetractions: Bool
  private let windows: FixedWindows?
  let state: PaneSet
  /// How many groups the last pane had that was full when it closed: the next one will have about as many.
  private var usualGroups = 16
  private let scratch = Buffer<GroupIndex>(capacity: 16)
  /// In append mode: the sliding window that closed last.
  private var merger: WindowMerger?

  /// What the end of an epoch gave.
  struct Epoch {
    /// Changed results, for update mode: of one window each, or of several that are one window's to the outside.
    var changes: [Piece] = []
    /// Results for append mode, which are final, or for complete mode.
    var results: [Piece] = []
    var groupsTouched = 0
    var groupsRemoved = 0
    var closedThrough = Int64.min
    var emittedThrough: Int64

    mutating func add(change batch: Batch, end: Int64) {
      if batch.count > 0 { changes.append(Piece(start: .min, end: end, batch: batch)) }
    }

    mutating func add(result batch: Batch, start: Int64 = .min, end: Int64) {
      if batch.count > 0 { results.append(Piece(start: start, end: end, batch: batch)) }
    }
  }

  /// Results and the window that they are of.
  struct Piece {
    let start: Int64
    let end: Int64
    let batch: Batch
  }

  init(_ shape: AggregationShape, gives: ResultKinds, emitsRetractions: Bool) {
    self.shape = shape
    self.gives = gives
    self.emitsRetractions = emitsRetractions
    if case .fixed(let size, let slide, let start) = shape.aggregation.window?.kind {
      windows = FixedWindows(size: size.microseconds, slide: slide.microseconds, start: start.microseconds)
    } else {
      windows = nil
    }
    state = PaneSet(shape)
  }

  /// What an epoch has for a shard.
  struct Share {
    /// In update mode, which needs the state as it was: what is to be brought in. Else it has been.
    let gathered: PaneSet?
    let groupsTouched: Int
  }

  /// Takes this shard's share of what the lanes collected.
  ///
  /// - Parameter chunks: in the order of their batches, so that groups get their places in the order of rows.
  func take(_ panes: [ShardedPane], _ chunks: [RowChunk], shard: Int) -> Share {
    if gives.changes {
      let gathered = PaneSet(shape)
      let touched = add(panes, chunks, shard: shard, to: gathered)
      return Share(gathered: gathered, groupsTouched: touched)
    }
    checkMerger(chunks.flatMap(\.keys) + panes.map(\.key))
    return Share(gathered: nil, groupsTouched: add(panes, chunks, shard: shard, to: state))
  }

  /// Ends the epoch.
  ///
  /// - Parameter emittedThrough: up to which end sliding windows have closed.
  func finish(_ share: Share, _ moment: Moment, emittedThrough: Int64) throws -> Epoch {
    if let gathered = share.gathered { return try apply(gathered, moment, emittedThrough: emittedThrough) }
    var epoch = Epoch(emittedThrough: emittedThrough)
    epoch.groupsTouched = share.groupsTouched
    try finish(moment, &epoch)
    return epoch
  }

  /// Brings in all that was gathered, where this is the only shard.
  func apply(
    _ gathered: PaneSet, _ moment: Moment, emittedThrough: Int64, _ work: ParallelWork = .serial
  ) throws -> Epoch {
    var epoch = Epoch(emittedThrough: emittedThrough)
    epoch.groupsTouched = gathered.groupCount
    checkMerger(gathered.keys)
    if gives.changes {
      if slides {
        try updateSliding(gathered, &epoch)
      } else {
        try update(gathered, &epoch)
      }
    } else {
      state.merge([gathered], work)
    }
    try finish(moment, &epoch)
    return epoch
  }

  private func finish(_ moment: Moment, _ epoch: inout Epoch) throws {
    if gives.everything {
      guard moment.showsEverything else { return }
      if slides {
        try addWindows(windowEnds(), &epoch)
      } else {
        try addAllPanes(&epoch)
      }
    } else {
      try close(moment, &epoch)
    }
  }

  /// Adds a shard's share of gathered panes.
  func add(_ panes: [ShardedPane], shard: Int) { _ = add(panes, [], shard: shard, to: state) }

  /// How many groups a pane will have: of rows that were late for their first windows there are few.
  private func expectedGroups(_ key: PaneKey) -> Int {
    guard let windows else { return 16 }
    // Some more than last time: a table that overflows by one group takes twice the memory.
    return key.firstEnd == windows.firstEnd(ofSlice: key.start) ? usualGroups + usualGroups / 16 : 16
  }

  /// - Returns: how many groups were added or changed.
  private func add(_ panes: [ShardedPane], _ chunks: [RowChunk], shard: Int, to set: PaneSet) -> Int {
    let touched = TouchedGroups()
    for gathered in panes {
      let groups = gathered.groups(shard)
      guard let list = groups.baseAddress, groups.count > 0 else { continue }
      let pane = set.pane(of: gathered.key, capacity: expectedGroups(gathered.key))
      scratch.reserve(groups.count)
      pane.merge(gathered.pane, groups: list, count: groups.count, into: scratch.base)
      touched.note(scratch.base, count: groups.count, of: gathered.key, in: pane)
    }
    for chunk in chunks {
      for (index, key) in chunk.keys.enumerated() {
        let rows = chunk.rows(index, shard: shard)
        guard !rows.isEmpty else { continue }
        let pane = set.pane(of: key, capacity: expectedGroups(key))
        chunk.add(rows, to: pane, scratch: scratch)
        touched.note(scratch.base, count: rows.count, of: key, in: pane)
      }
    }
    return touched.count
  }

  /// Drops all state: before a recomputation from the whole input.
  func forget() {
    state.removeAll()
    merger = nil
  }

  /// Gives away all panes.
  func takePanes() -> [(PaneKey, Pane)] {
    defer { forget() }
    return Array(zip(state.keys, state.panes))
  }

  var groupCount: Int { state.groupCount }
  var memoryUsed: Int { state.memoryUsed + (merger?.memoryUsed ?? 0) }
  var paneKeys: [PaneKey] { state.keys }

  /// The first end after `watermark` of a window that holds a pane.
  func nextEnd(of key: PaneKey, after watermark: Int64) -> Int64 {
    windows?.nextEnd(after: watermark, from: key.firstEnd) ?? key.firstEnd
  }

  /// Whether a row may belong to several windows.
  private var slides: Bool { windows.map { !$0.isTumbling } ?? false }

  /// The windows, where they overlap.
  var sliding: FixedWindows? { slides ? windows : nil }

  // MARK: One window a pane

  /// The window whose rows a pane of a tumbling or existing window holds.
  func window(of key: PaneKey) -> Window? {
    if let windows { return Window(start: key.firstEnd &- windows.size, end: key.firstEnd) }
    return shape.aggregation.window == nil ? nil : Window(start: key.start, end: key.firstEnd)
  }

  private func update(_ gathered: PaneSet, _ epoch: inout Epoch) throws {
    for (key, fresh) in zip(gathered.keys, gathered.panes) {
      let window = window(of: key)
      if emitsRetractions, let pane = state[key] {
        let known = Buffer<GroupIndex>(repeating: 0, count: fresh.groups.count)
        pane.groups.assign(groupsOf: fresh.groups, into: known.base, adding: false)
        let old = Buffer<GroupIndex>(capacity: known.count)
        for group in known.elements where group != GroupTable.absent { old.append(group) }
        epoch.add(change: try pane.results(pane.living(old), window: window).weighted(-1), end: key.firstEnd)
      }
      let pane = state.pane(of: key, capacity: fresh.groups.count)
      let touched = pane.merge(fresh)
      epoch.add(change: try pane.results(pane.living(touched), window: window).weighted(1), end: key.firstEnd)
    }
  }

  private func addAllPanes(where isWanted: (PaneKey) -> Bool = { _ in true }, _ epoch: inout Epoch) throws {
    let wanted = zip(state.keys, state.panes).filter { isWanted($0.0) }
      .sorted { ($0.0.firstEnd, $0.0.start) < ($1.0.firstEnd, $1.0.start) }
    for (key, pane) in wanted {
      epoch.add(result: try pane.allResults(window: window(of: key)), start: key.start, end: key.firstEnd)
    }
  }

  // MARK: Sliding windows

  func lastEnd(of key: PaneKey) -> Int64 {
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

  /// The results of windows from the state as it is.
  private func addWindows(_ ends: [Int64], _ epoch: inout Epoch) throws {
    guard !ends.isEmpty, let windows else { return }
    let merger = WindowMerger(shape, windows)
    try addWindows(ends, merger, &epoch)
  }

  private func addWindows(_ ends: [Int64], _ merger: WindowMerger, _ epoch: inout Epoch) throws {
    var panes = PanesByFirstEnd(state, after: merger.through)
    var bytes = 0
    for end in ends {
      merger.advance(to: end, adding: panes.take(through: end))
      let results = try merger.results()
      bytes += results.count * results.schema.valueBytes
      guard bytes <= shape.resultByteLimit else {
        throw TidemillError(
          .outOfMemory, "the windows' results take more than \(shape.resultByteLimit >> 20) MiB",
          hint: "slide by more, or take a shorter window")
      }
      epoch.add(result: results, end: end)
    }
  }

  private func updateSliding(_ gathered: PaneSet, _ epoch: inout Epoch) throws {
    let changes = SlidingChanges(gathered, shape, windows!)
    if emitsRetractions { try changes.add(from: state, weight: -1, to: &epoch) }
    state.merge([gathered])
    try changes.add(from: state, weight: 1, to: &epoch)
  }

  // MARK: Closing

  /// What the last windows that closed were merged from serves the next ones: their panes do not change any more, since a row
  /// that comes now is late for those windows, and has a pane that begins with a later one.
  private func closeSliding(_ ends: [Int64], _ epoch: inout Epoch) throws {
    let merger = merger ?? WindowMerger(shape, windows!)
    self.merger = merger
    try addWindows(ends, merger, &epoch)
  }

  /// Forgets the window that closed last if panes of it change all the same.
  private func checkMerger(_ keys: [PaneKey]) {
    if let merger, keys.contains(where: { $0.firstEnd <= merger.through }) { self.merger = nil }
  }

  private func close(_ moment: Moment, _ epoch: inout Epoch) throws {
    guard let assignment = shape.aggregation.window else {
      // Without a window a result is final only when the input has ended.
      guard moment.isFinal, gives.finals else { return }
      try addAllPanes(&epoch)
      epoch.groupsRemoved += groupCount
      state.removeAll()
      return
    }
    guard assignment.followsWatermark || moment.isFinal else { return }
    if gives.finals {
      if slides {
        let ends = windowEnds(after: epoch.emittedThrough, through: moment.isFinal ? .max : moment.watermark)
        if !ends.isEmpty { try closeSliding(ends, &epoch) }
        epoch.emittedThrough = max(epoch.emittedThrough, ends.last ?? .min)
      } else {
        try addAllPanes(where: { moment.closes(windowEnd: $0.firstEnd) }, &epoch)
      }
    }
    // What update mode drops is not there for append mode, should the job go on in that.
    if !gives.finals, slides, assignment.followsWatermark {
      epoch.emittedThrough = max(epoch.emittedThrough, moment.watermark)
    }
    if moment.isFinal { merger = nil }
    if moment.isFinal { epoch.closedThrough = state.keys.map { lastEnd(of: $0) }.max() ?? .min }
    let closing = state.removeAll { moment.closes(windowEnd: lastEnd(of: $0)) }
    usualGroups = closing.map(\.groups.count).max() ?? usualGroups
    epoch.groupsRemoved += closing.reduce(0) { $0 + $1.groups.count }
  }

  func write(to writer: inout ByteWriter) { state.write(to: &writer) }

  func read(from reader: inout ByteReader) throws {
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
