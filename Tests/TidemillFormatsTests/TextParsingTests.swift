import Testing
import TidemillColumns

@testable import TidemillFormats

@Suite struct TextParsingTests {
  func bytes<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    Array(text.utf8).withUnsafeBufferPointer(body)
  }

  @Test func integersAreReadExactlyOrNotAtAll() {
    for (text, value) in [
      ("0", 0), ("-0", 0), ("+7", 7), ("000000000000000000000012", 12), ("9223372036854775807", .max),
      ("-9223372036854775808", .min),
      ("1.0", 1), ("1e3", 1000), ("1.5e1", 15), ("922337203685477580.7e1", .max), ("0e999999999999", 0), ("10e-1", 1),
    ] as [(String, Int64)] {
      #expect(bytes(text, TextParsing.integer) == value, "\(text)")
    }
    for text in [
      "", "-", "+", "1.5", "9223372036854775808", "-9223372036854775809", "1e19", "1e99999999999", "0x10", "1 ", "1e", "e1",
      ".", "1.2.3",
      "1e-1", "100000000000000000000.1",
    ] {
      #expect(bytes(text, TextParsing.integer) == nil, "\(text)")
    }
  }

  @Test func doublesAreTheNearestOnes() {
    var random = SeededGenerator(5)
    for _ in 0..<5000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(bytes("\(value)", TextParsing.double) == value)
      let digits = "\(random.next()).\(random.next())e\(Int.random(in: -330...280, using: &random))"
      #expect(bytes(digits, TextParsing.double) == Double(digits))
    }
    for text in ["", "nan", "inf", "0x1p3", "1e400", "1,5", " 1", "--1", "1e+"] {
      #expect(bytes(text, TextParsing.double) == nil, "\(text)")
    }
    #expect(bytes("Infinity", TextParsing.double) == .infinity)
  }

  @Test func theQuickTimestampReaderGivesWhatTheCarefulOneGives() {
    var random = SeededGenerator(6)
    let zone = SessionZone(fixedOffset: -5400)
    var reader = TimestampReader(zone: zone)
    let alphabet = Array("0123456789-:TtZz +.x".utf8)
    let patterns = [
      "2024-03-01T12:34:56.789Z", "2024-02-29 23:59:59.123456Z", "1969-07-20T20:17:40Z", "2024-03-01T12:34:56", "2024-03-01",
      "2024-03-01T12:34:56.789123", "2024-03-01T12:34:56+02:00", "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z",
    ]
    var accepted = 0
    for round in 0..<20_000 {
      var text = Array(patterns.randomElement(using: &random)!.utf8)
      if round % 2 == 1 { text[Int.random(in: 0..<text.count, using: &random)] = alphabet.randomElement(using: &random)! }
      if round % 16 == 1 { text.removeLast() }
      text.withUnsafeBufferPointer { text in
        let careful = TimestampText.microseconds(text, zone: zone)
        #expect(reader.microseconds(text) == careful, "\(String(decoding: text, as: UTF8.self))")
        if careful != nil { accepted += 1 }
      }
    }
    #expect(accepted > 10_000 && accepted < 19_000)
  }

  @Test func booleansAreTrueOrFalseInAnyCase() {
    #expect(bytes("true", TextParsing.boolean) == true)
    #expect(bytes("FALSE", TextParsing.boolean) == false)
    for text in ["", "1", "yes", "tru", "truee"] { #expect(bytes(text, TextParsing.boolean) == nil) }
  }
}
