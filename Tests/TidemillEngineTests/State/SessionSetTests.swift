import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct SessionSetTests {
  private struct Interval: Equatable {
    var start: Int64
    var end: Int64
    var rows: Int
  }

  private static func aggregation() -> Aggregation {
    Aggregation(
      keys: [NamedExpression("k", TypedExpression(.bigint, .column(0)))],
      window: WindowAssignment(
        name: "w", kind: .session(gap: .seconds(1)), time: TypedExpression(.timestamp, .column(1)), followsWatermark: true),
      calls: [AggregateCall(name: "n", function: .countRows, argument: nil, resultType: .bigint)])
  }

  /// Rows gathered by a collector, as intervals of their keys.
  private static func sessions(_ set: SessionSet) throws -> [Int64: [Interval]] {
    var result: [Int64: [Interval]] = [:]
    for row in try set.results(set.all).rows {
      guard case .integer(let key) = row[0], case .window(let start, let end) = row[1], case .integer(let rows) = row[2] else {
        continue
      }
      result[key, default: []].append(
        Interval(start: start.microseconds, end: end.microseconds, rows: Int(rows)))
    }
    return result.mapValues { $0.sorted { $0.start < $1.start } }
  }

  private static func naive(_ times: [(key: Int64, time: Int64)], gap: Int64) -> [Int64: [Interval]] {
    var result: [Int64: [Interval]] = [:]
    for (key, time) in times.sorted(by: { $0.time < $1.time }) {
      if let last = result[key]?.last, time <= last.end {
        result[key]![result[key]!.count - 1].end = max(last.end, time + gap)
        result[key]![result[key]!.count - 1].rows += 1
      } else {
        result[key, default: []].append(Interval(start: time, end: time + gap, rows: 1))
      }
    }
    return result
  }

  private static func collected(_ rows: ArraySlice<(key: Int64, time: Int64)>, gap: Int64) -> SessionSet {
    let collector = SessionCollector(
      AggregationShape(aggregation(), inputRetracts: false), ExpressionEvaluator(zone: .utc),
      time: TypedExpression(.timestamp, .column(1)), gap: TimeSpan(microseconds: gap), isSparkCompatible: false)
    let batch = Batch(
      schema: Schema(Field("k", .bigint), Field("t", .timestamp)),
      rows: rows.map { [.integer($0.key), .timestamp(EventTime(microseconds: $0.time))] })
    _ = collector.collect(batch.columns, count: batch.count, eventTimes: nil, watermarks: nil)
    return collector.take()
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func sessionsAreThoseOfSortedRows(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let gap = Int64.random(in: 1...30, using: &numbers)
    let rows = (0..<Int.random(in: 0...200, using: &numbers)).map { _ in
      (key: Int64.random(in: 0...3, using: &numbers), time: Int64.random(in: -600...600, using: &numbers))
    }
    let expected = Self.naive(rows, gap: gap)
    #expect(try Self.sessions(Self.collected(rows[...], gap: gap)) == expected)

    // The same in several epochs, through the state of an aggregation, with restarts.
    let shape = AggregationShape(Self.aggregation(), inputRetracts: false)
    var state = SessionAggregate(shape, gives: ResultKinds([.append]), emitsRetractions: false, followsWatermark: true)
    var position = 0
    while position < rows.count {
      let end = min(rows.count, position + Int.random(in: 1...40, using: &numbers))
      let middle = Int.random(in: position...end, using: &numbers)
      let parts = [rows[position..<middle], rows[middle..<end]].map { Self.collected($0, gap: gap) }
      #expect(try state.apply(parts, Moment(watermark: .min, isFinal: false))[.append].count == 0)
      position = end
      var writer = ByteWriter()
      state.write(to: &writer)
      var reader = ByteReader(writer.bytes)
      state = SessionAggregate(shape, gives: ResultKinds([.append]), emitsRetractions: false, followsWatermark: true)
      try state.read(from: &reader)
    }
    var closed: [Int64: [Interval]] = [:]
    // Closed bit by bit, each session once it lies behind the watermark.
    for watermark in stride(from: -700 as Int64, through: 700, by: 50) {
      for row in try state.apply([], Moment(watermark: watermark, isFinal: false))[.append].rows {
        guard case .integer(let key) = row[0], case .window(let start, let end) = row[1], case .integer(let count) = row[2]
        else {
          continue
        }
        #expect(end.microseconds < watermark && end.microseconds >= watermark - 50)
        closed[key, default: []].append(
          Interval(start: start.microseconds, end: end.microseconds, rows: Int(count)))
      }
    }
    #expect(closed.mapValues { $0.sorted { $0.start < $1.start } } == expected)
  }

  @Test func chainsThatDoNotFitAreCorrupt() throws {
    let set = Self.collected([(1, 0), (1, 500), (2, 0)], gap: 10)
    var writer = ByteWriter()
    set.write(to: &writer)
    let shape = AggregationShape(Self.aggregation(), inputRetracts: false)
    var refused = 0
    for position in writer.bytes.indices {
      var bytes = writer.bytes
      bytes[position] ^= 1
      do {
        var reader = ByteReader(bytes)
        let again = SessionSet(shape)
        try again.read(from: &reader)
        for session in again.all { again.remove(session) }
        #expect(again.count == 0)
      } catch is CorruptBytes { refused += 1 }
    }
    #expect(refused > 20)
  }
}
