import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct DateFunctionTests {
  static let plusTwo = SessionZone(fixedOffset: 7200)
  static let minusFive = SessionZone(fixedOffset: -18_000)

  @Test func partsOfDatesAlsoBefore1970() {
    check(
      .year, [.timestamp], .int, Case(timestamp("1969-12-31T23:59:59.999999Z"), gives: 1969),
      Case(timestamp("2024-02-29"), gives: 2024))
    check(.year, [.timestamp], .int, zone: Self.plusTwo, Case(timestamp("2023-12-31T22:00:00Z"), gives: 2024))
    check(
      .month, [.date], .int, Case(date("2024-02-29"), gives: 2), Case(.date(-1), gives: 12), Case(.date(-1 << 40), gives: .null)
    )
    check(.day, [.timestamp], .int, zone: Self.minusFive, Case(timestamp("2024-03-01T04:59:59Z"), gives: 29))
    check(
      .dayofweek, [.date], .int, Case(date("1970-01-01"), gives: 5), Case(date("2024-03-03"), gives: 1),
      Case(date("2024-03-02"), gives: 7),
      Case(date("1969-12-28"), gives: 1), Case(date("1969-12-27"), gives: 7))
    check(.year, [.date], .int, Case(date("0000-01-01"), gives: 0), Case(.date(-719_529), gives: -1))
  }

  @Test func partsOfTheTimeOfDay() {
    check(
      .hour, [.timestamp], .int, zone: Self.plusTwo, Case(timestamp("1969-12-31T23:59:59Z"), gives: 1),
      Case(timestamp("2024-01-01T10:00:00Z"), gives: 12))
    check(.minute, [.timestamp], .int, Case(timestamp("1969-12-31T23:58:59Z"), gives: 58))
    check(.second, [.timestamp], .int, Case(timestamp("1969-12-31T23:58:59.5Z"), gives: 59))
    check(.hour, [.date], .int, Case(date("2024-01-01"), gives: 0))
  }

  @Test func dateTruncCutsToTheStartOfEachUnit() {
    let time = timestamp("2024-05-16T13:45:31.123456Z")
    check(
      .dateTrunc, [.string, .timestamp], .timestamp, Case("year", time, gives: timestamp("2024-01-01")),
      Case("QUARTER", time, gives: timestamp("2024-04-01")), Case("Mon", time, gives: timestamp("2024-05-01")),
      Case("week", time, gives: timestamp("2024-05-13")), Case("DD", time, gives: timestamp("2024-05-16")),
      Case("hour", time, gives: timestamp("2024-05-16T13:00:00Z")),
      Case("minute", time, gives: timestamp("2024-05-16T13:45:00Z")),
      Case("second", time, gives: timestamp("2024-05-16T13:45:31Z")),
      Case("millisecond", time, gives: timestamp("2024-05-16T13:45:31.123Z")), Case("microsecond", time, gives: time),
      Case("fortnight", time, gives: .null))
    check(
      .dateTrunc, [.string, .timestamp], .timestamp, Case("week", timestamp("1970-01-01"), gives: timestamp("1969-12-29")),
      Case("week", timestamp("1969-12-29"), gives: timestamp("1969-12-29")),
      Case("week", timestamp("1969-12-28T23:00:00Z"), gives: timestamp("1969-12-22")),
      Case("hour", timestamp("1969-12-31T23:59:59.999999Z"), gives: timestamp("1969-12-31T23:00:00Z")),
      Case("year", timestamp("1969-12-31T23:59:59Z"), gives: timestamp("1969-01-01")),
      Case("month", timestamp("2024-02-29T10:00:00Z"), gives: timestamp("2024-02-01")),
      Case("day", .timestamp(.distantPast), gives: .null), Case("year", .timestamp(.distantPast), gives: .null))
    check(
      .dateTrunc, [.string, .timestamp], .timestamp, zone: Self.plusTwo,
      Case("day", timestamp("2024-03-01T22:30:00Z"), gives: timestamp("2024-03-01T22:00:00Z")),
      Case("month", timestamp("2024-02-29T23:30:00Z"), gives: timestamp("2024-02-29T22:00:00Z")),
      Case("hour", timestamp("2024-02-29T23:30:00Z"), gives: timestamp("2024-02-29T23:00:00Z")))
  }

  @Test func textBecomesDatesAndTimestampsOrNull() {
    check(
      .toDate, [.string], .date, Case("2024-02-29", gives: date("2024-02-29")), Case("2024-02-30", gives: .null),
      Case("x", gives: .null))
    check(.toDate, [.timestamp], .date, zone: Self.plusTwo, Case(timestamp("2024-02-29T22:00:00Z"), gives: date("2024-03-01")))
    check(
      .toTimestamp, [.string], .timestamp, zone: Self.plusTwo, Case("2024-02-29 02:00:00", gives: timestamp("2024-02-29")),
      Case("", gives: .null))
  }

  @Test func unixTimesAreFlooredAndBack() {
    check(
      .unixTimestamp, [.timestamp], .bigint, Case(timestamp("1969-12-31T23:59:59.5Z"), gives: -1),
      Case(timestamp("1970-01-01T00:00:01.9Z"), gives: 1))
    check(.unixMillis, [.timestamp], .bigint, Case(timestamp("1969-12-31T23:59:59.9995Z"), gives: -1))
    check(
      .timestampSeconds, [.bigint], .timestamp, Case(-1, gives: timestamp("1969-12-31T23:59:59Z")),
      Case(.integer(.max), gives: .null))
    check(.timestampSeconds, [.double], .timestamp, Case(1.5, gives: timestamp("1970-01-01T00:00:01.5Z")))
    check(
      .timestampMillis, [.bigint], .timestamp, Case(1, gives: timestamp("1970-01-01T00:00:00.001Z")),
      Case(.integer(.min), gives: .null))
  }

  @Test func timesAndSpansAddUpOrAreNull() {
    check(
      .timestampAdd, [.timestamp, .bigint], .timestamp,
      Case(timestamp("1970-01-01"), -1, gives: timestamp("1969-12-31T23:59:59.999999Z")),
      Case(.timestamp(.distantFuture), 1, gives: .null))
    check(
      .timestampDifference, [.timestamp, .timestamp], .bigint,
      Case(timestamp("1970-01-01T00:00:01Z"), timestamp("1970-01-01T00:00:02Z"), gives: -1_000_000),
      Case(.timestamp(.distantPast), timestamp("1970-01-01T00:00:01Z"), gives: .null))
  }

  @Test func windowsGiveTheirEdgesAndTheirLastMicrosecond() {
    let window = Value.window(start: EventTime(microseconds: 10), end: EventTime(microseconds: 20))
    check(.windowStart, [.window], .timestamp, Case(window, gives: .timestamp(EventTime(microseconds: 10))))
    check(.windowEnd, [.window], .timestamp, Case(window, gives: .timestamp(EventTime(microseconds: 20))))
    check(.windowTime, [.window], .timestamp, Case(window, gives: .timestamp(EventTime(microseconds: 19))))
  }
}
