import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct PaneSetTests {
  private let shape = AggregationShape(
    Aggregation(keys: [], calls: [AggregateCall(name: "n", function: .countRows, argument: nil, resultType: .bigint)]),
    inputRetracts: false)

  @Test func paneThatIsNotThereIsMade() {
    let set = PaneSet(shape)
    let one = set.pane(of: PaneKey(start: 0, firstEnd: 10))
    #expect(set.pane(of: PaneKey(start: 0, firstEnd: 20)) !== one)
    #expect(set.pane(of: PaneKey(start: 0, firstEnd: 10)) === one)
    #expect(set.keys == [PaneKey(start: 0, firstEnd: 10), PaneKey(start: 0, firstEnd: 20)])
  }

  @Test func panesThatAreDoneGoAndTheOthersAreFoundAgain() {
    let set = PaneSet(shape)
    for end in 1...5 { _ = set.pane(of: PaneKey(start: 0, firstEnd: Int64(end))) }
    let last = set.pane(of: PaneKey(start: 0, firstEnd: 5))
    set.removeAll { $0.firstEnd < 4 }
    #expect(set.keys.map(\.firstEnd) == [4, 5])
    #expect(set[PaneKey(start: 0, firstEnd: 5)] === last)
    #expect(set[PaneKey(start: 0, firstEnd: 1)] == nil)
  }

  @Test func panesOfImpossibleWindowsAreCorrupt() {
    let windows = Aggregation(
      keys: [],
      window: WindowAssignment(
        name: "w", kind: .fixed(size: TimeSpan(microseconds: 20), slide: TimeSpan(microseconds: 10), start: .zero),
        time: TypedExpression(.timestamp, .column(0)), followsWatermark: true),
      calls: shape.aggregation.calls)
    let sliding = AggregationShape(windows, inputRetracts: false)
    for (start, end, isPossible) in [
      (0, 10, true), (0, 20, true), (0, 30, false), (3, 20, false), (0, 15, false), (0, .max, false),
    ]
      as [(Int64, Int64, Bool)]
    {
      let set = PaneSet(sliding)
      _ = set.pane(of: PaneKey(start: start, firstEnd: end))
      var writer = ByteWriter()
      writer.write(Int64.min)
      writer.write(varint: 1)
      set.write(to: &writer)
      var reader = ByteReader(writer.bytes)
      let aggregate = WindowedAggregate(sliding, gives: ResultKinds([.update]), emitsRetractions: true)
      if isPossible {
        #expect(throws: Never.self) { try aggregate.read(from: &reader) }
      } else {
        #expect(throws: CorruptBytes.self) { try aggregate.read(from: &reader) }
      }
    }
  }
}
