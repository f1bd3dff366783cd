import Testing

@testable import TidemillColumns

struct SessionZoneTests {
  /// Berlin's rule as its zone file ends with it, behind one transition, in the format of RFC 8536.
  private static func file(footer: String, transition: (at: Int64, offset: Int32), before: Int32) -> [UInt8] {
    func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
      withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
    func header(times: UInt32, types: UInt32) -> [UInt8] {
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        + [0, 0, 0, times, types, 4].flatMap { bigEndian($0 as UInt32) }
    }
    let abbreviation: [UInt8] = Array("CET".utf8) + [0]
    let emptyBlock = header(times: 0, types: 1) + bigEndian(before) + [0, 0] + abbreviation
    let block =
      header(times: 1, types: 2) + bigEndian(transition.at) + [1] + bigEndian(before) + [0, 0]
      + bigEndian(transition.offset) + [0, 0] + abbreviation
    return emptyBlock + block + Array("\n\(footer)\n".utf8)
  }

  private static func berlin() throws -> SessionZone {
    // 1980-01-01T00:00:00Z, long before anything asked below.
    try SessionZone(
      name: "Europe/Berlin",
      rules: file(footer: "CET-1CEST,M3.5.0,M10.5.0/3", transition: (315_532_800, 3600), before: 3208))
  }

  private static func utc(_ text: String) throws -> Int64 { try #require(TimestampText.microseconds(text)) }

  @Test func summerTimeBeginsOnTheLastSundayOfMarch() throws {
    let berlin = try Self.berlin()
    #expect(berlin.offset(atUTC: try Self.utc("2024-03-31T00:59:59Z")) == 3600)
    #expect(berlin.offset(atUTC: try Self.utc("2024-03-31T01:00:00Z")) == 7200)
    #expect(berlin.offset(atUTC: try Self.utc("2024-10-27T00:59:59Z")) == 7200)
    #expect(berlin.offset(atUTC: try Self.utc("2024-10-27T01:00:00Z")) == 3600)
    #expect(berlin.offset(atUTC: try Self.utc("1970-01-01T00:00:00Z")) == 3208)
  }

  @Test func southernSummerTimeRunsOverNewYear() throws {
    let sydney = try #require(DaylightRule("AEST-10AEDT,M10.1.0,M4.1.0/3"))
    #expect(sydney.offset(atUTC: try Self.utc("2024-01-15T00:00:00Z") / 1_000_000) == 11 * 3600)
    #expect(sydney.offset(atUTC: try Self.utc("2024-07-15T00:00:00Z") / 1_000_000) == 10 * 3600)
  }

  @Test func quotedNamesAndHalfHoursAreRead() throws {
    #expect(try #require(DaylightRule("<+0530>-5:30")).offset(atUTC: 0) == 19_800)
    #expect(DaylightRule("CET-1CEST,M3.5.0") == nil)
    #expect(DaylightRule("") == nil)
  }

  @Test func aLocalTimeThatComesTwiceIsTheFirstAndOneThatIsSkippedMovesOn() throws {
    let berlin = try Self.berlin()
    #expect(TimestampText.microseconds("2024-10-27T02:30:00", zone: berlin) == (try Self.utc("2024-10-27T00:30:00Z")))
    #expect(TimestampText.microseconds("2024-03-31T02:30:00", zone: berlin) == (try Self.utc("2024-03-31T01:30:00Z")))
    #expect(
      TimestampText.string(microseconds: try Self.utc("2024-03-31T01:30:00Z"), zone: berlin) == "2024-03-31T03:30:00+02:00")
  }

  @Test func anyDamageToAZoneFileIsAnErrorOrAnotherZoneButNeverATrap() throws {
    let good = Self.file(footer: "CET-1CEST,M3.5.0,M10.5.0/3", transition: (315_532_800, 3600), before: 3600)
    for length in 0..<good.count { _ = try? SessionZone(name: "x", rules: Array(good[..<length])) }
    for index in good.indices {
      var bad = good
      bad[index] ^= 0xFF
      if let zone = try? SessionZone(name: "x", rules: bad) { _ = zone.offset(atUTC: 1_700_000_000_000_000) }
    }
  }

  @Test func offsetsAreZonesToo() {
    #expect(SessionZone(name: "+02:00")?.offset(atUTC: 0) == 7200)
    #expect(SessionZone(name: "-0530")?.name == "-05:30")
    #expect(SessionZone(name: "utc") == .utc)
    #expect(SessionZone(name: "Mars/Olympus") == nil)
  }
}
