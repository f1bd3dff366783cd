import Testing

@testable import FileConnector

@Suite struct KnownFilesTests {
  @Test func entriesSurviveEncodingAndForgetting() throws {
    var known = KnownFiles()
    for number in 0..<100 {
      known[StableHash.of("file \(number)")] = KnownFiles.Entry(offset: number + 1, fingerprint: UInt32(number))
    }
    for number in stride(from: 0, to: 100, by: 3) { known[StableHash.of("file \(number)")] = nil }
    let decoded = try KnownFiles(decoding: known.bytes)
    for number in 0..<100 {
      let entry = decoded[StableHash.of("file \(number)")]
      #expect(entry == (number.isMultiple(of: 3) ? nil : KnownFiles.Entry(offset: number + 1, fingerprint: UInt32(number))))
    }
  }

  @Test func forgettingEverythingGivesTheBeginning() {
    var known = KnownFiles()
    known[1] = KnownFiles.Entry(offset: 1, fingerprint: 1)
    known[1] = nil
    #expect(known.bytes.isEmpty)
  }

  @Test func aHundredThousandFilesCostTwentyBytesEach() {
    var known = KnownFiles()
    for number in 0..<100_000 {
      known[StableHash.of("day=1/file-\(number).json")] = KnownFiles.Entry(offset: 1, fingerprint: 0)
    }
    #expect(known.bytes.count == 1 + 20 * 100_000)
  }

  @Test func globPatternsMatchAsInAShell() {
    for (pattern, name, matches) in [
      ("*.json", "a.json", true), ("*.json", "a.csv", false), ("a?c", "abc", true), ("a?c", "aéc", true),
      ("a?c", "ac", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("*a*b*", "xxayybzz", true),
      ("*a*b*", "xxbyya", false), ("[", "[", true), ("", "", true), ("*", "", true),
    ] {
      #expect(PathPattern.matches(name, Array(pattern.utf8)) == matches, "\(pattern) \(name)")
    }
  }
}
