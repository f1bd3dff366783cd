import TidemillColumns
import TidemillPlan

/// Merges panes into sliding windows, one window after the other in the order of their ends. A pane is merged a constant number of
/// times, however many windows share it.
///
/// Groups have one index in all windows, so that accumulators merge without a look at keys. Accumulators that can subtract are
/// kept as one total: a pane is added when its first window comes, and taken out behind its last. For the others there are two
/// stacks: the older panes as totals of each slice and all that follow it in the stack, from which the oldest is popped; and one
/// total of the panes since. When a pane of that total must go, the panes there are become a new stack.
final class WindowMerger {
  private struct Member {
    let key: PaneKey
    let pane: Pane
    /// Groups of the pane, and their indices here.
    var from: Buffer<GroupIndex>
    var into: Buffer<GroupIndex>
  }

  /// The total of a slice and of all later ones in the stack, of those accumulators that cannot subtract.
  private struct Suffix {
    let start: Int64
    let totals: [Accumulator?]
  }

  private let shape: AggregationShape
  private let windows: FixedWindows
  /// Whether only groups count whose keys were given.
  private let hasGivenKeys: Bool
  private var table: GroupTable
  /// For each group the newest slice that has it.
  private let newest = Buffer<Int64>(capacity: 16)
  /// The groups in the order in which windows give them. That of the table depends on which windows came before this one, and
  /// after a restart they are others.
  private var order = Buffer<GroupIndex>(capacity: 0)
  private var members: [Member] = []
  /// Of accumulators that can subtract the total of all members; of others that of the members since the stack was made.
  private var totals: [Accumulator]
  private var stack: [Suffix] = []
  /// Slices before it are in the stack.
  private var stackEnd = Int64.min
  /// Members that came later than the stack, and belong to slices in it: partially late rows.
  private var stragglers: [Member] = []
  /// The end of the last window.
  private(set) var through = Int64.min

  /// - Parameter keys: the groups that count, and their indices; `nil`: all that there are.
  init(_ shape: AggregationShape, _ windows: FixedWindows, keys: GroupTable? = nil) {
    self.shape = shape
    self.windows = windows
    hasGivenKeys = keys != nil
    table = keys ?? GroupTable(keyTypes: shape.keyTypes)
    totals = shape.makeAccumulators()
    growTotals()
  }

  var memoryUsed: Int {
    let suffixes = stack.reduce(0) { $0 + $1.totals.reduce(0) { $0 + ($1?.memoryUsed ?? 0) } }
    let indices = members.reduce(0) { $0 + $1.from.bytes + $1.into.bytes }
    return totals.reduce(table.memoryUsed + newest.bytes + order.bytes + suffixes + indices) { $0 + $1.memoryUsed }
  }

  // MARK: From window to window

  /// Goes on to the window that ends at `end`.
  ///
  /// - Parameter panes: those that windows up to `end` have and windows up to `through` had not.
  func advance(to end: Int64, adding panes: [(PaneKey, Pane)]) {
    let start = end &- windows.size
    removeMembers(before: start)
    for (key, pane) in panes where key.start >= start { add(key, pane) }
    through = end
  }

  private func removeMembers(before start: Int64) {
    var leavesTotal = false
    var kept: [Member] = []
    for member in members {
      if member.key.start >= start {
        kept.append(member)
        continue
      }
      if member.key.start >= stackEnd { leavesTotal = true }
      for (total, other) in zip(totals, member.pane.accumulators) where total.canSubtract {
        total.subtract(other, from: member.from.base, into: member.into.base, count: member.from.count)
      }
    }
    guard kept.count < members.count else { return }
    members = kept
    while let last = stack.last, last.start < start { stack.removeLast() }
    stragglers.removeAll { $0.key.start < start }
    if !hasGivenKeys, table.count > 1024, groups(from: start) * 2 < table.count {
      rebuild()
    } else if leavesTotal, totals.contains(where: { !$0.canSubtract }) {
      makeStack()
    }
  }

  /// How many groups have any rows from a time on.
  private func groups(from start: Int64) -> Int {
    let newest = newest.base
    var live = 0
    for group in 0..<table.count where newest[group] >= start { live &+= 1 }
    return live
  }

  private func add(_ key: PaneKey, _ pane: Pane) {
    let member = indexed(key, pane)
    members.append(member)
    if key.start < stackEnd { stragglers.append(member) }
    for (total, other) in zip(totals, pane.accumulators) where total.canSubtract || key.start >= stackEnd {
      total.merge(other, from: member.from.base, into: member.into.base, count: member.from.count)
    }
  }

