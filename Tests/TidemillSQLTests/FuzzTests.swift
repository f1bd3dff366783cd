import Testing
import TidemillColumns
import TidemillSQL

/// Damaged texts give errors with places inside the text, and never a trap.
@Suite struct FuzzTests {
  private static let seeds = [
    """
    CREATE STREAM sales (product_id STRING, user STRUCT<id: STRING, n DECIMAL(10, 2)>, event_time TIMESTAMP NOT NULL,
      WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes') USING json OPTIONS (path 'x', n = -1, 'a.b' true);
    """,
    """
    INSERT INTO totals WITH (mode 'append') SELECT DISTINCT a.b.c AS `d e`, SUM(x) FILTER (WHERE y <> 'it''s') + 1.5e3,
      window(ts, "1 hour") w FROM (SELECT * FROM 'dir/*.json') AS s WHERE NOT a IS NOT NULL AND b BETWEEN -1 AND 2L
      OR c LIKE 'ä\\%' GROUP BY 1, session_window(ts, INTERVAL 5 MINUTES) HAVING COUNT(*) > 0
      QUALIFY ROW_NUMBER() OVER (PARTITION BY w ORDER BY x DESC NULLS LAST) <= 3;
    """,
    "SET a.b = +02:00; EXPLAIN SELECT CASE a WHEN 1 THEN DATE '2024-01-01' ELSE CAST(b AS INT)::string END FROM stdin",
  ]

  /// A small generator with a seed, so that a failure can be repeated.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private func check(_ text: String) {
    do throws(TidemillError) {
      for statement in try SQLParser.parseScript(text) {
        #expect(statement.range.upperBound <= text.utf8.count)
      }
    } catch {
      #expect(!error.message.isEmpty)
      if let range = error.range {
        #expect(range.lowerBound >= 0 && range.lowerBound <= range.upperBound && range.upperBound <= text.utf8.count)
      }
      #expect(Diagnostics.render(error, in: text).hasPrefix("error: "))
    }
  }

  @Test func mutatedScriptsNeverTrap() {
    var generator = Generator(state: 42)
    let bytes = Self.seeds.map { Array($0.utf8) }
    let interesting = Array("'\"`()<>,.;:*/-+=!|%\\0123eELdDAS \n\t\u{7}é".utf8) + [0xFF, 0xC3, 0x80]
    for _ in 0..<4_000 {
      var text = bytes.randomElement(using: &generator)!
      for _ in 0..<Int.random(in: 1...6, using: &generator) where !text.isEmpty {
        let place = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: text[place] = interesting.randomElement(using: &generator)!
        case 1: text.remove(at: place)
        case 2: text.insert(interesting.randomElement(using: &generator)!, at: place)
        case 3: text.removeSubrange(place..<min(text.count, place + Int.random(in: 1...30, using: &generator)))
        default:
          let other = bytes.randomElement(using: &generator)!
          let start = Int.random(in: 0..<other.count, using: &generator)
          text.insert(contentsOf: other[start..<min(other.count, start + 25)], at: place)
        }
      }
      check(String(decoding: text, as: UTF8.self))
    }
  }

  @Test func everyPrefixOfAScriptGivesAnErrorOrStatements() {
    for seed in Self.seeds {
      let bytes = Array(seed.utf8)
      for length in 0...bytes.count { check(String(decoding: bytes[..<length], as: UTF8.self)) }
    }
  }

  @Test func randomBytesNeverTrap() {
    var generator = Generator(state: 7)
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      check(String(decoding: bytes, as: UTF8.self))
    }
  }
}
