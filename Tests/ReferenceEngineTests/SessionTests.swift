import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct SessionTests {
  private let sessions = grouped(.session(gap: .seconds(10)))

  @Test func touchingSessionsMergeAndOthersDoNot() throws {
    let result = try run(
      query(sessions), events: [row(0, "a", 1), row(10, "a", 2), row(5, "b", 8), row(21, "a", 4), .endOfEpoch])
    #expect(table(result) == ["a [0,20) 3", "a [21,31) 4", "b [5,15) 8"])
  }

  @Test func mergeRetractsTheSessionsThatItSwallows() throws {
    let result = try run(
      query(delay: 60, sessions),
      events: [row(0, "a", 1), row(18, "a", 2), .endOfEpoch, row(9, "a", 4), .endOfEpoch])
    #expect(
      result.emitted.map { text($0) } == [
        ["+a [0,10) 1", "+a [18,28) 2"], ["-a [0,10) 1", "-a [18,28) 2", "+a [0,28) 7"],
      ])
  }

  @Test func sessionRowIsLateByItsOwnTimeAlone() throws {
    // The watermark is 20: the row at 19 would touch the open session, and is late all the same.
    let result = try run(
      query(sessions), events: [row(20, "a", 1), row(30, "b", 1), row(19, "a", 2), row(20, "a", 4), .endOfEpoch])
    #expect(table(result) == ["a [20,30) 5", "b [30,40) 1"])
    #expect(result.late.map { text($0) } == ["19s a 2"])
  }

  @Test func sessionClosesOnlyBelowTheWatermark() throws {
    let result = try run(
      query(.append, delay: 0, sessions),
      events: [row(0, "a", 1), row(10, "b", 1), .endOfEpoch, row(10, "a", 2), row(21, "b", 2), .endOfEpoch, .endOfInput])
    // At 10 the session [0,10) is not closed, so the row at 10 still joins it.
    #expect(
      result.emitted.map { text($0) } == [[], ["+a [0,20) 3", "+b [10,20) 1"], ["+b [21,31) 2"]])
  }

  @Test func timeToLiveKeepsTheNewestRunOfAKey() throws {
    let result = try run(
      query(grouped(timeToLive: .seconds(20))),
      events: [
        row(0, "a", 1), row(15, "a", 2), .endOfEpoch, row(36, "a", 4), row(20, "b", 1), .endOfEpoch,
        row(25, "a", 8), .endOfEpoch,
      ])
    // 36 is beyond 15 + 20, so the sum begins anew; the row at 20 is before the watermark of 26, and so is the one at 25.
    #expect(result.emitted.map { text($0) } == [["+a 3"], ["-a 3", "+a 4"], []])
    #expect(result.late.map { text($0) } == ["20s b 1", "25s a 8"])
  }
}
