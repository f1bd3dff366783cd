import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct PaneCollectorTests {
  private let shape = AggregationShape(
    Aggregation(
      keys: [NamedExpression("k", TypedExpression(.bigint, .column(0)))],
      calls: [AggregateCall(name: "n", function: .countRows, argument: nil, resultType: .bigint)]),
    inputRetracts: false)

  private func collect(_ keys: [Int64], with collector: PaneCollector) {
    let column = Column(type: .bigint, count: keys.count, values: .int64(Buffer(keys)))
    _ = collector.collect([column], count: keys.count, weights: nil, nil)
  }

  @Test func rowsAreGatheredUntilTheirKeysAreMany() {
    let collector = PaneCollector(shape, ExpressionEvaluator(zone: .utc), sharding: .automatic)
    for _ in 0..<20 { collect((0..<1000).map { $0 }, with: collector) }
    #expect(collector.take().chunks.isEmpty)
    let many = Int64(KeySharding.manyGroups)
    for start in stride(from: 0, to: many, by: 1024) { collect((start..<(start + 1024)).map { $0 }, with: collector) }
    collect([1, 2, 3], with: collector)
    let collected = collector.take()
    #expect(collected.panes.groupCount == Int(many))
    #expect(collected.chunks.map(\.count) == [3])
    // It stays so, until the end of an epoch finds that the rows had few groups.
    collect([1, 2, 3], with: collector)
    #expect(collector.take().chunks.count == 1)
    collector.gatherAgain()
    collect([1, 2, 3], with: collector)
    #expect(collector.take().chunks.isEmpty)
  }

  @Test func chunksAreCutByPaneAndShard() {
    let collector = PaneCollector(shape, ExpressionEvaluator(zone: .utc), sharding: .always)
    collect((0..<5000).map { $0 % 1000 }, with: collector)
    let collected = collector.take()
    #expect(collected.panes.isEmpty && collected.chunks.count == 1)
    let whole = Pane(shape)
    var rows = 0
    for shard in 0..<KeySharding.count {
      let range = collected.chunks[0].rows(0, shard: shard)
      #expect(range.lowerBound == rows)
      rows = range.upperBound
      let pane = Pane(shape)
      collected.chunks[0].add(range, to: pane, scratch: Buffer(capacity: 1))
      let (sorted, ends) = pane.groups.sortedByShard()
      #expect(sorted.count == pane.groups.count && ends[shard] == sorted.count && (shard == 0 || ends[shard - 1] == 0))
      whole.merge(pane)
    }
    #expect(rows == 5000 && whole.groups.count == 1000)
  }

  @Test func piecesOfWorkGiveTheirResultsInOrder() throws {
    struct Failure: Error { let piece: Int }
    let backwards = ParallelWork { count, body in
      for index in (0..<count).reversed() { body(index) }
    }
    #expect(try backwards.map(5) { $0 * 10 } == [0, 10, 20, 30, 40])
    #expect(try ParallelWork.serial.map(0) { $0 } == [])
    do {
      _ = try backwards.map(5) { if $0 % 2 == 1 { throw Failure(piece: $0) } }
      Issue.record("no error")
    } catch let failure as Failure {
      #expect(failure.piece == 1)
    }
  }
}
