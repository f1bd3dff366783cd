import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct WatermarkTests {
  private let plan = query(.append, grouped(tumbling(10)))

  @Test func globalWatermarkIsTheLowestOfTheActivePartitions() throws {
    let result = try run(
      plan,
      events: [
        row(30, "a", 1, in: 0), .endOfEpoch, row(25, "b", 1, in: 1), .endOfEpoch, row(40, "b", 1, in: 1), .endOfEpoch,
      ])
    // Partition 1 has no row at first and holds everything back.
    #expect(result.watermarks[0] == .distantPast)
    #expect(result.watermarks[1...].map { seconds($0) } == [15, 20])
  }

  @Test func latenessIsJudgedByTheRowsOwnPartition() throws {
    let result = try run(plan, events: [row(100, "a", 1, in: 0), row(5, "b", 1, in: 1), .endOfEpoch, .endOfInput])
    #expect(result.late.isEmpty)
    #expect(table(result) == ["a [100,110) 1", "b [0,10) 1"])
  }

  @Test func idlePartitionStopsHoldingTheWatermarkBackAndWakesAtIt() throws {
    let result = try run(
      plan,
      events: [
        row(100, "a", 1, in: 0), row(5, "b", 1, in: 1), .endOfEpoch, .idle(1, for: .seconds(60)), .endOfEpoch,
        row(8, "b", 2, in: 1), row(89, "b", 4, in: 1), row(91, "b", 8, in: 1), .endOfEpoch, .endOfInput,
      ])
    // Partition 1 wakes at the global watermark of 90: by its own of -5 the row at 8 would have counted.
    #expect(result.late.map { text($0) } == ["8s b 2", "89s b 4"])
    #expect(result.emitted.map { text($0) } == [[], ["+b [0,10) 1"], [], ["+a [100,110) 1", "+b [90,100) 8"]])
    // The watermark never goes back, though the awakened partition's is 81 at its highest row.
    #expect(result.watermarks.dropFirst().dropLast().map { seconds($0) } == [90, 90])
  }

  @Test func rowAfterTheDecisionKeepsItsPartitionActive() throws {
    let result = try run(
      plan,
      events: [row(100, "a", 1, in: 0), row(5, "b", 1, in: 1), .idle(1, for: .seconds(60)), row(6, "b", 1, in: 1), .endOfEpoch])
    #expect(result.watermarks.map { seconds($0) } == [-4])
  }

  @Test func whenAllAreIdleTheWatermarkGoesOnWithTheRecordedTime() throws {
    let result = try run(
      plan,
      events: [row(20, "a", 1, in: 0), row(15, "b", 2, in: 1), .endOfEpoch, .allIdle(.seconds(70)), .endOfEpoch])
    #expect(result.watermarks.map { seconds($0) } == [5, 80])
    #expect(result.emitted.map { text($0) } == [[], ["+a [20,30) 1", "+b [10,20) 2"]])
  }

  @Test func newPartitionStartsAtTheGlobalWatermark() throws {
    let events = [row(100, "a", 1, in: 0), .endOfEpoch, row(50, "b", 1, in: 7), row(95, "b", 2, in: 7), .endOfEpoch]
    let known = try run(plan, events: events)
    #expect(known.late.isEmpty)
    let appearing = try run(plan, events: events, partitions: [0])
    #expect(appearing.late.map { text($0) } == ["50s b 1"])
    #expect(appearing.ledger[7] == ReferenceLedger(rowsIn: 2, late: 1, aggregated: 1))
  }

  @Test func withoutAWatermarkNothingIsLateAndNothingCloses() throws {
    let result = try run(
      query(.append, delay: nil, grouped(tumbling(10))),
      events: [row(500, "a", 1), row(1, "a", 2), .endOfEpoch, .endOfInput])
    #expect(result.emitted.map { text($0) } == [[], ["+a [0,10) 2", "+a [500,510) 1"]])
  }
}
