import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct LogicTests {
  static let values: [Value] = [true, false, .null]

  @Test func andIsFalseWhenEitherIsFalseEvenBesideNull() {
    var cases: [Case] = []
    for left in Self.values {
      for right in Self.values {
        let expected: Value = left == false || right == false ? false : left == true && right == true ? true : .null
        cases.append(Case(left, right, gives: expected))
      }
    }
    check(.boolean, [.boolean, .boolean], cases) { .and($0[0], $0[1]) }
  }

  @Test func orIsTrueWhenEitherIsTrueEvenBesideNull() {
    var cases: [Case] = []
    for left in Self.values {
      for right in Self.values {
        let expected: Value = left == true || right == true ? true : left == false && right == false ? false : .null
        cases.append(Case(left, right, gives: expected))
      }
    }
    check(.boolean, [.boolean, .boolean], cases) { .or($0[0], $0[1]) }
  }

  @Test func notOfNullIsNull() {
    check(.boolean, [.boolean], [Case(true, gives: false), Case(false, gives: true), Case(.null, gives: .null)]) {
      .not($0[0])
    }
  }

  @Test func isNullIsNeverNull() {
    check(.boolean, [.string], [Case("", gives: false), Case(.null, gives: true)]) { .isNull($0[0]) }
    check(.boolean, [.bigint], [Case(0, gives: false), Case(1, gives: false)]) { .isNull($0[0]) }
  }

  @Test func selectionTakesNullForFalse() {
    let left = column(.boolean, [true, true, false, .null, .null, true])
    let right = column(.boolean, [true, .null, true, true, .null, false])
    let evaluator = ExpressionEvaluator(zone: .utc)
    let one = TypedExpression(.boolean, .column(0))
    let two = TypedExpression(.boolean, .column(1))
    func selection(_ kind: TypedExpression.Kind) -> [UInt8] {
      evaluator.selection(TypedExpression(.boolean, kind), [left, right], count: 6).elements
    }
    #expect(selection(.column(0)) == [1, 1, 0, 0, 0, 1])
    #expect(selection(.and(one, two)) == [1, 0, 0, 0, 0, 0])
    #expect(selection(.or(one, two)) == [1, 1, 1, 1, 0, 1])
    #expect(selection(.not(TypedExpression(.boolean, .and(one, two)))) == [0, 0, 1, 0, 0, 1])
    #expect(selection(.literal(true)) == [1, 1, 1, 1, 1, 1])
    #expect(selection(.literal(.null)) == [0, 0, 0, 0, 0, 0])
    #expect(selection(.and(one, TypedExpression(.boolean, .literal(true)))) == [1, 1, 0, 0, 0, 1])
  }

  @Test func aColumnReferenceIsTheColumnItself() {
    let column = column(.bigint, [1, .null, 3])
    let result = ExpressionEvaluator(zone: .utc).evaluate(TypedExpression(.bigint, .column(0)), [column], count: 3)
    #expect(result.int64 == column.int64)
  }

  @Test func aBatchWithoutRowsGivesColumnsWithoutRows() {
    let evaluator = ExpressionEvaluator(zone: .utc)
    let empty = column(.string, [])
    let reference = TypedExpression(.string, .column(0))
    for kind: TypedExpression.Kind in [
      .literal("x"), .function(.lower, [reference]),
      .function(.coalesce, [reference, TypedExpression(.string, .literal("x"))]),
    ] {
      #expect(evaluator.evaluate(TypedExpression(.string, kind), [empty], count: 0).count == 0)
    }
    #expect(
      evaluator.selection(TypedExpression(.boolean, .like(reference, pattern: "%a")), [empty], count: 0).count == 0)
  }

  @Test func inListWithNullIsTrueOrNull() {
    check(
      .boolean, [.bigint], [Case(1, gives: true), Case(2, gives: .null), Case(.null, gives: .null)]
    ) { .inList($0[0], [3, .null, 1]) }
    check(.boolean, [.bigint], [Case(1, gives: true), Case(2, gives: false), Case(.null, gives: .null)]) {
      .inList($0[0], [1, 3])
    }
    check(.boolean, [.bigint], [Case(2, gives: .null)]) { .inList($0[0], [.null]) }
    check(.boolean, [.double], [Case(.double(.nan), gives: true), Case(-0.0, gives: true), Case(1.0, gives: false)]) {
      .inList($0[0], [.double(.nan), 0.0])
    }
  }

  @Test func longInListsAreSearched() {
    let numbers = (0..<20).map { Value.integer($0 * 7 - 50) }
    check(
      .boolean, [.bigint],
      [Case(-50, gives: true), Case(83, gives: true), Case(84, gives: false), Case(.null, gives: .null), Case(6, gives: true)]
    ) { .inList($0[0], numbers) }
    let words = (0..<20).map { Value.string("a rather long word \($0)") } + ["b", "é"]
    check(
      .boolean, [.string],
      [
        Case("a rather long word 7", gives: true), Case("a rather long word 70", gives: .null), Case("b", gives: true),
        Case("é", gives: true), Case("", gives: .null), Case(.null, gives: .null),
      ]
    ) { .inList($0[0], words + [.null]) }
  }
}
