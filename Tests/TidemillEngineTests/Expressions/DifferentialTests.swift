import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct DifferentialTests {
  @Test(arguments: 1...8)
  func randomExpressionsGiveWhatOneRowAtATimeGives(seed: UInt64) {
    var random = RandomExpressions(numbers: SeededNumbers(state: seed))
    let evaluator = ExpressionEvaluator(zone: .utc)
    var informative = 0
    for _ in 0..<150 {
      let rows = random.pick([0, 1, 3, 17, 40])
      let columns = random.columns(rows: rows)
      let type = random.pick(RandomExpressions.types)
      let expression = random.expression(type, depth: random.pick([1, 2, 3, 4]))
      let result = evaluator.evaluate(expression, columns, count: rows)
      #expect(result.count == rows)
      #expect(result.type.layout == type.layout)
      var expected: [Value] = []
      for row in 0..<rows {
        let value = RowEvaluator(row: columns.map { $0.value(row) }).evaluate(expression)
        expected.append(value)
        if !value.isNull { informative += 1 }
        if !isSame(result.value(row), value) {
          Issue.record(
            "seed \(seed): \(expression) gives \(result.value(row)), not \(value), for \(columns.map { $0.value(row) })")
          return
        }
      }
      if type == .boolean {
        #expect(evaluator.selection(expression, columns, count: rows).elements == expected.map { $0 == true ? 1 : 0 })
      }
    }
    // Were most of it NULL, the comparison would say little.
    #expect(informative > 600)
  }
}
