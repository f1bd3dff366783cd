import TidemillColumns
import TidemillPlan

/// Groups and their accumulators: the state of one slice of event time, or of all time. Freed whole.
final class Pane {
  let shape: AggregationShape
  let groups: GroupTable
  let accumulators: [Accumulator]

  init(_ shape: AggregationShape, groups: GroupTable? = nil) {
    self.shape = shape
    self.groups = groups ?? GroupTable(keyTypes: shape.keyTypes)
    accumulators = shape.makeAccumulators()
    grow()
  }

  private func grow() {
    for accumulator in accumulators { accumulator.grow(to: groups.count) }
  }

  /// Takes in rows of a batch. `scratch` has room for `count` indices.
  func add(
    _ input: AggregationInput, rows: UnsafePointer<UInt32>?, count: Int, scratch: UnsafeMutablePointer<GroupIndex>
  ) {
    groups.assign(input.keys, rows: rows, count: count, into: scratch)
    grow()
    input.update(accumulators, groups: scratch, rows: rows, count: count)
  }

  /// Adds all groups of another pane; returns for each of its groups the group here.
  @discardableResult
  func merge(_ other: Pane) -> Buffer<GroupIndex> {
    let into = Buffer<GroupIndex>(repeating: 0, count: other.groups.count)
    groups.assign(groupsOf: other.groups, into: into.base)
    grow()
    let from = Pane.identity(other.groups.count)
    for (mine, theirs) in zip(accumulators, other.accumulators) {
      mine.merge(theirs, from: from.base, into: into.base, count: into.count)
    }
    return into
  }

  /// Adds those groups of another pane that this one has a key for, and marks them in `found`.
  func mergeKnown(_ other: Pane, found: Buffer<UInt8>) {
    let theirs = Buffer<GroupIndex>(repeating: 0, count: groups.count)
    other.groups.assign(groupsOf: groups, into: theirs.base, adding: false)
    let from = Buffer<GroupIndex>(capacity: groups.count)
    let into = Buffer<GroupIndex>(capacity: groups.count)
    for group in 0..<groups.count where theirs.base[group] != GroupTable.absent {
      from.append(theirs.base[group])
      into.append(GroupIndex(truncatingIfNeeded: group))
      found.base[group] = 1
    }
    for (mine, other) in zip(accumulators, other.accumulators) {
      mine.merge(other, from: from.base, into: into.base, count: from.count)
    }
  }

  /// Whether the group holds any row; always, where rows are never taken back.
  func isAlive(_ group: Int) -> Bool {
    guard let index = shape.rowCount else { return true }
    return unsafeDowncast(accumulators[index], to: CountAccumulator.self)[group] != 0
  }

  /// The results of `groups`, all of one window.
  func results(_ groups: Buffer<GroupIndex>, window: Window?) throws -> Batch {
    let count = groups.count
    let windowColumn = window.map { window in
      Column(
        type: .window, count: count,
        values: .window(
          start: Buffer(repeating: window.start, count: count), end: Buffer(repeating: window.end, count: count)))
    }
    return try shape.batch(
      keys: self.groups.keyColumns(groups.base, count: count, types: shape.keyTypes), window: windowColumn,
      accumulators: accumulators, groups: groups.base, count: count)
  }

  /// The results of every group that is alive.
  func allResults(window: Window?) throws -> Batch {
    guard shape.rowCount != nil else { return try results(Pane.identity(groups.count), window: window) }
    let alive = Buffer<GroupIndex>(capacity: groups.count)
    for group in 0..<groups.count where isAlive(group) { alive.append(GroupIndex(truncatingIfNeeded: group)) }
    return try results(alive, window: window)
  }

  static func identity(_ count: Int) -> Buffer<GroupIndex> {
    let indices = Buffer<GroupIndex>(repeating: 0, count: count)
    for index in 0..<count { indices.base[index] = GroupIndex(truncatingIfNeeded: index) }
    return indices
  }

  var memoryUsed: Int { accumulators.reduce(groups.memoryUsed) { $0 + $1.memoryUsed } }

  func write(to writer: inout ByteWriter) {
    groups.write(to: &writer)
    for accumulator in accumulators { accumulator.write(to: &writer) }
  }

  convenience init(_ shape: AggregationShape, reading reader: inout ByteReader) throws {
    self.init(shape, restoring: try GroupTable(keyTypes: shape.keyTypes, reading: &reader))
    for accumulator in accumulators { try accumulator.read(from: &reader, groups: groups.count) }
  }

  private init(_ shape: AggregationShape, restoring groups: GroupTable) {
    self.shape = shape
    self.groups = groups
    accumulators = shape.makeAccumulators()
  }
}

/// A half-open span of event time in microseconds.
struct Window: Hashable {
  let start: Int64
  let end: Int64
}
