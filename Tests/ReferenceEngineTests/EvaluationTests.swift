import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan

@Suite struct EvaluationTests {
  private func constant(_ value: Value, _ type: DataType) -> TypedExpression { TypedExpression(type, .literal(value)) }
  private func string(_ text: String) -> TypedExpression { constant(.string(text), .string) }
  private func int(_ value: Int64) -> TypedExpression { constant(.integer(value), .int) }
  private func double(_ value: Double) -> TypedExpression { constant(.double(value), .double) }
  private func decimal(_ unscaled: Int128, _ precision: Int, _ scale: Int) -> TypedExpression {
    constant(.decimal(unscaled: unscaled, scale: scale), .decimal(precision: precision, scale: scale))
  }
  private func time(_ text: String) -> TypedExpression {
    constant(.timestamp(EventTime(microseconds: TimestampText.microseconds(text)!)), .timestamp)
  }

  private func value(_ type: DataType, _ kind: TypedExpression.Kind, zone: SessionZone = .utc) -> String {
    evaluate(TypedExpression(type, kind), on: [], zone: zone).description
  }
  private func call(_ function: ScalarFunction, _ type: DataType, _ arguments: TypedExpression...) -> String {
    value(type, .function(function, arguments))
  }
  private func cast(_ operand: TypedExpression, _ type: DataType) -> String { value(type, .cast(operand)) }

  @Test func logicIsThreeValued() {
    let null = constant(.null, .boolean)
    let yes = constant(.boolean(true), .boolean)
    let no = constant(.boolean(false), .boolean)
    #expect(value(.boolean, .and(null, no)) == "false")
    #expect(value(.boolean, .and(null, yes)) == "NULL")
    #expect(value(.boolean, .or(null, yes)) == "true")
    #expect(value(.boolean, .or(null, no)) == "NULL")
    #expect(value(.boolean, .not(null)) == "NULL")
    #expect(value(.boolean, .inList(int(1), [.integer(2), .null])) == "NULL")
    #expect(value(.boolean, .inList(int(2), [.integer(2), .null])) == "true")
  }

  @Test func integersOverflowToNullByTheirOwnType() {
    let big = int(Int64(Int32.max))
    #expect(value(.int, .arithmetic(.add, big, int(1))) == "NULL")
    #expect(value(.bigint, .arithmetic(.add, big, int(1))) == "2147483648")
    #expect(value(.int, .arithmetic(.remainder, int(-7), int(3))) == "-1")
    #expect(value(.int, .arithmetic(.remainder, int(7), int(0))) == "NULL")
    #expect(value(.double, .arithmetic(.divide, double(1), double(0))) == "NULL")
  }

  @Test func decimalsAreRoundedOnceHalfAwayFromZero() {
    let third = TypedExpression.Kind.arithmetic(.divide, decimal(200, 10, 2), decimal(-30, 10, 1))
    #expect(value(.decimal(precision: 20, scale: 6), third) == "-0.666667")
    let product = TypedExpression.Kind.arithmetic(.multiply, decimal(15, 10, 1), decimal(5, 10, 1))
    #expect(value(.decimal(precision: 20, scale: 2), product) == "0.75")
    #expect(value(.decimal(precision: 20, scale: 1), product) == "0.8")
    let wide = decimal(99_999_999_999_999_999_999_999_999_999_999_999_999, 38, 0)
    #expect(value(.decimal(precision: 38, scale: 0), .arithmetic(.multiply, wide, wide)) == "NULL")
    #expect(value(.decimal(precision: 38, scale: 0), .arithmetic(.divide, wide, wide)) == "1")
  }

  @Test func castsThatFailGiveNull() {
    #expect(cast(string(" 12 "), .int) == "12")
    #expect(cast(string("12.5"), .int) == "NULL")
    #expect(cast(string("3000000000"), .int) == "NULL")
    #expect(cast(string("0x10"), .double) == "NULL")
    #expect(cast(string("1e3"), .double) == "1000.0")
    #expect(cast(double(-2.9), .bigint) == "-2")
    #expect(cast(double(.nan), .bigint) == "NULL")
    #expect(cast(double(2.675), .decimal(precision: 5, scale: 2)) == "2.68")
    #expect(cast(decimal(12_345, 10, 2), .int) == "123")
    #expect(cast(decimal(12_345, 10, 2), .double) == "123.45")
    #expect(cast(string("Yes"), .boolean) == "true")
    #expect(cast(string("2024-02-30"), .date) == "NULL")
    #expect(cast(time("1969-12-31T23:59:59.5Z"), .bigint) == "-1")
    #expect(cast(int(60), .timestamp) == "1970-01-01T00:01:00Z")
  }

