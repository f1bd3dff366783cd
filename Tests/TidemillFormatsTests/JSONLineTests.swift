import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

@Suite struct JSONLineTests {
  @Test func whatIsNoJSONObjectIsMalformed() throws {
    let lines = [
      "x", "[1]", "1", "\"a\"", "null", "{", "}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}",
      "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":tru}", "{\"a\":nul}",
      "{\"a\":True}",
      "{\"a\":1}}", "{\"a\":1} x", "{\"a\":1}{\"a\":2}", "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":\"x}", "{\"a\":\"\\q\"}",
      "{\"a\":\"\\u12g4\"}",
      "{\"b\":\"\\q\"}", "{\"b\":tru}", "{\"b\":01}", "{\"\\q\":1}", "{\"a\":1 \"b\":2}", "{\"a\":\"x\"y}", "{\"a\":12\"x\"}",
      "{\"a\":1,,\"b\":2}",
      "{\"a\":\"tab\there\"}", "{\"a\":NaN}", "\u{FEFF}{\"a\":1}", "{\"a\":\"nul\0\"}", "\0", "{\"a\"}", "{\"a\":{\"b\"}}",
      "{:1}", "{\"a\"::1}", "/**/{}",
      "{\"a\":true1}", "{\"a\":1\u{c}}", "\\", "\"", "{\"b\":[}]}", "{\"b\":{]}",
    ]
    for line in lines {
      let text = "{\"a\":7}\n\(line)\n{\"a\":8}\n"
      let result = try json(text, Field("a", .string))
      #expect(result.first == [.string("7"), .string("8")], "\(line)")
      #expect(result.reasons == [.malformed], "\(line)")
      #expect(result.texts == [line])
      #expect(result.rejected.first?.offset == 8)
      #expect(result.rejected.first?.origin == "input")
      #expect(try json(line, Field("a", .string), offset: 9).reasons == [.malformed], "\(line)")
    }
  }

  @Test func anObjectMayNotSpanLines() throws {
    let result = try json("{\"a\":1,\n\"b\":2}\n{\"a\":[\n{\"a\":1}\n]}\n{\"a\":3}", Field("a", .int))
    #expect(result.first == [.integer(1), .integer(3)])
    #expect(result.texts == ["{\"a\":1,", "\"b\":2}", "{\"a\":[", "]}"])
  }

  @Test func aStringMayNotSpanLines() throws {
    let result = try json("{\"a\":\"x\n\"}\n{\"a\":\"y\"}\n{\"a\":\"z\\\n\"}", Field("a", .string))
    #expect(result.first == [.string("y")])
    #expect(result.texts == ["{\"a\":\"x", "\"}", "{\"a\":\"z\\", "\"}"])
  }

  @Test func malformedBeatsWrongType() throws {
    #expect(try json(#"{"a":"x","b":tru}"#, Field("a", .int)).reasons == [.malformed])
  }

