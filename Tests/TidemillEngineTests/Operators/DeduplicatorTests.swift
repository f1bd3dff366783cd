import Testing
import TidemillColumns

@testable import TidemillEngine

@Suite struct DeduplicatorTests {
  private let schema = Schema(Field("k", .string))

  private func judge(
    _ deduplicator: Deduplicator, _ rows: [(key: String, time: Int64, watermark: Int64)]
  ) -> Deduplicator.Outcome {
    let batch = Batch(schema: schema, rows: rows.map { [.string($0.key)] })
    return deduplicator.judge(batch, times: rows.map(\.time), watermarks: rows.map(\.watermark))
  }

  @Test func rowThatRepeatsARememberedKeyIsADuplicateEvenIfItIsLate() {
    let outcome = judge(Deduplicator([0], schema: schema), [("a", 50, .min), ("a", 5, 40), ("b", 5, 40), ("b", 45, 40)])
    #expect(outcome.kept == [0, 3])
    #expect(outcome.duplicates == 1)
    #expect(outcome.late == [2])
  }

  @Test func sweepingMakesNoDifference() throws {
    var numbers = SeededNumbers(state: 3)
    let (swept, kept) = (Deduplicator([0], schema: schema), Deduplicator([0], schema: schema))
    var now: Int64 = 0
    for _ in 0..<60 {
      let rows = (0..<100).map { _ in
        let time = now + Int64.random(in: -60...10, using: &numbers)
        return (key: "key \(Int64.random(in: (now - 80)...(now + 80), using: &numbers))", time: time, watermark: now - 40)
      }
      let (one, two) = (judge(swept, rows), judge(kept, rows))
      #expect(one.kept == two.kept && one.late == two.late && one.duplicates == two.duplicates)
      swept.sweep(watermark: now - 40)
      now += 20
    }
    #expect(swept.metrics.rowsTotal < kept.metrics.rowsTotal)
  }
}
