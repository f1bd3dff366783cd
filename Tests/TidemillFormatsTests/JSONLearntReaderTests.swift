import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

/// Reading by learnt literals must give exactly what the general way gives.
@Suite struct JSONLearntReaderTests {
  /// How many streams to try: `TIDEMILL_SEEDS=50000` for a long search (best in a release build).
  static let seeds: Range<UInt64> = {
    let text = ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "96"
    let parts = text.split(separator: "<").map { $0.filter(\.isNumber) }.compactMap { UInt64($0) }
    return parts.count == 2 ? parts[0]..<parts[1] : 0..<(parts.first ?? 96)
  }()

  static let shares: [Range<UInt64>] = (0..<8).map { (share: UInt64) -> Range<UInt64> in
    let length = UInt64(seeds.count)
    let start: UInt64 = seeds.lowerBound + length * share / 8
    let end: UInt64 = seeds.lowerBound + length * (share + 1) / 8
    return start..<end
  }

  @Test(arguments: shares)
  func learntReadingEqualsTheGeneralWay(seeds: Range<UInt64>) throws {
    var records = 0
    var followed = 0
    for seed in seeds {
      let (count, share) = try compare(seed)
      records += count
      followed += share
    }
    // Otherwise nothing would have been tested.
    if seeds.count >= 8 { #expect(followed * 100 > records * 35, "\(followed) of \(records) records") }
    if ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] != nil {
      print("seeds \(seeds): \(records) records the same, \(followed) of them by what was learnt")
    }
  }

  /// Decodes a random stream in both ways, in random chunks. Returns how many lines it had and how many were read as learnt.
  private func compare(_ seed: UInt64) throws -> (lines: Int, followed: Int) {
    var generator = JSONStreamGenerator(seed: seed)
    let schema = generator.schema()
    let eventTime = generator.chance(50) ? schema.fields.firstIndex { $0.type == .timestamp } : nil
    let zone = generator.chance(30) ? SessionZone(fixedOffset: 3600) : .utc
    let request = ReadRequest(schema: schema, eventTime: eventTime, zone: zone)
    let learnt = JSONFormat(request: request)
    let general = JSONFormat(request: request, learns: false)
    let latest = generator.chance(30) ? time("2024-02-11T12:00:00Z") : .distantFuture
    var offset = 0
    var lines = 0
    generator.changeShape()
    for _ in 0..<generator.pick([1, 3, 6]) {
      var bytes: [UInt8] = []
      for _ in 0..<generator.pick([2, 30, 150, 400]) {
        if generator.below(200) == 0 { generator.changeShape() }
        bytes += generator.line()
        lines += 1
      }
      if generator.chance(10) { bytes.removeLast() }
      let one = try decode(bytes, learnt, offset: offset, latest: latest)
      let other = try decode(bytes, general, offset: offset, latest: latest)
      if let difference = difference(one, other) {
        Issue.record("seed \(seed), chunk at \(offset): \(difference)")
        return (lines, 0)
      }
      offset += bytes.count
    }
    return (lines, learnt.learnt?.followed ?? 0)
  }

  /// What differs between two results; `nil` when nothing does.
  private func difference(_ one: ReadResult, _ other: ReadResult) -> String? {
    if one.rejected != other.rejected {
      for (left, right) in zip(one.rejected, other.rejected) where left != right { return "\(left)\n\(right)" }
      return "\(one.rejected.count) and \(other.rejected.count) rejected rows"
    }
    if one.batch.count != other.batch.count { return "\(one.batch.count) and \(other.batch.count) rows" }
    if one.byteCount != other.byteCount { return "\(one.byteCount) and \(other.byteCount) bytes" }
    for (ordinal, field) in one.batch.schema.fields.enumerated() {
      let left = one.batch.columns[ordinal]
      let right = other.batch.columns[ordinal]
      if left.hasNulls != right.hasNulls { return "nulls of \(field.name)" }
      for row in 0..<one.batch.count where !isSame(left, right, row) {
        return "row \(row), \(field.name): \(left.value(row)) and \(right.value(row))"
      }
    }
    return nil
  }

