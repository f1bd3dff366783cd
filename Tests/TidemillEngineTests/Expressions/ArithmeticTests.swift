import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct ArithmeticTests {
  func check(
    _ symbol: ArithmeticOperator, _ type: DataType, left: DataType? = nil, right: DataType? = nil, _ cases: Case...,
    location: SourceLocation = #_sourceLocation
  ) {
    let nulls = [Case(.null, cases[0].arguments[1], gives: .null), Case(cases[0].arguments[0], .null, gives: .null)]
    TidemillEngineTests.check(type, [left ?? type, right ?? type], cases + nulls, location: location) {
      .arithmetic(symbol, $0[0], $0[1])
    }
  }

  @Test func bigintsBeyondTheirRangeAreNull() {
    check(
      .add, .bigint, Case(1, 2, gives: 3), Case(.integer(.max), 1, gives: .null),
      Case(.integer(.max), 0, gives: .integer(.max)),
      Case(.integer(.min), -1, gives: .null), Case(.integer(.min), .integer(.max), gives: -1))
    check(
      .subtract, .bigint, Case(1, 2, gives: -1), Case(.integer(.min), 1, gives: .null), Case(0, .integer(.min), gives: .null),
      Case(-1, .integer(.min), gives: .integer(.max)))
    check(
      .multiply, .bigint, Case(-3, 4, gives: -12), Case(.integer(.min), -1, gives: .null),
      Case(4_611_686_018_427_387_904, 2, gives: .null), Case(.integer(.min), 1, gives: .integer(.min)))
  }

  @Test func intsBeyondTheirRangeAreNull() {
    check(
      .add, .int, Case(2_147_483_646, 1, gives: 2_147_483_647), Case(2_147_483_647, 1, gives: .null),
      Case(-2_147_483_648, -1, gives: .null))
    check(.subtract, .int, Case(-2_147_483_648, 1, gives: .null), Case(-2_147_483_648, -1, gives: -2_147_483_647))
    check(
      .multiply, .int, Case(65_536, 32_767, gives: 2_147_418_112), Case(65_536, 32_768, gives: .null),
      Case(-65_536, 32_768, gives: -2_147_483_648))
  }

  @Test func remainderTakesTheSignOfTheDividendAndNullForZero() {
    check(
      .remainder, .bigint, Case(7, 3, gives: 1), Case(-7, 3, gives: -1), Case(7, -3, gives: 1), Case(7, 0, gives: .null),
      Case(.integer(.min), -1, gives: 0))
    check(.remainder, .double, Case(-7.5, 2.0, gives: -1.5), Case(1.0, 0.0, gives: .null), Case(1.0, -0.0, gives: .null))
  }

  @Test func divisionOfDoublesByZeroIsNull() {
    check(
      .divide, .double, Case(1.0, 4.0, gives: 0.25), Case(1.0, 0.0, gives: .null), Case(0.0, -0.0, gives: .null),
      Case(.double(.nan), 2.0, gives: .double(.nan)), Case(.double(.infinity), 2.0, gives: .double(.infinity)))
    check(.divide, .double, Case(1.0, 4.0, gives: 0.25), Case(-3.0, 2.0, gives: -1.5))
    check(.add, .double, Case(0.1, 0.2, gives: 0.30000000000000004))
    check(.multiply, .double, Case(1e200, 1e200, gives: .double(.infinity)))
    check(.subtract, .double, Case(.double(.infinity), .double(.infinity), gives: .double(.nan)))
  }

  @Test func negationOfTheLeastIntegerIsNull() {
    TidemillEngineTests.check(
      .bigint, [.bigint],
      [Case(5, gives: -5), Case(.integer(.min), gives: .null), Case(.null, gives: .null)]
    ) { .negate($0[0]) }
    TidemillEngineTests.check(.int, [.int], [Case(-2_147_483_648, gives: .null), Case(1, gives: -1)]) { .negate($0[0]) }
    TidemillEngineTests.check(.double, [.double], [Case(0.0, gives: -0.0), Case(1.5, gives: -1.5)]) { .negate($0[0]) }
    TidemillEngineTests.check(
      .decimal(precision: 4, scale: 1), [.decimal(precision: 4, scale: 1)],
      [Case(decimal(15, 1), gives: decimal(-15, 1)), Case(.null, gives: .null)]
    ) { .negate($0[0]) }
  }

  @Test func decimalSumsAlignTheScales() {
    let left = DataType.decimal(precision: 10, scale: 2)
    let right = DataType.decimal(precision: 10, scale: 4)
    check(
      .add, .decimal(precision: 13, scale: 4), left: left, right: right,
      Case(decimal(123, 2), decimal(4567, 4), gives: decimal(16867, 4)),
      Case(decimal(-1, 2), decimal(1, 4), gives: decimal(-99, 4)))
    check(
      .subtract, .decimal(precision: 13, scale: 4), left: left, right: right,
      Case(decimal(123, 2), decimal(4567, 4), gives: decimal(7733, 4)),
      Case(decimal(1, 2), decimal(100, 4), gives: decimal(0, 4)))
    check(
      .add, left, Case(decimal(9_999_999_999, 2), decimal(1, 2), gives: .null),
      Case(decimal(1, 2), decimal(2, 2), gives: decimal(3, 2)))
  }

  @Test func decimalResultsAreRoundedHalfUpToTheirScale() {
    let operand = DataType.decimal(precision: 10, scale: 2)
    check(
      .multiply, .decimal(precision: 20, scale: 2), left: operand, right: operand,
      Case(decimal(15, 2), decimal(30, 2), gives: decimal(5, 2)), Case(decimal(-15, 2), decimal(30, 2), gives: decimal(-5, 2)),
      Case(decimal(14, 2), decimal(32, 2), gives: decimal(4, 2)))
    check(
      .multiply, .decimal(precision: 20, scale: 4), left: operand, right: operand,
      Case(decimal(15, 2), decimal(30, 2), gives: decimal(450, 4)))
    check(
      .divide, .decimal(precision: 20, scale: 6), left: operand, right: operand,
      Case(decimal(200, 2), decimal(300, 2), gives: decimal(666_667, 6)),
      Case(decimal(-100, 2), decimal(300, 2), gives: decimal(-333_333, 6)), Case(decimal(1, 2), decimal(0, 2), gives: .null))
    check(
      .remainder, operand, Case(decimal(-725, 2), decimal(200, 2), gives: decimal(-125, 2)),
      Case(decimal(1, 2), decimal(0, 2), gives: .null))
  }

  @Test func decimalsBeyond128BitsInBetweenAreExact() {
    let most: Int128 = 99_999_999_999_999_999_999_999_999_999_999_999_999
    let wide = DataType.decimal(precision: 38, scale: 0)
    let fine = DataType.decimal(precision: 38, scale: 37)
    let ten37: Int128 = 10_000_000_000_000_000_000_000_000_000_000_000_000
    check(
      .add, wide, Case(decimal(most, 0), decimal(1, 0), gives: .null),
      Case(decimal(most, 0), decimal(-1, 0), gives: decimal(most - 1, 0)))
    // 9.99…9 × 1.0 = 9.99…9, through 76 digits.
    check(.multiply, fine, Case(decimal(most, 37), decimal(ten37, 37), gives: decimal(most, 37)))
    check(
      .multiply, wide, Case(decimal(most, 0), decimal(most, 0), gives: .null),
      Case(decimal(most, 0), decimal(-1, 0), gives: decimal(-most, 0)))
    check(
      .divide, .decimal(precision: 38, scale: 6), left: wide, right: fine,
      Case(decimal(2, 0), decimal(most, 37), gives: decimal(200_000, 6)), Case(decimal(most, 0), decimal(1, 37), gives: .null))
    check(
      .divide, .decimal(precision: 38, scale: 6), left: .decimal(precision: 38, scale: 20), right: wide,
      Case(decimal(most, 20), decimal(1, 0), gives: decimal(1_000_000_000_000_000_000_000_000, 6)))
    check(
      .remainder, .decimal(precision: 38, scale: 37), left: fine, right: wide,
      Case(decimal(most, 37), decimal(most, 0), gives: decimal(most, 37)),
      Case(decimal(most, 37), decimal(2, 0), gives: decimal(most - 8 * ten37, 37)))
  }
}
