import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct AggregateTests {
  private func one(_ calls: [AggregateCall], _ events: [ReferenceEvent]) throws -> [String] {
    table(try run(query(grouped(calls)), events: events + [.endOfEpoch]))
  }

  private func grouped(_ calls: [AggregateCall]) -> Stage {
    .aggregate(Aggregation(keys: [NamedExpression("k", k)], calls: calls))
  }

  @Test func nullsDoNotCountExceptAsRows() throws {
    let calls = [
      countOfRows, call(.count, v), call(.countDistinct, v), call(.sum, v), call(.avg, v, .double), call(.min, v),
      call(.max, v),
    ]
    let lines = try one(calls, [row(0, "a", 1), row(0, "a", nil), row(0, "a", 4), row(0, "a", 1), row(0, "b", nil)])
    #expect(lines == ["a 4 3 2 6 2.0 1 4", "b 1 0 0 NULL NULL NULL NULL"])
  }

  @Test func nullKeysAreOneGroup() throws {
    #expect(try one([sumOfV], [row(0, nil, 1), row(0, nil, 2)]) == ["NULL 3"])
  }

  @Test func filterClauseMustBeTrueForARowToCount() throws {
    let isOne = TypedExpression(.boolean, .comparison(.equal, v, TypedExpression(.bigint, .literal(.integer(1)))))
    let calls = [
      AggregateCall(name: "n", function: .countRows, argument: nil, filter: isOne, resultType: .bigint),
      call(.sum, v, filter: isOne),
    ]
    let lines = try one(calls, [row(0, "a", 1), row(0, "a", nil), row(0, "a", 4), row(0, "b", 2)])
    #expect(lines == ["a 1 1", "b 0 NULL"])
  }

  @Test func sumMayLeaveTheRangeInBetween() throws {
    #expect(try one([sumOfV], [row(0, "a", .max), row(0, "a", 9), row(0, "a", -10)]) == ["a \(Int64.max - 1)"])
  }

  @Test func sumOutOfRangeNamesItsKeyAndTheWayOut() throws {
    let events = [row(0, "a", .max), row(0, "a", 1)]
    let error = #expect(throws: TidemillError.self) { _ = try one([sumOfV], events) }
    #expect(error?.code == .outOfRange)
    #expect(error?.message.contains("k = a") == true)
    #expect(error?.hint?.contains("try_sum") == true)
    let lines = try one([call(.trySum, v)], events)
    #expect(lines == ["a NULL"])
  }

  @Test func decimalsAreSummedExactlyAndAveragedWithFourMoreDigits() throws {
    let cents = TypedExpression(
      .decimal(precision: 10, scale: 2), .cast(v))
    let calls = [
      call(.sum, cents, .decimal(precision: 20, scale: 2)), call(.avg, cents, .decimal(precision: 14, scale: 6)),
    ]
    // 5 / 3 = 1.6666666…
    #expect(try one(calls, [row(0, "a", 1), row(0, "a", 1), row(0, "a", 3)]) == ["a 5.00 1.666667"])
  }

  @Test func notANumberIsGreatestAndEqualToItself() throws {
    let number = TypedExpression(.double, .cast(k))
    let result = try run(
      query(
        .aggregate(
          Aggregation(
            keys: [], calls: [call(.min, number, .double), call(.max, number, .double), call(.countDistinct, number)]))),
      events: [row(0, "NaN", 1), row(0, "2.5", 1), row(0, "nan", 1), row(0, "-0.0", 1), row(0, "0.0", 1), .endOfEpoch])
    #expect(table(result) == ["-0.0 nan 3"] || table(result) == ["0.0 nan 3"])
  }
}