  private func isSame(_ one: Column, _ other: Column, _ row: Int) -> Bool {
    if one.isNull(row) || other.isNull(row) { return one.isNull(row) == other.isNull(row) }
    switch (one.values, other.values) {
    case (.bytes(let left), .bytes(let right)): return left[row] == right[row]
    case (.int64(let left), .int64(let right)): return left[row] == right[row]
    case (.float64(let left), .float64(let right)): return left[row].bitPattern == right[row].bitPattern
    case (.int128(let left), .int128(let right)): return left[row] == right[row]
    case (.string(let left), .string(let right)): return left.isEqual(row, to: right, row: row)
    default: return false
    }
  }

  // MARK: - What is followed

  /// Reads `text` in both ways, which must agree, and says how many records followed what was learnt from those before them.
  private func followed(_ chunks: [String], _ fields: [Field]) throws -> Int {
    let request = ReadRequest(schema: Schema(fields))
    let learnt = JSONFormat(request: request)
    let general = JSONFormat(request: request, learns: false)
    for chunk in chunks {
      let bytes = Array(chunk.utf8)
      let message = difference(try decode(bytes, learnt, offset: 9), try decode(bytes, general, offset: 9))
      #expect(message == nil)
    }
    return learnt.learnt?.followed ?? 0
  }

