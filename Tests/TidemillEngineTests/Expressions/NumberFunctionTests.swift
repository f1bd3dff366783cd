import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct NumberFunctionTests {
  static let money = DataType.decimal(precision: 6, scale: 2)

  @Test func absOfTheLeastIntegerIsNull() {
    check(.abs, [.bigint], .bigint, Case(-5, gives: 5), Case(.integer(.min), gives: .null))
    check(.abs, [.int], .int, Case(-2_147_483_648, gives: .null), Case(7, gives: 7))
    check(.abs, [.double], .double, Case(-0.0, gives: 0.0), Case(.double(-.infinity), gives: .double(.infinity)))
    check(.abs, [Self.money], Self.money, Case(decimal(-5, 2), gives: decimal(5, 2)))
  }

  @Test func floorAndCeil() {
    check(.floor, [.double], .bigint, Case(-1.5, gives: -2), Case(1e300, gives: .null), Case(.double(.nan), gives: .null))
    check(.ceil, [.double], .bigint, Case(-1.5, gives: -1), Case(1.1, gives: 2))
    check(.floor, [.int], .bigint, Case(-3, gives: -3))
    let whole = DataType.decimal(precision: 5, scale: 0)
    check(
      .floor, [Self.money], whole, Case(decimal(-101, 2), gives: decimal(-2, 0)), Case(decimal(199, 2), gives: decimal(1, 0)))
    check(
      .ceil, [Self.money], whole, Case(decimal(-199, 2), gives: decimal(-1, 0)), Case(decimal(101, 2), gives: decimal(2, 0)))
  }

  @Test func roundGoesAwayFromZeroInTheMiddle() {
    check(
      .round, [.double], .double, Case(2.5, gives: 3.0), Case(-2.5, gives: -3.0), Case(0.49999999999999994, gives: 0.0),
      Case(.double(.nan), gives: .double(.nan)), Case(1e300, gives: 1e300))
    check(
      .round, [.double, .int], .double, Case(2.675, 2, gives: 2.68), Case(-2.675, 2, gives: -2.68), Case(1.005, 2, gives: 1.01),
      Case(1.0049, 2, gives: 1.0), Case(12345.0, -2, gives: 12300.0), Case(15.0, -1, gives: 20.0), Case(0.1, 400, gives: 0.1),
      Case(5.0, -1, gives: 10.0), Case(4.0, -1, gives: 0.0), Case(-0.001, 2, gives: 0.0),
      Case(123456789012.345, 2, gives: 123456789012.35),
      Case(1e-20, 5, gives: 0.0), Case(1e20, -400, gives: 0.0))
    check(
      .round, [.int, .int], .int, Case(15, -1, gives: 20), Case(-15, -1, gives: -20), Case(14, 3, gives: 14),
      Case(2_147_483_647, -1, gives: .null), Case(5, -30, gives: 0))
    check(
      .round, [Self.money, .int], .decimal(precision: 6, scale: 1), Case(decimal(125, 2), 1, gives: decimal(13, 1)),
      Case(decimal(-125, 2), 1, gives: decimal(-13, 1)), Case(decimal(1500, 2), -1, gives: decimal(200, 1)))
  }

  @Test func rootsOfNegativesAreNaNAndPowersFollowJava() {
    check(.sqrt, [.double], .double, Case(9.0, gives: 3.0), Case(-1.0, gives: .double(.nan)))
    check(.sqrt, [.int], .double, Case(16, gives: 4.0))
    check(
      .pow, [.double, .double], .double, Case(2.0, 10.0, gives: 1024.0), Case(1.0, .double(.nan), gives: .double(.nan)),
      Case(-1.0, .double(.infinity), gives: .double(.nan)), Case(0.0, 0.0, gives: 1.0), Case(-8.0, 0.5, gives: .double(.nan)))
  }
}
