import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct CastTests {
  static let plusTwo = SessionZone(fixedOffset: 7200)

  func cast(
    _ from: DataType, _ to: DataType, zone: SessionZone = .utc, _ cases: Case...,
    location: SourceLocation = #_sourceLocation
  ) {
    check(to, [from], zone: zone, cases + [Case(.null, gives: .null)], location: location) { .cast($0[0]) }
  }

  @Test func textThatIsNoIntegerIsNull() {
    cast(
      .string, .int, Case(" 42\t", gives: 42), Case("-2147483648", gives: -2_147_483_648), Case("2147483648", gives: .null),
      Case("", gives: .null), Case("+", gives: .null), Case("1.5", gives: .null), Case("4 2", gives: .null),
      Case("１", gives: .null), Case("+7", gives: 7))
    cast(
      .string, .bigint, Case("9223372036854775807", gives: .integer(.max)), Case("9223372036854775808", gives: .null),
      Case("-9223372036854775808", gives: .integer(.min)), Case("-9223372036854775809", gives: .null))
  }

  @Test func textThatIsNoDoubleIsNull() {
    cast(
      .string, .double, Case("1", gives: 1.0), Case(" -2.5e3 ", gives: -2500.0), Case(".5", gives: 0.5), Case("5.", gives: 5.0),
      Case("0.1", gives: 0.1), Case("1e400", gives: .double(.infinity)), Case("-0", gives: -0.0),
      Case("123456789012345678901234567890", gives: 123456789012345678901234567890.0),
      Case("179769313486231570000e288", gives: 1.7976931348623157e308), Case("nan", gives: .double(.nan)),
      Case("-Infinity", gives: .double(-.infinity)), Case("inf", gives: .double(.infinity)))
    cast(
      .string, .double, Case("", gives: .null), Case(".", gives: .null), Case("0x10", gives: .null), Case("1e", gives: .null),
      Case("1.2.3", gives: .null), Case("1e-9223372036854775808", gives: 0.0), Case("12a", gives: .null),
      Case("-nan", gives: .null))
  }

  @Test func textOfBooleans() {
    cast(
      .string, .boolean, Case("TRUE", gives: true), Case("t", gives: true), Case("Yes", gives: true), Case(" 1 ", gives: true),
      Case("n", gives: false), Case("0", gives: false), Case("no", gives: false), Case("f", gives: false),
      Case("2", gives: .null),
      Case("truely", gives: .null), Case("", gives: .null))
    cast(.boolean, .string, Case(true, gives: "true"), Case(false, gives: "false"))
  }

  @Test func textOfDecimals() {
    let money = DataType.decimal(precision: 6, scale: 2)
    cast(
      .string, money, Case(" 12.345 ", gives: decimal(1235, 2)), Case("-0.005", gives: decimal(-1, 2)),
      Case("1e3", gives: decimal(100_000, 2)), Case("10000", gives: .null), Case("abc", gives: .null),
      Case("1e-9223372036854775808", gives: .null))
    cast(money, .string, Case(decimal(-5, 2), gives: "-0.05"), Case(decimal(123_456, 2), gives: "1234.56"))
  }

  @Test func doublesAreCutOffTowardsZeroAndNullOutOfRange() {
    cast(
      .double, .int, Case(2.9, gives: 2), Case(-2.9, gives: -2), Case(2147483647.5, gives: 2_147_483_647),
      Case(2147483648.0, gives: .null), Case(.double(.nan), gives: .null), Case(.double(.infinity), gives: .null))
    cast(
      .double, .bigint, Case(-9.223372036854775808e18, gives: .integer(.min)), Case(9.223372036854775807e18, gives: .null),
      Case(1e300, gives: .null))
    cast(.bigint, .int, Case(2_147_483_648, gives: .null), Case(-5, gives: -5))
    cast(.int, .bigint, Case(-5, gives: -5))
    cast(.int, .double, Case(-5, gives: -5.0))
    cast(.double, .boolean, Case(0.0, gives: false), Case(0.1, gives: true))
    cast(.int, .boolean, Case(0, gives: false), Case(-3, gives: true))
    cast(.boolean, .bigint, Case(true, gives: 1), Case(false, gives: 0))
  }

  @Test func decimalsAreRoundedToScalesAndCutToIntegers() {
    let money = DataType.decimal(precision: 6, scale: 2)
    cast(money, .int, Case(decimal(199, 2), gives: 1), Case(decimal(-199, 2), gives: -1))
    cast(
      .decimal(precision: 38, scale: 0), .bigint, Case(decimal(1 << 70, 0), gives: .null),
      Case(decimal(Int128(Int64.max), 0), gives: .integer(.max)))
    cast(
      money, .decimal(precision: 3, scale: 1), Case(decimal(125, 2), gives: decimal(13, 1)),
      Case(decimal(-125, 2), gives: decimal(-13, 1)), Case(decimal(9995, 2), gives: .null),
      Case(decimal(9994, 2), gives: decimal(999, 1)))
    cast(.int, money, Case(9999, gives: decimal(999_900, 2)), Case(10_000, gives: .null))
    cast(
      .double, money, Case(2.675, gives: decimal(268, 2)), Case(-0.1, gives: decimal(-10, 2)),
      Case(9999.994, gives: decimal(999_999, 2)),
      Case(1e4, gives: .null), Case(.double(.nan), gives: .null), Case(.double(-.infinity), gives: .null),
      Case(1e-300, gives: decimal(0, 2)))
    cast(money, .double, Case(decimal(-10, 2), gives: -0.1), Case(decimal(268, 2), gives: 2.68))
    cast(
      .decimal(precision: 38, scale: 30), .double,
      Case(decimal(3_141_592_653_589_793_238_462_643_383_280, 30), gives: .double(.pi)))
  }

  @Test func doublesAreWrittenAsSparkWritesThem() {
    cast(
      .double, .string, Case(1.0, gives: "1.0"), Case(-0.0, gives: "-0.0"), Case(0.1, gives: "0.1"),
      Case(1234567.25, gives: "1234567.25"),
      Case(1e7, gives: "1.0E7"), Case(12345678.9, gives: "1.23456789E7"), Case(0.001, gives: "0.001"),
      Case(0.0009, gives: "9.0E-4"),
      Case(-1.5e-10, gives: "-1.5E-10"), Case(9999999.0, gives: "9999999.0"), Case(0.0123, gives: "0.0123"),
      Case(.double(.nan), gives: "NaN"), Case(.double(-.infinity), gives: "-Infinity"),
      Case(1.7976931348623157e308, gives: "1.7976931348623157E308"))
  }

  @Test func integersAreWrittenInDigits() {
    cast(.bigint, .string, Case(0, gives: "0"), Case(.integer(.min), gives: "-9223372036854775808"), Case(1200, gives: "1200"))
  }

  @Test func timestampsAreWrittenInTheSessionZone() {
    cast(
      .timestamp, .string, Case(timestamp("2024-03-01T12:00:00Z"), gives: "2024-03-01 12:00:00"),
      Case(timestamp("2024-03-01T12:00:00.5Z"), gives: "2024-03-01 12:00:00.5"),
      Case(timestamp("1969-12-31T23:59:59.999001Z"), gives: "1969-12-31 23:59:59.999001"))
    cast(
      .timestamp, .string, zone: Self.plusTwo, Case(timestamp("2024-02-29T23:30:00.010Z"), gives: "2024-03-01 01:30:00.01"))
    cast(
      .string, .timestamp, zone: Self.plusTwo, Case(" 2024-03-01 01:30:00 ", gives: timestamp("2024-02-29T23:30:00Z")),
      Case("2024-03-01T01:30:00Z", gives: timestamp("2024-03-01T01:30:00Z")), Case("2023-02-29", gives: .null),
      Case("2024-03-01T25:00:00", gives: .null), Case("soon", gives: .null))
  }

  @Test func datesAndTimestampsMeetAtLocalMidnight() {
    cast(
      .timestamp, .date, zone: Self.plusTwo, Case(timestamp("2024-02-28T21:59:59Z"), gives: date("2024-02-28")),
      Case(timestamp("2024-02-28T22:00:00Z"), gives: date("2024-02-29")),
      Case(timestamp("1969-12-31T21:59:59Z"), gives: date("1969-12-31")),
      Case(.timestamp(.distantPast), gives: .date(-106_751_992)))
    cast(
      .date, .timestamp, zone: Self.plusTwo, Case(date("2024-02-29"), gives: timestamp("2024-02-28T22:00:00Z")),
      Case(.date(1 << 40), gives: .null), Case(.date(106_751_991), gives: .null))
    cast(
      .string, .date, Case(" 2024-02-29 ", gives: date("2024-02-29")), Case("2024-02-29T10:00:00Z", gives: date("2024-02-29")),
      Case("2024-02-29x", gives: .null), Case("2023-02-29", gives: .null), Case("", gives: .null))
    cast(
      .date, .string, Case(date("1969-12-31"), gives: "1969-12-31"), Case(.date(2_932_897), gives: "+10000-01-01"),
      Case(.date(-719_529), gives: "-0001-12-31"), Case(.date(-1 << 40), gives: .null))
  }

  @Test func numbersAreSecondsSince1970() {
    cast(.bigint, .timestamp, Case(-1, gives: timestamp("1969-12-31T23:59:59Z")), Case(.integer(.max), gives: .null))
    cast(.double, .timestamp, Case(1.5, gives: timestamp("1970-01-01T00:00:01.5Z")), Case(.double(.nan), gives: .null))
    cast(
      .decimal(precision: 20, scale: 8), .timestamp,
      Case(decimal(150_000_000, 8), gives: timestamp("1970-01-01T00:00:01.5Z")))
    cast(
      .timestamp, .bigint, Case(timestamp("1969-12-31T23:59:59.5Z"), gives: -1),
      Case(timestamp("1970-01-01T00:00:01.9Z"), gives: 1))
    cast(.timestamp, .int, Case(timestamp("2040-01-01"), gives: .null))
    cast(.timestamp, .double, Case(timestamp("1970-01-01T00:00:01.5Z"), gives: 1.5))
    cast(.timestamp, .decimal(precision: 20, scale: 3), Case(timestamp("1970-01-01T00:00:01.5Z"), gives: decimal(1500, 3)))
  }

  @Test func castsThatDoNotExistGiveNull() {
    cast(.date, .int, Case(.date(1), gives: .null))
    cast(.boolean, .timestamp, Case(true, gives: .null))
    cast(.bigint, .date, Case(1, gives: .null))
  }
}
