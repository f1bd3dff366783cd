import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL

@Suite struct LiteralTests {
  private func literal(_ text: String, zone: SessionZone = .utc) throws -> Expression.Node {
    try SQLParser.parseExpression(text, zone: zone).node
  }

  @Test func integersTakeTheSmallestTypeThatHoldsThem() throws {
    #expect(try literal("2147483647") == .literal(.integer(2_147_483_647), .int))
    #expect(try literal("-2147483648") == .literal(.integer(-2_147_483_648), .int))
    #expect(try literal("2147483648") == .literal(.integer(2_147_483_648), .bigint))
    #expect(try literal("-9223372036854775808") == .literal(.integer(.min), .bigint))
    #expect(
      try literal("9223372036854775808")
        == .literal(.decimal(unscaled: 9_223_372_036_854_775_808, scale: 0), .decimal(precision: 19, scale: 0)))
    #expect(try literal("5L") == .literal(.integer(5), .bigint))
    #expect(try literal("127Y") == .literal(.integer(127), .int))
  }

  @Test func fractionsAreDecimalsOfAsManyDigitsAsWritten() throws {
    #expect(try literal("1.5") == .literal(.decimal(unscaled: 15, scale: 1), .decimal(precision: 2, scale: 1)))
    #expect(try literal("-1.50") == .literal(.decimal(unscaled: -150, scale: 2), .decimal(precision: 3, scale: 2)))
    #expect(try literal(".05") == .literal(.decimal(unscaled: 5, scale: 2), .decimal(precision: 2, scale: 2)))
    #expect(try literal("7.") == .literal(.decimal(unscaled: 7, scale: 0), .decimal(precision: 1, scale: 0)))
    #expect(try literal("12BD") == .literal(.decimal(unscaled: 12, scale: 0), .decimal(precision: 2, scale: 0)))
    #expect(try literal("1.5e1BD") == .literal(.decimal(unscaled: 15, scale: 0), .decimal(precision: 2, scale: 0)))
  }

  @Test func exponentsAndTheLetterDMakeDoubles() throws {
    #expect(try literal("1e3") == .literal(.double(1000), .double))
    #expect(try literal("1.5D") == .literal(.double(1.5), .double))
    #expect(try literal("2.5E-1") == .literal(.double(0.25), .double))
  }

  @Test(arguments: [
    ("128Y", "`128Y` is no TINYINT"),
    ("9223372036854775808L", "`9223372036854775808L` is no BIGINT"),
    ("1e999", "`1e999` is no DOUBLE"),
    ("1x", "`1x` is no number; a name that begins with a digit is written in backticks"),
    (
      "123456789012345678901234567890123456789",
      "`123456789012345678901234567890123456789` has more than 38 digits; write it as a DOUBLE: 1e40"
    ),
    ("DATE '2024-02-30'", "'2024-02-30' is no date; write DATE '2024-03-01'"),
    (
      "TIMESTAMP 'noon'",
      "'noon' is no timestamp; write TIMESTAMP '2024-03-01 12:00:00', with Z or an offset such as +02:00 behind it if need be"
    ),
    ("INTERVAL '1 month'", "an interval of months or years is not supported; they have no fixed length; use days"),
    ("INTERVAL 2 YEARS", "an interval of months or years is not supported; they have no fixed length; use days"),
    ("INTERVAL 'soon'", "'soon' is no interval; write INTERVAL '10 minutes' or INTERVAL 10 MINUTES"),
  ])
  func wrongLiteralsAreNamed(text: String, message: String) {
    #expect(refusal(text) == message)
  }

  @Test(arguments: [
    ("'it''s'", "it's"), ("'it\\'s'", "it's"), ("\"double\"", "double"), ("\"a\"\"b\"", "a\"b"), ("\"it's\"", "it's"),
    ("'a\\nb\\tc\\\\d'", "a\nb\tc\\d"), ("'100\\%'", "100\\%"), ("'\\u00e9'", "é"), ("'\\101'", "A"), ("r'\\d'", "\\d"),
    ("'Zürich ✓'", "Zürich ✓"), ("''", ""),
  ])
  func stringsAreReadAsSparkReadsThem(text: String, value: String) throws {
    #expect(try literal(text) == .literal(.string(value), .string))
  }

  @Test func datesAndTimestampsAreReadInTheZone() throws {
    #expect(try literal("DATE '1970-01-02'") == .literal(.date(1), .date))
    let noon = EventTime(microseconds: 43_200_000_000)
    #expect(try literal("TIMESTAMP '1970-01-01 12:00:00'") == .literal(.timestamp(noon), .timestamp))
    #expect(try literal("timestamp '1970-01-01T14:00:00+02:00'") == .literal(.timestamp(noon), .timestamp))
    let zone = SessionZone(fixedOffset: 3600)
    #expect(try literal("TIMESTAMP '1970-01-01 13:00:00'", zone: zone) == .literal(.timestamp(noon), .timestamp))
  }

  @Test(arguments: [
    ("INTERVAL '10 minutes'", TimeSpan.minutes(10)), ("INTERVAL 10 MINUTES", .minutes(10)),
    ("INTERVAL '1' HOUR", .hours(1)), ("interval 1 hour 30 minutes", .minutes(90)),
    ("INTERVAL '1 hour 30 minutes'", .minutes(90)), ("INTERVAL -5 SECONDS", .seconds(-5)),
    ("INTERVAL '1' DAY '2' HOURS", .hours(26)), ("INTERVAL 2 WEEKS", .days(14)),
  ])
  func intervalsHaveSeveralSpellings(text: String, span: TimeSpan) throws {
    #expect(try literal(text) == .interval(span))
  }

  @Test func truthAndNullAreLiterals() throws {
    #expect(try literal("TRUE") == .literal(.boolean(true), .boolean))
    #expect(try literal("false") == .literal(.boolean(false), .boolean))
    guard case .literal(.null, _) = try literal("null") else {
      Issue.record("NULL is no null literal")
      return
    }
  }
}