  @Test func recordsLikeTheFirstFollow() throws {
    let lines = (0..<1000).map { #"{"id":"p-\#($0)","amount":\#($0),"region":"eu"}"# }
    let text = lines.joined(separator: "\n") + "\n"
    #expect(try followed([text], [Field("id", .string), Field("amount", .int)]) >= 990)
    #expect(try followed([text.replacing("\n", with: "\r\n")], [Field("amount", .int)]) >= 990)
    #expect(try followed([text.replacing(",", with: " , ").replacing(":", with: ": ")], [Field("amount", .int)]) >= 990)
  }

  @Test func aLaterChunkKnowsWhatAnEarlierOneTaught() throws {
    let chunk = (0..<20).map { "{\"a\":\($0),\"padding\":\"this makes the line long enough\"}\n" }.joined()
    #expect(try followed(Array(repeating: chunk, count: 10), [Field("a", .int)]) >= 10 * 18 - 1)
  }

  @Test func keysInAnyOrderAndMissingOnesFollow() throws {
    var random = SeededGenerator(3)
    let members = [#""a":1"#, #""b":"x\ny""#, #""c":{"d":2,"e":[1,2]}"#, #""f":null"#, #""g":[true,"é"]"#]
    let text = (0..<3000).map { _ in
      "{" + members.shuffled(using: &random).dropLast(Int.random(in: 0..<3, using: &random)).joined(separator: ",") + "}\n"
    }.joined()
    let fields = [Field("a", .int), Field("b", .string), Field("c.d", .int, path: ["c", "d"]), Field("f", .double)]
    #expect(try followed([text], fields) > 2800)
  }

  @Test func membersInEveryOrderFollow() throws {
    var random = SeededGenerator(8)
    let members = (0..<14).map { "\"key\($0)\":\($0)" }
    let chunks = (0..<8).map { _ in
      (0..<1000).map { _ in "{" + members.shuffled(using: &random).joined(separator: ",") + "}\n" }.joined()
    }
    let fields = [Field("key3", .int), Field("key9", .bigint), Field("key11", .string)]
    #expect(try followed(chunks, fields) > 7500)
  }

  private static let unread = [
    "[]", "[1]", #"["a","b"]"#, #"{"x":12,"y":"z"}"#, #""caf\u00e9""#, #""é""#, "1.5e-1", "-12.25", "null", "true", "false",
    "12345678",
    #"{"text":"as long as what can be told by one look"}"#, #"{"text":"longer than what can be told by one look"}"#,
  ]

  /// Values that nobody reads are known by their bytes when they come again.
  @Test func valuesThatNobodyReadsMayRepeat() throws {
    for count in [1, 5, 14] {
      let lines = (0..<2000).map { "{\"a\":\($0),\"n\":\(Self.unread[$0 % count]),\"b\":1}\n" }
      #expect(try followed([lines.joined()], [Field("a", .int), Field("b", .int)]) > 1980)
    }
  }

  /// Whatever is almost a value that is known is none that is known.
  @Test func almostTheSameValueIsAnotherOne() throws {
    for value in Self.unread {
      let pair = "{\"n\":\(value),\"b\":1}\n{\"b\":2,\"n\":\(value)}\n"
      let known = String(repeating: pair, count: 20)
      let bytes = Array(value.utf8)
      var others: [String] = []
      for index in bytes.indices {
        for byte in [[], [48], [120], [34], [44], [93], [125], [9], [1], [0xC3], [bytes[index], bytes[index]]] as [[UInt8]] {
          let changed = bytes[..<index] + byte + bytes[(index + 1)...]
          guard let text = String(validating: changed, as: UTF8.self) else { continue }
          others.append("{\"n\":\(text),\"b\":1}\n{\"b\":2,\"n\":\(text)}\n\(pair)")
        }
      }
      _ = try followed([known + others.joined() + known], [Field("b", .int)])
    }
  }

  /// Values that never come again are not looked for much longer.
  @Test func valuesThatNeverRepeatFollowAsWell() throws {
    let lines = (0..<20_000).map { "{\"a\":\($0),\"n\":[\($0),\"\($0 &* 7919)\"],\"b\":1}\n" }
    #expect(try followed([lines.joined()], [Field("a", .int), Field("b", .int)]) > 19_900)
  }

  @Test func aStreamThatChangesItsShapeIsLearntAgain() throws {
    let old = (0..<2000).map { "{\"a\":\($0),\"b\":\"old\"}\n" }.joined()
    let new = (0..<2000).map { "{\"version\": 2, \"body\": {\"a\": \($0)}, \"a\": -\($0)}\n" }.joined()
    #expect(try followed([old + new + old], [Field("a", .int), Field("body.a", .int, path: ["body", "a"])]) > 5900)
  }

  @Test func twoWritersWithOtherSpacingFollow() throws {
    let text = (0..<2000).map { $0 % 2 == 0 ? "{\"a\":\($0),\"b\":\"x\"}\n" : "{\"a\": \($0), \"b\": \"x\"}\n" }.joined()
    #expect(try followed([text], [Field("a", .int), Field("b", .string)]) > 1950)
  }

  @Test func whereNothingRepeatsTheGeneralWayTakesOver() throws {
    let text = (0..<20_000).map { "{\"key\($0 &* 7919)\":1,\"other\($0 &* 104_729)\":\"x\"}\n" }.joined()
    #expect(try followed([text], [Field("a", .int)]) < 100)
    let format = JSONFormat(request: ReadRequest(schema: Schema(Field("a", .int))))
    _ = try decode(Array(text.utf8), format, offset: 9)
    // Most of it is read in long ranges that nobody tries to follow.
    #expect(format.learnt!.missed < 5000)
  }

  @Test func aKeyThatComesTwiceIsReadTheGeneralWay() throws {
    let twice = (0..<500).map { "{\"a\":\($0),\"b\":1,\"a\":-\($0)}\n{\"b\":1,\"a\":5}\n{\"c\":{\"d\":1},\"c\":{}}\n" }.joined()
    #expect(try followed([twice], [Field("a", .int), Field("c.d", .int, path: ["c", "d"])]) <= 500)
  }

  /// Of equal keys the last counts, so that a record is good in which the first is of a wrong type; one without the other is not.
  @Test func whatAnotherKeyMadeGoodIsNotLearnt() throws {
    let fields = [Field("a", .int), Field("c.d", .int, path: ["c", "d"])]
    for first in ["5", "\"x\"", "[1]", "true", "null", "{}"] {
      let twice = "{\"a\":1,\"c\":\(first),\"c\":{\"d\":2}}\n{\"c\":\(first),\"a\":1,\"c\":{\"d\":2}}\n"
      let once = "{\"a\":1,\"c\":\(first)}\n{\"c\":\(first),\"a\":1}\n{\"c\":{\"d\":2},\"a\":1}\n{\"a\":1,\"c\":{\"d\":2}}\n"
      _ = try followed([String(repeating: twice, count: 8) + String(repeating: once, count: 40)], fields)
    }
  }

  @Test func recordsOverAMegabyteAreReadTheGeneralWay() throws {
    let long = "{\"a\":\"\(String(repeating: "x", count: 1 << 20))\"}\n"
    let short = String(repeating: "{\"a\":\"y\"}\n", count: 100)
    #expect(try followed([short + long + short], [Field("a", .string)]) < 200)
  }

  @Test func zerosAreNoDate() throws {
    let zeros = String(repeating: "\\u0000", count: 10)
    let result = try json("{\"a\":\"\(zeros)T00:00:00Z\"}", Field("a", .timestamp))
    #expect(result.reasons == [.wrongType])
  }
}
