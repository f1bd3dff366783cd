import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

/// Windows that share slices against windows that are merged one by one, for every aggregate.
@Suite struct WindowMergerTests {
  private static let size: Int64 = 60

  private func shape(_ kind: AccumulatorTests.Kind, slide: Int64) -> AggregationShape {
    let span = { (length: Int64) in TimeSpan(microseconds: length) }
    // The count of rows beside another aggregate may be that aggregate's own.
    let rows = AggregateCall(name: "rows", function: .countRows, argument: nil, resultType: .bigint)
    let argument = kind.argument.map { TypedExpression($0, .column(2)) }
    let call = AggregateCall(name: "x", function: kind.function, argument: argument, resultType: kind.result)
    return AggregationShape(
      Aggregation(
        keys: [NamedExpression("k", TypedExpression(.string, .column(0)))],
        window: WindowAssignment(
          name: "w", kind: .fixed(size: span(Self.size), slide: span(slide), start: .zero),
          time: TypedExpression(.timestamp, .column(1)), followsWatermark: true),
        calls: [call, rows]),
      inputRetracts: false)
  }

  /// Panes of many slices with keys that come and go, among them panes of rows that were late for the first windows.
  private func panes(
    _ shape: AggregationShape, _ windows: FixedWindows, _ kind: AccumulatorTests.Kind, slices: Int64,
    _ numbers: inout SeededNumbers
  ) -> PaneSet {
    let collected = PaneSet(shape)
    let collector = PaneCollector(shape, ExpressionEvaluator(zone: .utc))
    for slice in 0..<slices where Int.random(in: 0..<8, using: &numbers) > 0 {
      let start = slice * windows.slice
      let builders = [ColumnBuilder(.string), ColumnBuilder(.timestamp), ColumnBuilder(kind.argument ?? .bigint)]
      let count = Int.random(in: 1...12, using: &numbers)
      for _ in 0..<count {
        let name = "k\(slice / 7 + Int64.random(in: 0...5, using: &numbers))"
        builders[0].append(.string(Bool.random(using: &numbers) ? name : "a key longer than twelve bytes, \(name)"))
        builders[1].append(.timestamp(EventTime(microseconds: start + Int64.random(in: 0..<windows.slice, using: &numbers))))
        builders[2].append(AccumulatorTests.value(kind.argument, &numbers))
      }
      let ends = Array(
        stride(from: windows.firstEnd(ofSlice: start), through: windows.lastEnd(ofSlice: start), by: Int(windows.slide)))
      let lateFor = Int.random(in: 0..<4, using: &numbers) == 0 ? ends.randomElement(using: &numbers)! : .min
      _ = collector.collect(
        builders.map { $0.finish() }, count: count, weights: nil, BatchWatermarks(all: lateFor, count: count))
      collected.merge(collector.take().panes)
    }
    return collected
  }

  private func lines(_ batch: Batch) -> [String] { batch.rows.map { $0.map(\.description).joined(separator: " | ") }.sorted() }

  /// A window merged from scratch.
  private func naive(_ set: PaneSet, _ shape: AggregationShape, endingAt end: Int64) throws -> Batch {
    let merged = Pane(shape)
    for (key, pane) in zip(set.keys, set.panes) where key.start >= end - Self.size && key.start < end && key.firstEnd <= end {
      merged.merge(pane)
    }
    return try merged.allResults(window: Window(start: end - Self.size, end: end))
  }

  @Test(arguments: AccumulatorTests.kinds)
  func windowsAreTheMergeOfTheirPanes(kind: AccumulatorTests.Kind) throws {
    var numbers = SeededNumbers(state: 21)
    var seen = 0
    for slide in [5, 25, 60, 1] as [Int64] {
      let shape = shape(kind, slide: slide)
      let windows = FixedWindows(size: Self.size, slide: slide, start: 0)
      let set = panes(shape, windows, kind, slices: 70, &numbers)
      let merger = WindowMerger(shape, windows)
      let keys = GroupTable(keyTypes: shape.keyTypes)
      let all = Pane(shape)
      for pane in set.panes { all.merge(pane) }
      let wanted = Buffer<GroupIndex>((0..<GroupIndex(all.groups.count)).filter { $0 % 3 != 0 })
      let into = Buffer<GroupIndex>(repeating: 0, count: wanted.count)
      keys.assign(groupsOf: all.groups, list: wanted.base, count: wanted.count, into: into.base)
      let some = WindowMerger(shape, windows, keys: keys)
      var panes = PanesByFirstEnd(set)
      let last = set.keys.map { windows.lastEnd(ofSlice: $0.start) }.max()!
      var end = windows.firstEnd(ofSlice: set.keys.map(\.start).min()!)
      while end <= last {
        let fresh = panes.take(through: end)
        merger.advance(to: end, adding: fresh)
        some.advance(to: end, adding: fresh)
        let expected = lines(try naive(set, shape, endingAt: end))
        #expect(lines(try merger.results()) == expected, "slide \(slide), window ending at \(end)")
        let names = Set(lines(try some.results()))
        let chosen = Set(keys.keyColumns(into.base, count: into.count, types: shape.keyTypes)[0].strings.all)
        #expect(names == Set(expected.filter { line in chosen.contains { line.hasPrefix("\($0) |") } }))
        seen += expected.count
        // Now and then windows without rows are passed over.
        end += slide * Int64([1, 1, 1, 1, 14].randomElement(using: &numbers)!)
      }
    }
    #expect(seen > 500)
  }

  @Test func keysThatAreGoneAreForgotten() throws {
    let kind = AccumulatorTests.Kind(function: .sum, argument: .bigint, result: .bigint)
    let shape = shape(kind, slide: 10)
    let windows = FixedWindows(size: Self.size, slide: 10, start: 0)
    let merger = WindowMerger(shape, windows)
    let collector = PaneCollector(shape, ExpressionEvaluator(zone: .utc))
    var most = 0
    for slice in 0..<100 as Range<Int64> {
      let keys = Column(
        type: .string, rows: (0..<500).map { .string("key \(slice) \($0)") })
      let times = Column(type: .timestamp, rows: (0..<500).map { _ in .timestamp(EventTime(microseconds: slice * 10)) })
      let values = Column(type: .bigint, rows: (0..<500).map { .integer($0) })
      _ = collector.collect([keys, times, values], count: 500, weights: nil, nil)
      let panes = collector.take().panes
      merger.advance(to: slice * 10 + 10, adding: [(panes.keys[0], panes.panes[0])])
      #expect(try merger.results().count == min(Int(slice) + 1, 6) * 500)
      most = max(most, merger.memoryUsed)
    }
    #expect(most < 2_000_000)
  }
}

extension StringStorage {
  fileprivate var all: [String] { (0..<count).map { string($0) } }
}

extension Column {
  fileprivate init(type: DataType, rows: [Value]) {
    let builder = ColumnBuilder(type)
    for row in rows { builder.append(row) }
    self = builder.finish()
  }
}
