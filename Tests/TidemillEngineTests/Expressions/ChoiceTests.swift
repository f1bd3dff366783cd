import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct ChoiceTests {
  func check(
    _ function: ScalarFunction, _ type: DataType, count: Int, _ cases: Case..., location: SourceLocation = #_sourceLocation
  ) {
    TidemillEngineTests.check(type, Array(repeating: type, count: count), cases, location: location) { .function(function, $0) }
  }

  @Test func coalesceTakesTheFirstThatIsNotNull() {
    check(
      .coalesce, .string, count: 3, Case(.null, "a value that is long", "z", gives: "a value that is long"),
      Case("x", .null, .null, gives: "x"),
      Case(.null, .null, "another value that is long", gives: "another value that is long"),
      Case(.null, .null, .null, gives: .null))
    check(.coalesce, .bigint, count: 2, Case(.null, 2, gives: 2), Case(1, .null, gives: 1), Case(.null, .null, gives: .null))
    check(.coalesce, .boolean, count: 2, Case(.null, true, gives: true), Case(false, true, gives: false))
  }

  @Test func nullifIsNullForEqualValues() {
    check(
      .nullif, .double, count: 2, Case(1.0, 1.0, gives: .null), Case(1.0, 2.0, gives: 1.0), Case(1.0, .null, gives: 1.0),
      Case(.null, 1.0, gives: .null), Case(.double(.nan), .double(.nan), gives: .null), Case(.null, .null, gives: .null))
    check(.nullif, .string, count: 2, Case("", "", gives: .null), Case("a", "", gives: "a"))
  }

  @Test func greatestAndLeastPassOverNulls() {
    check(
      .greatest, .bigint, count: 3, Case(1, 3, 2, gives: 3), Case(.null, -5, .null, gives: -5),
      Case(.null, .null, .null, gives: .null),
      Case(7, .null, 7, gives: 7))
    check(.least, .double, count: 2, Case(.double(.nan), 1.0, gives: 1.0), Case(.null, .double(.nan), gives: .double(.nan)))
    check(
      .greatest, .double, count: 2, Case(.double(.nan), 1.0, gives: .double(.nan)),
      Case(.double(.infinity), .double(.nan), gives: .double(.nan)))
    check(
      .least, .string, count: 2, Case("b", "a long string indeed", gives: "a long string indeed"), Case(.null, "x", gives: "x"))
  }

  @Test func theFirstConditionThatHoldsDecides() {
    let arguments: [DataType] = [.boolean, .boolean, .string]
    let cases = [
      Case(true, true, "c", gives: "first"), Case(false, true, "c", gives: "a second answer, longer"),
      Case(.null, false, "c", gives: "c"),
      Case(.null, .null, .null, gives: .null), Case(.null, true, .null, gives: "a second answer, longer"),
    ]
    func when(_ condition: TypedExpression, _ result: String) -> TypedWhen {
      TypedWhen(condition: condition, result: TypedExpression(.string, .literal(.string(result))))
    }
    TidemillEngineTests.check(.string, arguments, cases) {
      .caseWhen([when($0[0], "first"), when($0[1], "a second answer, longer")], otherwise: $0[2])
    }
    TidemillEngineTests.check(
      .bigint, [.boolean, .bigint], [Case(true, 1, gives: 1), Case(false, 1, gives: .null), Case(true, .null, gives: .null)]
    ) { .caseWhen([TypedWhen(condition: $0[0], result: $0[1])], otherwise: nil) }
    func window(_ start: Int64) -> Value { .window(start: EventTime(microseconds: start), end: EventTime(microseconds: 9)) }
    TidemillEngineTests.check(
      .window, [.boolean, .window, .window],
      [
        Case(true, window(1), window(2), gives: window(1)), Case(false, window(1), window(2), gives: window(2)),
        Case(false, window(1), .null, gives: .null),
      ]
    ) { .caseWhen([TypedWhen(condition: $0[0], result: $0[1])], otherwise: $0[2]) }
  }
}
