import TidemillColumns
import TidemillPlan

/// Groups and their accumulators: the state of one slice of event time, or of all time. Freed whole.
final class Pane {
  let shape: AggregationShape
  let groups: GroupTable
  let accumulators: [Accumulator]

  /// How many rows were added; those of merged panes do not count.
  private(set) var rowCount = 0

  /// - Parameter capacity: for how many groups to make room.
  init(_ shape: AggregationShape, groups: GroupTable? = nil, capacity: Int = 16) {
    self.shape = shape
    self.groups = groups ?? GroupTable(keyTypes: shape.keyTypes, capacity: capacity)
    accumulators = shape.makeAccumulators()
    grow()
  }

  private func grow() {
    for accumulator in accumulators { accumulator.grow(to: groups.count) }
  }

  /// Takes in rows of a batch: those in `rows`, or the `count` from `first` on. `scratch` has room for `count` indices, and
  /// holds the rows' groups afterwards.
  func add(
    _ input: AggregationInput, rows: UnsafePointer<UInt32>?, first: Int = 0, count: Int,
    scratch: UnsafeMutablePointer<GroupIndex>
  ) {
    groups.assign(input.keys, rows: rows, first: first, count: count, into: scratch)
    grow()
    input.update(accumulators, groups: scratch, rows: rows, first: first, count: count)
    rowCount += count
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

  /// Adds the listed groups of another pane; `into` gets the groups here.
  func merge(
    _ other: Pane, groups list: UnsafePointer<GroupIndex>, count: Int, into: UnsafeMutablePointer<GroupIndex>
  ) {
    groups.assign(groupsOf: other.groups, list: list, count: count, into: into)
    grow()
    for (mine, theirs) in zip(accumulators, other.accumulators) {
      mine.merge(theirs, from: list, into: into, count: count)
    }
  }

  /// The results of `groups`, all of one window.
  func results(_ groups: Buffer<GroupIndex>, window: Window?) throws -> Batch {
    let count = groups.count
    return try shape.batch(
      keys: self.groups.keyColumns(groups.base, count: count, types: shape.keyTypes), window: window?.column(count),
      accumulators: accumulators, groups: groups.base, count: count)
  }

  /// Those of `groups` that hold any row.
  func living(_ groups: Buffer<GroupIndex>) -> Buffer<GroupIndex> { shape.living(groups, accumulators) }

  /// The results of every group that holds any row.
  func allResults(window: Window?) throws -> Batch {
    try results(living(Pane.identity(groups.count)), window: window)
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

  /// A column of nothing but this window.
  func column(_ count: Int) -> Column {
    Column(
      type: .window, count: count,
      values: .window(start: Buffer(repeating: start, count: count), end: Buffer(repeating: end, count: count)))
  }
}