  @Test func bytesThatAreNotUTF8AreMalformed() throws {
    let bad: [[UInt8]] = [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]]
    let format = JSONFormat(request: ReadRequest(schema: Schema(Field("a", .int))))
    for bytes in bad {
      let line = Array("{\"b\":\"".utf8) + bytes + Array("\",\"a\":1}\n".utf8)
      let result = try decode(Array("{\"a\":1}\n".utf8) + line + Array("{\"a\":2}\n".utf8), format)
      #expect(result.first == [.integer(1), .integer(2)])
      #expect(result.details == ["not UTF-8"])
      #expect(result.rejected[0].text == Array(line.dropLast()))
    }
  }

  @Test func blankLinesCarriageReturnsAndSpaceAreNothing() throws {
    let text = "\n  \r\n\t\n{\"a\" : 1 }\r\n\r\n  { \"a\":\t2}  \n\n"
    let result = try json(text, Field("a", .int))
    #expect(result.first == [.integer(1), .integer(2)])
    #expect(result.rowCount == 2)
    #expect(try json("", Field("a", .int)).rowCount == 0)
    #expect(try json("\n", Field("a", .int)).rowCount == 0)
    #expect(try json(" ", Field("a", .int)).rowCount == 0)
    #expect(try json("x\r\n", Field("a", .int)).texts == ["x"])
  }

  @Test func aByteOrderMarkCountsOnlyAtTheBeginning() throws {
    #expect(try json("\u{FEFF}{\"a\":1}\n", Field("a", .int)).first == [.integer(1)])
    #expect(try json("\u{FEFF}x\n", Field("a", .int)).rejected.first?.offset == 3)
    #expect(try json("\u{FEFF}{\"a\":1}\n", Field("a", .int), offset: 5).reasons == [.malformed])
    #expect(try json("\u{FEFF}", Field("a", .int)).rowCount == 0)
  }

  @Test func nestingHasALimit() throws {
    func nested(_ depth: Int) -> String {
      "{\"b\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + ",\"a\":1}"
    }
    let result = try json("\(nested(1023))\n\(nested(1024))\n\(nested(200_000))\n{\"a\":2}", Field("a", .int))
    #expect(result.first == [.integer(1), .integer(2)])
    #expect(result.details == ["nested too deep", "nested too deep"])
    #expect(result.rejected[1].text.count == RowAssembler.longestText)
    let path = (0..<2000).map { _ in "x" }
    let deep = String(repeating: "{\"x\":", count: 2000) + "1" + String(repeating: "}", count: 2000)
    #expect(try json(deep, Field("a", .int, path: path)).reasons == [.malformed])
  }

  @Test func longRecordsAreReadAndLongRejectedTextIsCut() throws {
    let long = String(repeating: "lorem ipsum ", count: 200_000)
    let text = "{\"a\":\"\(long)\"}\n{\"a\":\"short\"}\n{\"a\":\"\(long)\n{\"a\":\"\(long)é\\n\",\"a\":\"\(long)\"}\n"
    let result = try json(text, Field("a", .string))
    #expect(result.first == [.string(long), .string("short"), .string(long)])
    #expect(result.rejected.map(\.text.count) == [RowAssembler.longestText])
    #expect(result.rejected.first?.offset == 2 * 8 + long.utf8.count + 7)
  }

  @Test func rowsWithoutEventTimeOrFromTheFutureAreRejected() throws {
    let text = """
      {"t":"2024-03-01T12:00:00Z","a":1}
      {"a":2}
      {"t":null,"a":3}
      {"t":"2024-03-02T12:00:00.000001Z","a":4}
      {"t":"2024-03-02T12:00:00Z","a":5}
      {"t":"nonsense","a":6}
      broken
      {"t":"2024-03-01T12:00:01Z","a":"x"}
      {"t":"2024-03-01T11:00:00Z","a":7}
      """
    let result = try json(
      text, Field("a", .int), Field("t", .timestamp), eventTime: 1, latest: time("2024-03-02T12:00:00Z"), offset: 1000)
    #expect(result.first == [.integer(1), .integer(5), .integer(7)])
    #expect(result.reasons == [.missingTime, .missingTime, .future, .wrongType, .malformed, .wrongType])
    #expect(
      result.details == [
        "t: no event time", "t: no event time", "t: 2024-03-02T12:00:00.000001Z is too far ahead of the clock",
        "t: \"nonsense\" is no TIMESTAMP", "not a JSON object", "a: \"x\" is no INT",
      ])
    let lines = text.split(separator: "\n")
    #expect(result.texts == [1, 2, 3, 5, 6, 7].map { String(lines[$0]) })
    for row in result.rejected {
      let start = text.utf8.index(text.utf8.startIndex, offsetBy: row.offset - 1000)
      #expect(text[start...].utf8.starts(with: row.text))
    }
    #expect(result.rowCount == lines.count)
    #expect(result.byteCount == text.utf8.count)
  }

  @Test func aChunkOfManyPiecesIsReadInOrder() throws {
    var text = ""
    for row in 0..<30_000 {
      text += row % 5_000 == 4_999 ? "{\"a\":\"open}\n" : "{\"a\":\(row),\"s\":\"a string of row \(row)\"}\n"
    }
    let result = try json(text, Field("a", .int), Field("s", .string))
    let expected = (0..<30_000).filter { $0 % 5_000 != 4_999 }
    #expect(result.batch.count == expected.count)
    #expect(result.rejected.count == 6)
    #expect(result.batch.rows == expected.map { [.integer(Int64($0)), .string("a string of row \($0)")] })
  }

  @Test func columnsGrowWhenLaterRowsAreShorter() throws {
    let long = "{\"a\":1,\"s\":\"\(String(repeating: "x", count: 4000))\"}\n"
    let text =
      String(repeating: long, count: 10) + String(repeating: "{\"a\":2,\"s\":\"\\u0041 longer than inline\"}\n", count: 20_000)
    let result = try json(text, Field("a", .int), Field("s", .string))
    #expect(result.batch.count == 20_010)
    #expect(result.batch.row(20_009) == [.integer(2), .string("A longer than inline")])
    #expect(result.batch.row(0)[1] == .string(String(repeating: "x", count: 4000)))
  }

  @Test func aSingleRecordWithinAChunkCanBeDecoded() throws {
    let text = Array("{\"a\":1}\n{\"a\":22}\nx\n{\"a\":333}".utf8)
    let schema = Schema(Field("a", .int))
    try text.withUnsafeBufferPointer { bytes in
      let request = ReadRequest(schema: schema)
      let decoding = JSONDecoding(request, bytes: bytes, rowEstimate: 1, plan: JSONPlan(schema))
      var assembler = RowAssembler(
        bytes: bytes, request: request, origin: "input", offset: 100, latest: .distantFuture, isPlainText: false)
      for range in [0..<7, 8..<16, 17..<18, 19..<28] { try decoding.decode(range, rejectingInto: &assembler) }
      let result = decoding.finish(&assembler)
      #expect(result.first == [.integer(1), .integer(22), .integer(333)])
      #expect(result.rejected.map(\.offset) == [117])
    }
  }
}
