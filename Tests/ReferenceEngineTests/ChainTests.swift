import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct ChainTests {
  private let totals = grouped(tumbling(10))

  /// Of `k, w, sum`: the best of each window by the sum, ties by `k`.
  private func best(_ limit: Int, partition: [Int] = [1], rankName: String? = nil) -> Stage {
    .topN(
      TopN(
        partition: partition,
        order: [
          .init(ordinal: 2, ascending: false, nullsFirst: false), .init(ordinal: 0, ascending: true, nullsFirst: true),
        ], limit: limit, rankName: rankName, key: [0, 1], window: 1))
  }

  @Test func topNRetractsWhatFallsOutAndTakesBackWhatRises() throws {
    let result = try run(
      query(totals, best(2)),
      events: [
        row(1, "a", 3), row(1, "b", 5), row(1, "c", 3), .endOfEpoch, row(2, "c", 1), .endOfEpoch, row(3, "b", -5),
        .endOfEpoch,
      ])
    #expect(
      result.emitted.map { text($0) } == [
        ["+a [0,10) 3", "+b [0,10) 5"], ["-a [0,10) 3", "+c [0,10) 4"], ["-b [0,10) 5", "+a [0,10) 3"],
      ])
  }

  @Test func rankIsPartOfTheRow() throws {
    let result = try run(
      query(totals, best(3, rankName: "rank")),
      events: [row(1, "a", 3), row(1, "b", 5), row(1, "c", nil), .endOfEpoch, row(2, "a", 3), .endOfEpoch])
    #expect(
      result.emitted.map { text($0) } == [
        ["+a [0,10) 3 2", "+b [0,10) 5 1", "+c [0,10) NULL 3"],
        ["-a [0,10) 3 2", "-b [0,10) 5 1", "+a [0,10) 6 1", "+b [0,10) 5 2"],
      ])
  }

  @Test func topNInAppendIsGivenWithItsWindow() throws {
    let result = try run(
      query(.append, totals, best(1)),
      events: [row(1, "a", 3), row(1, "b", 5), .endOfEpoch, row(20, "a", 1), .endOfEpoch, .endOfInput])
    #expect(result.emitted.map { text($0) } == [[], ["+b [0,10) 5"], ["+a [20,30) 1"]])
  }

  @Test func rowThatFailsHavingNowIsRetracted() throws {
    let sum = TypedExpression(.bigint, .column(2))
    let having = TypedExpression(.boolean, .comparison(.less, sum, TypedExpression(.bigint, .literal(.integer(10)))))
    let result = try run(
      query(totals, .filter(having)),
      events: [row(1, "a", 3), .endOfEpoch, row(2, "a", 30), .endOfEpoch, row(3, "a", -30), .endOfEpoch])
    #expect(result.emitted.map { text($0) } == [["+a [0,10) 3"], ["-a [0,10) 3"], ["+a [0,10) 3"]])
  }

  private var perWindow: Stage {
    let window = WindowAssignment(
      name: "w", kind: .existing, time: TypedExpression(.window, .column(1)), followsWatermark: true)
    let sum = TypedExpression(.bigint, .column(2))
    return .aggregate(Aggregation(keys: [], window: window, calls: [countOfRows, call(.max, sum)]))
  }

  @Test func aggregateOverAnAggregateSeesItsCurrentRows() throws {
    let result = try run(
      query(totals, perWindow),
      events: [row(1, "a", 3), row(1, "b", 5), .endOfEpoch, row(2, "b", -4), .endOfEpoch])
    // The sums are 3 and 5, then 3 and 1: a maximum that goes back.
    #expect(result.emitted.map { text($0) } == [["+[0,10) 2 5"], ["-[0,10) 2 5", "+[0,10) 2 3"]])
  }

  @Test func inAppendBothAggregatesCloseInTheSameEpoch() throws {
    let result = try run(
      query(.append, totals, perWindow),
      events: [row(1, "a", 3), row(1, "b", 5), .endOfEpoch, row(20, "a", 1), .endOfEpoch])
    #expect(result.emitted.map { text($0) } == [[], ["+[0,10) 2 5"]])
  }

  @Test func windowsOverSessionsWaitForTheSessionsThatEndWithThem() throws {
    let column = TypedExpression(.window, .column(1))
    let outer = WindowAssignment(
      name: "o", kind: tumbling(10), time: TypedExpression(.timestamp, .function(.windowTime, [column])),
      followsWatermark: true)
    let result = try run(
      query(
        .append, delay: 0, grouped(.session(gap: .seconds(5))),
        .aggregate(Aggregation(keys: [], window: outer, calls: [countOfRows]))),
      events: [row(1, "a", 1), row(5, "b", 1), row(10, "c", 1), .endOfEpoch, row(11, "c", 1), .endOfEpoch])
    // At a watermark of 10 the session [5,10) is open still; it belongs to [0,10).
    #expect(result.emitted.map { text($0) } == [[], ["+[0,10) 2"]])
  }

  @Test func withoutAnAggregateRowsComeAsTheyAre() throws {
    let result = try run(
      query(.project([NamedExpression("k", k)])), events: [row(1, "a", 1), row(0, "a", 2), .endOfEpoch, .endOfEpoch])
    #expect(result.emitted.map { text($0) } == [["+a", "+a"], []])
  }
}
