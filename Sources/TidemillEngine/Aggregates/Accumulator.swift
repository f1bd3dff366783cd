import TidemillColumns
import TidemillPlan

/// The rows of a batch that an accumulator takes in: for each a group, and which of them count.
struct AccumulatorInput {
  /// The group of each row.
  let groups: UnsafePointer<GroupIndex>
  /// Which rows of the column; `nil` for the `count` from `first` on.
  let rows: UnsafePointer<UInt32>?
  var first = 0
  let count: Int
  /// One byte per row of the column: 0 = does not count (NULL, or refused by the FILTER clause). `nil` when all count.
  var mask: UnsafePointer<UInt8>?
  /// One weight per row of the column; `nil` when all are +1.
  let weights: UnsafePointer<Int8>?

  /// Calls `body` with row, group and weight for each row that counts. Inlined, so that `body` becomes the loop's own code.
  @inline(__always)
  func forEach(_ body: (_ row: Int, _ group: Int, _ weight: Int64) -> Void) {
    if mask == nil, weights == nil {
      if let rows {
        for position in 0..<count { body(Int(rows[position]), Int(groups[position]), 1) }
      } else {
        for position in 0..<count { body(first &+ position, Int(groups[position]), 1) }
      }
      return
    }
    for position in 0..<count {
      let row = rows.map { Int($0[position]) } ?? first &+ position
      if let mask, mask[row] == 0 { continue }
      body(row, Int(groups[position]), weights.map { Int64($0[row]) } ?? 1)
    }
  }
}

/// One aggregate's values for all groups of a pane: arrays indexed by `GroupIndex`, updated a batch at a time.
///
/// Accumulators merge: what two lanes or two slices gathered apart equals what one would have gathered. A new aggregate is a
/// subclass and one line in `Accumulator.make`.
class Accumulator {
  private(set) final var groupCount = 0

  init() {}

  /// Makes room for groups; new ones are as if no row had counted.
  final func grow(to count: Int) {
    guard count > groupCount else { return }
    extend(to: count)
    groupCount = count
  }

  func extend(to count: Int) { preconditionFailure("a subclass grows its own arrays") }

  /// Takes in rows of `column`, which is `nil` for `COUNT(*)`.
  func update(_ input: AccumulatorInput, column: Column?) { preconditionFailure("a subclass takes in rows") }

  /// Adds group `from[i]` of `other`, which is of the same class, to the group `into[i]`, for each i.
  func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) { preconditionFailure("a subclass merges") }

  /// Whether merging can be undone exactly.
  var canSubtract: Bool { false }

  /// Takes group `from[i]` of `other` out of the group `into[i]` that it was merged into, for each i.
  func subtract(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) { preconditionFailure("only what can subtract is asked to") }

  /// Makes a group as if no row had counted, so that its index can serve anew.
  func reset(_ group: Int) { preconditionFailure("a subclass resets") }

  /// The results of `groups` for one of the functions that read this accumulator.
  ///
  /// - Throws: `GroupOutOfRange` when a result does not fit its type.
  func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column { preconditionFailure("a subclass emits") }

  func write(to writer: inout ByteWriter) { preconditionFailure("a subclass writes itself") }

  func read(from reader: inout ByteReader, groups: Int) throws {
    try restore(from: &reader, groups: groups)
    groupCount = groups
  }

  func restore(from reader: inout ByteReader, groups: Int) throws { preconditionFailure("a subclass restores itself") }

  var memoryUsed: Int { 0 }
}

/// A group's result is beyond its type.
struct GroupOutOfRange: Error {
  let group: Int
  let type: DataType
}

/// What a query's aggregates need to hold. `sum(x)` and `avg(x)` read one and the same accumulator.
struct AccumulatorPlan: Hashable {
  enum Kind: Hashable {
    case count, sum, minimum, maximum, distinct
  }

  let kind: Kind
  let argument: TypedExpression?
  let filter: TypedExpression?

  init(_ call: AggregateCall) {
    kind =
      switch call.function {
      case .countRows, .count: .count
      case .countDistinct: .distinct
      case .sum, .trySum, .avg: .sum
      case .min: .minimum
      case .max: .maximum
      }
    argument = call.argument
    filter = call.filter
  }

  /// - Parameter countsRows: whether a sum is asked for the number of rows, too.
  func make(countsRows: Bool = false) -> Accumulator {
    switch (kind, argument?.type.layout) {
    case (.count, _): return CountAccumulator()
    case (.distinct, _): return DistinctAccumulator(type: argument!.type)
    case (.sum, .int64): return IntegerSumAccumulator(countsRows: countsRows)
    case (.sum, .float64): return DoubleSumAccumulator(countsRows: countsRows)
    case (.sum, .int128): return DecimalSumAccumulator(argument!.type, countsRows: countsRows)
    case (.minimum, let layout?), (.maximum, let layout?):
      let largest = kind == .maximum
      switch layout {
      case .int64: return ExtremeAccumulator<Int64>(largest: largest)
      case .bytes: return ExtremeAccumulator<UInt8>(largest: largest)
      case .float64: return ExtremeAccumulator<Double>(largest: largest)
      case .int128: return ExtremeAccumulator<Int128>(largest: largest)
      case .string: return StringExtremeAccumulator(largest: largest)
      case .window: break
      }
    default: break
    }
    preconditionFailure("the resolver lets no \(kind) of \(argument?.type.sqlName ?? "nothing") through")
  }
}
