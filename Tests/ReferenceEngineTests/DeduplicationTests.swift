import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct DeduplicationTests {
  @Test func rowIsADuplicateWhileTheKeptOneIsWithinTheWatermark() throws {
    let result = try run(
      query(.deduplicate([1], withinWatermark: true)),
      events: [
        row(10, "a", 1), row(12, "a", 2), row(20, "b", 3), row(15, "a", 4), row(21, "c", 5), row(16, "a", 6), .endOfEpoch,
      ])
    // Before the row at 16 the watermark is 11: `a` of 10 is forgotten.
    #expect(result.emitted.map { text($0) } == [["+10s a 1", "+16s a 6", "+20s b 3", "+21s c 5"]])
    #expect(result.ledger[0] == ReferenceLedger(rowsIn: 6, duplicate: 2, aggregated: 4))
  }

  @Test func rowBehindTheWatermarkIsLateUnlessItIsKnownAsADuplicate() throws {
    let result = try run(
      query(.deduplicate([1], withinWatermark: true)),
      events: [row(25, "a", 1), row(30, "b", 2), row(5, "c", 3), row(5, "a", 4), .endOfEpoch])
    #expect(result.late.map { text($0) } == ["5s c 3"])
    #expect(result.ledger[0] == ReferenceLedger(rowsIn: 4, duplicate: 1, late: 1, aggregated: 2))
  }

  @Test func withoutAWatermarkKeysAreRememberedForEver() throws {
    let result = try run(
      query(delay: nil, .deduplicate([1], withinWatermark: true), grouped()),
      events: [row(0, "a", 1), .endOfEpoch, row(9_000, "a", 2), row(1, nil, 4), row(2, nil, 8), .endOfEpoch])
    // NULLs are one value here, as in GROUP BY.
    #expect(table(result) == ["NULL 4", "a 1"])
    #expect(result.ledger[0]?.duplicate == 2)
  }

  @Test func stagesActInTheirOrder() throws {
    let small = TypedExpression(.boolean, .comparison(.less, v, TypedExpression(.bigint, .literal(.integer(5)))))
    let rows = [row(0, "a", 9), row(1, "a", 1), row(2, "a", 2), ReferenceEvent.endOfEpoch]
    let filterFirst = try run(query(.filter(small), .deduplicate([1], withinWatermark: true)), events: rows)
    #expect(filterFirst.ledger[0] == ReferenceLedger(rowsIn: 3, duplicate: 1, filtered: 1, aggregated: 1))
    let filterLast = try run(query(.deduplicate([1], withinWatermark: true), .filter(small)), events: rows)
    #expect(filterLast.ledger[0] == ReferenceLedger(rowsIn: 3, duplicate: 2, filtered: 1))
  }
}