  /// Finds the places of a pane's groups.
  private func indexed(_ key: PaneKey, _ pane: Pane) -> Member {
    let count = hasGivenKeys ? table.count : pane.groups.count
    var into = Buffer<GroupIndex>(repeating: 0, count: count)
    var from = into
    if hasGivenKeys {
      // The given keys may be few beside those of the pane.
      pane.groups.assign(groupsOf: table, into: into.base, adding: false)
      from = Buffer(capacity: count)
      let known = Buffer<GroupIndex>(capacity: count)
      for group in 0..<count where into.base[group] != GroupTable.absent {
        from.append(into.base[group])
        known.append(GroupIndex(truncatingIfNeeded: group))
      }
      into = known
    } else {
      table.assign(groupsOf: pane.groups, into: into.base)
      from = Pane.identity(count)
      growTotals()
    }
    let newest = newest.base
    for index in 0..<into.count {
      let group = Int(into.base[index])
      newest[group] = max(newest[group], key.start)
    }
    return Member(key: key, pane: pane, from: from, into: into)
  }

  private func growTotals() {
    newest.resize(to: table.count, filling: .min)
    for total in totals { total.grow(to: table.count) }
  }

  /// Forgets the groups that no member has any more.
  private func rebuild() {
    table = GroupTable(keyTypes: shape.keyTypes)
    order = Buffer(capacity: 0)
    newest.count = 0
    totals = shape.makeAccumulators()
    stack = []
    stragglers = []
    stackEnd = .max
    let old = members
    members = []
    for member in old { add(member.key, member.pane) }
    makeStack()
  }

  /// Makes all members a new stack.
  private func makeStack() {
    stack = []
    stragglers = []
    stackEnd = .min
    guard totals.contains(where: { !$0.canSubtract }) else { return }
    totals = totals.enumerated().map { index, total in
      total.canSubtract ? total : shape.makeAccumulator(index, groups: table.count)
    }
    let sorted = members.sorted { $0.key.start > $1.key.start }
    guard let last = sorted.first else { return }
    stackEnd = last.key.start &+ windows.slice
    let all = Pane.identity(table.count)
    for member in sorted {
      var next = stack.last?.totals
      if next == nil || stack.last!.start != member.key.start {
        let previous = next
        next = totals.enumerated().map { index, total in
          if total.canSubtract { return nil }
          let copy = shape.makeAccumulator(index, groups: table.count)
          if let previous = previous?[index] {
            copy.merge(previous, from: all.base, into: all.base, count: previous.groupCount)
          }
          return copy
        }
        stack.append(Suffix(start: member.key.start, totals: next!))
      }
      for (total, other) in zip(next!, member.pane.accumulators) {
        total?.merge(other, from: member.from.base, into: member.into.base, count: member.from.count)
      }
    }
  }

  // MARK: Results

  /// The results of the window at which `advance` has arrived: without `chosen` in an order that depends on their keys alone.
  ///
  /// - Parameter chosen: of these groups; `nil`: of all.
  func results(of chosen: Buffer<GroupIndex>? = nil) throws -> Batch {
    let start = through &- windows.size
    let present = Buffer<GroupIndex>(capacity: chosen?.count ?? table.count)
    let newest = newest.base
    if let chosen {
      for group in chosen.elements where newest[Int(group)] >= start { present.append(group) }
    } else {
      if order.count < table.count { order = table.sortedByHash() }
      for group in UnsafeBufferPointer(start: order.base, count: order.count) where newest[Int(group)] >= start {
        present.append(group)
      }
    }
    let merged = totals.indices.map { index in
      totals[index].canSubtract ? totals[index] : merge(index, of: present, from: start)
    }
    let alive = shape.living(present, merged)
    let window = Window(start: start, end: through)
    return try shape.batch(
      keys: table.keyColumns(alive.base, count: alive.count, types: shape.keyTypes), window: window.column(alive.count),
      accumulators: merged, groups: alive.base, count: alive.count)
  }

  /// What an accumulator that cannot subtract has of the window.
  private func merge(_ index: Int, of groups: Buffer<GroupIndex>, from start: Int64) -> Accumulator {
    // Without a stack, or once it is used up, the total is all there is.
    if stack.isEmpty, stragglers.isEmpty { return totals[index] }
    let result = shape.makeAccumulator(index, groups: table.count)
    if let older = stack.last?.totals[index] {
      older.grow(to: table.count)
      result.merge(older, from: groups.base, into: groups.base, count: groups.count)
    }
    result.merge(totals[index], from: groups.base, into: groups.base, count: groups.count)
    for member in stragglers {
      result.merge(
        member.pane.accumulators[index], from: member.from.base, into: member.into.base, count: member.from.count)
    }
    return result
  }
}
