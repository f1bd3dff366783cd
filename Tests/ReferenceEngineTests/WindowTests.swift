import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct WindowTests {
  @Test func tumblingWindowsAreHalfOpen() throws {
    let result = try run(
      query(grouped(tumbling(10))),
      events: [row(0, "a", 1), row(9, "a", 2), row(10, "a", 4), row(5, "b", 8), .endOfEpoch])
    #expect(table(result) == ["a [0,10) 3", "a [10,20) 4", "b [0,10) 8"])
  }

  @Test func timesBefore1970FallIntoTheWindowBelowThem() throws {
    let result = try run(
      query(grouped(tumbling(10))), events: [row(-10, "a", 1), row(-1, "a", 2), row(-11, "a", 4), .endOfEpoch])
    #expect(table(result) == ["a [-10,0) 3", "a [-20,-10) 4"])
  }

  @Test func rowIsLateOnceItsWindowEndsAtTheWatermark() throws {
    // After the row at 30 the watermark is 20.
    let result = try run(
      query(grouped(tumbling(10))),
      events: [row(30, "a", 1), row(19, "a", 2), row(20, "a", 4), .endOfEpoch, .endOfInput])
    #expect(table(result) == ["a [20,30) 4", "a [30,40) 1"])
    #expect(result.late.map { text($0) } == ["19s a 2"])
    #expect(result.ledger[0] == ReferenceLedger(rowsIn: 3, late: 1, aggregated: 2))
  }

  @Test func latenessDoesNotDependOnWhereEpochsEnd() throws {
    let rows = [row(30, "a", 1), row(19, "a", 2), row(21, "a", 4), row(45, "b", 1), row(33, "a", 8)]
    let once = try run(query(grouped(tumbling(10))), events: rows + [.endOfInput])
    let often = try run(query(grouped(tumbling(10))), events: rows.flatMap { [$0, .endOfEpoch] } + [.endOfInput])
    #expect(table(once) == table(often))
    #expect(once.late == often.late)
    #expect(once.late.count == 1)
  }

  @Test func rowLateForSomeSlidingWindowsCountsInTheOthers() throws {
    // The watermark is 25 when the row at 22 comes: [10,25) has ended for it, [15,30) and [20,35) have not.
    let result = try run(
      query(grouped(sliding(15, by: 5))), events: [row(35, "a", 1), row(22, "a", 2), .endOfEpoch])
    #expect(table(result) == ["a [15,30) 2", "a [20,35) 2", "a [25,40) 1", "a [30,45) 1", "a [35,50) 1"])
    #expect(result.late.isEmpty)
  }

  @Test func slideNeedNotDivideTheSizeAndMayBeginElsewhere() throws {
    // Windows begin at ..., -2, 1, 4, 7, 10.
    let result = try run(
      query(grouped(sliding(10, by: 3, start: 1))), events: [row(10, "a", 1), .endOfEpoch])
    #expect(table(result) == ["a [1,11) 1", "a [10,20) 1", "a [4,14) 1", "a [7,17) 1"])
  }

  @Test func rowWithoutTimeOrFailingTheFilterIsFilteredAndStillMovesTheWatermark() throws {
    let big = TypedExpression(
      .boolean, .comparison(.less, v, TypedExpression(.bigint, .literal(.integer(100)))))
    let result = try run(
      query(.filter(big), grouped(tumbling(10))),
      events: [row(50, "a", 500), row(5, "a", 1), row(50, "a", nil), row(nil, "a", 1), .endOfEpoch])
    #expect(table(result).isEmpty)
    #expect(result.ledger[0] == ReferenceLedger(rowsIn: 4, filtered: 3, late: 1))
  }

  @Test func appendGivesEachWindowOnceWhenTheWatermarkReachesItsEnd() throws {
    let result = try run(
      query(.append, grouped(tumbling(10))),
      events: [
        row(3, "a", 1), row(19, "a", 2), .endOfEpoch, row(20, "b", 4), .endOfEpoch, row(8, "a", 8), row(21, "a", 16),
        .endOfEpoch, .endOfInput,
      ])
    #expect(
      result.emitted.map { text($0) } == [
        [], ["+a [0,10) 1"], [], ["+a [10,20) 2", "+a [20,30) 16", "+b [20,30) 4"],
      ])
    #expect(result.watermarks.map { seconds($0) }.dropLast() == [9, 10, 11])
    #expect(result.ledger[0]?.late == 1)
  }

  @Test func updateGivesChangedGroupsAndClosingIsNoRetraction() throws {
    let result = try run(
      query(grouped(tumbling(10))),
      events: [
        row(1, "a", 1), row(2, "b", 1), .endOfEpoch, row(3, "a", 2), .endOfEpoch, row(50, "a", 4), .endOfEpoch,
        .endOfInput,
      ])
    #expect(
      result.emitted.map { text($0) } == [
        ["+a [0,10) 1", "+b [0,10) 1"], ["-a [0,10) 1", "+a [0,10) 3"], ["+a [50,60) 4"], [],
      ])
    #expect(table(result) == ["a [0,10) 3", "a [50,60) 4", "b [0,10) 1"])
  }

  @Test func completeGivesEverythingAndDropsNothingAsLate() throws {
    let result = try run(
      query(.complete, grouped(tumbling(10))), events: [row(50, "a", 1), .endOfEpoch, row(1, "a", 2), .endOfEpoch])
    #expect(result.emitted.map { text($0) } == [["+a [50,60) 1"], ["+a [0,10) 2", "+a [50,60) 1"]])
    #expect(result.ledger[0] == ReferenceLedger(rowsIn: 2, aggregated: 2))
  }
}