  @Test func textIsCountedInUnicodeScalars() {
    #expect(call(.length, .int, string("日本é")) == "3")
    #expect(call(.substring, .string, string("日本語"), int(2)) == "本語")
    #expect(call(.substring, .string, string("abc"), int(-5), int(3)) == "a")
    #expect(call(.substring, .string, string("abc"), int(0), int(2)) == "ab")
    #expect(call(.trim, .string, string("  a b ")) == "a b")
    #expect(call(.replace, .string, string("aXbX"), string("X"), string("--")) == "a--b--")
    #expect(call(.splitPart, .string, string("a-b-c"), string("-"), int(2)) == "b")
    #expect(call(.splitPart, .string, string("a-b-c"), string("-"), int(4)) == "")
    #expect(call(.contains, .boolean, string("abc"), string("")) == "true")
    #expect(call(.concat, .string, string("a"), constant(.null, .string)) == "NULL")
  }

  @Test func likeKnowsItsWildcardsAndTheEscape() {
    #expect(value(.boolean, .like(string("100%"), pattern: "1__\\%")) == "true")
    #expect(value(.boolean, .like(string("1000"), pattern: "1__\\%")) == "false")
    #expect(value(.boolean, .like(string("banana"), pattern: "b%an%a")) == "true")
    #expect(value(.boolean, .like(string(""), pattern: "_")) == "false")
  }

  @Test func numbersAreRoundedAsTheyAreWritten() {
    #expect(call(.round, .double, double(2.675), int(2)) == "2.68")
    #expect(call(.round, .double, double(-0.5)) == "-1.0")
    #expect(call(.round, .int, int(15), int(-1)) == "20")
    #expect(call(.floor, .bigint, double(-1.5)) == "-2")
    #expect(call(.ceil, .decimal(precision: 9, scale: 0), decimal(-150, 10, 2)) == "-1")
    #expect(call(.floor, .decimal(precision: 9, scale: 0), decimal(-150, 10, 2)) == "-2")
    #expect(call(.abs, .int, int(Int64(Int32.min))) == "NULL")
  }

  @Test func calendarFunctionsUseTheSessionsZone() {
    let late = time("2024-02-29T23:30:00Z")
    #expect(call(.day, .int, late) == "29")
    let berlin = SessionZone(fixedOffset: 3600)
    #expect(value(.int, .function(.month, [late]), zone: berlin) == "3")
    #expect(value(.timestamp, .function(.dateTrunc, [string("day"), late]), zone: berlin) == "2024-02-29T23:00:00Z")
    #expect(call(.dateTrunc, .timestamp, string("week"), late) == "2024-02-26T00:00:00Z")
    #expect(call(.dayofweek, .int, late) == "5")
    #expect(call(.unixTimestamp, .bigint, time("1969-12-31T23:59:59.5Z")) == "-1")
    #expect(call(.hour, .int, time("1969-12-31T23:59:59.5Z")) == "23")
    #expect(call(.timestampAdd, .timestamp, late, constant(.integer(1_800_000_000), .bigint)) == "2024-03-01T00:00:00Z")
  }

  @Test func choicesSkipNulls() {
    let null = constant(.null, .int)
    #expect(call(.coalesce, .int, null, int(2), int(3)) == "2")
    #expect(call(.greatest, .int, null, int(2), int(3)) == "3")
    #expect(call(.least, .int, null, null) == "NULL")
    #expect(call(.nullif, .int, int(2), int(2)) == "NULL")
    #expect(call(.nullif, .int, int(2), null) == "2")
    #expect(value(.int, .caseWhen([TypedWhen(condition: constant(.null, .boolean), result: int(1))], otherwise: nil)) == "NULL")
  }
}
