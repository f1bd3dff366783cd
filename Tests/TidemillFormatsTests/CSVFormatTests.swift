import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

@Suite struct CSVFormatTests {
  let schema = Schema(Field("id", .string), Field("amount", .int), Field("at", .timestamp))

  func options(_ pairs: [String: String]) throws -> CSVOptions { try CSVOptions(pairs) }

  func read(_ text: String, _ pairs: [String: String] = [:], _ columns: Schema? = nil, eventTime: Int? = nil) throws
    -> ReadResult
  {
    let request = ReadRequest(schema: columns ?? schema, eventTime: eventTime)
    let format = try CSVFormat(request: request, declared: schema, options: options(pairs))
    return try decode(Array(text.utf8), format)
  }

  func readWithHeader(_ header: String, _ text: String, _ columns: Schema? = nil) throws -> ReadResult {
    let format = try CSVFormat(
      request: ReadRequest(schema: columns ?? schema), declared: schema, options: options(["header": "true"]))
    #expect(format.hasHeader)
    let bytes = Array(header.utf8)
    let named = try bytes.withUnsafeBufferPointer { try format.withHeader($0) }
    return try decode(Array(text.utf8), named, offset: bytes.count + 1)
  }

  @Test func columnsAreTakenByPositionWithoutAHeader() throws {
    let result = try read("a,1,2024-03-01T00:00:00Z\nb,2,2024-03-02 00:00:00\n")
    #expect(
      result.batch.rows == [
        [.string("a"), .integer(1), .timestamp(time("2024-03-01T00:00:00Z"))],
        [.string("b"), .integer(2), .timestamp(time("2024-03-02T00:00:00Z"))],
      ])
    let two = Schema(Field("at", .string), Field("id", .string))
    #expect(try read("a,1,x", [:], two).batch.rows == [[.string("x"), .string("a")]])
    let unknown = Schema(Field("nope", .string))
    #expect(throws: TidemillError.self) { try read("a,1,x", [:], unknown) }
  }

  @Test func columnsAreTakenByNameWithAHeader() throws {
    let result = try readWithHeader("at,\"ID\",other\r", "2024-03-01,x,1\r\n")
    #expect(result.batch.rows == [[.string("x"), .null, .timestamp(time("2024-03-01T00:00:00Z"))]])
    #expect(try readWithHeader("\u{FEFF}id,amount", "x,1").batch.rows == [[.string("x"), .integer(1), .null]])
    let twice = Schema(Field("one", .string, path: ["id"]), Field("two", .int, path: ["id"]))
    #expect(try readWithHeader("id,x", "\"1\",\n\"a\"\"b\",\n", twice).batch.rows == [[.string("1"), .integer(1)]])
    #expect(throws: TidemillError.self) { try readWithHeader("a,b", "1,2") }
    #expect(throws: TidemillError.self) { try readWithHeader("id,\"b", "1,2") }
  }

  @Test func aFileWithAHeaderMustBeReadFromItsHeader() throws {
    #expect(throws: TidemillError.self) { try read("a,1,x", ["header": "true"]) }
  }

  @Test func quotedFieldsFollowRFC4180() throws {
    let columns = Schema(Field("id", .string))
    for (text, value) in [
      ("\"a,b\"", "a,b"), ("\"say \"\"hi\"\"\"", "say \"hi\""), ("\"\"", ""), ("a\"b", "a\"b"), (" a ", " a "),
      ("\"\"\"\"", "\""),
      ("\"a long text, with \"\"quotes\"\" in it\"", "a long text, with \"quotes\" in it"), ("é€😀", "é€😀"),
    ] {
      #expect(try read("\(text),1,", [:], columns).first == [.string(value)], "\(text)")
    }
  }

  @Test func optionsChangeSeparatorQuoteEscapeAndNull() throws {
    let columns = Schema(Field("id", .string), Field("amount", .int))
    #expect(try read("a;1;", ["sep": ";"], columns).batch.rows == [[.string("a"), .integer(1)]])
    #expect(try read("a\t1\t", ["delimiter": "\\t"], columns).batch.rows == [[.string("a"), .integer(1)]])
    #expect(try read("'a,b',1,", ["quote": "'"], columns).batch.rows == [[.string("a,b"), .integer(1)]])
    #expect(
      try read(#""a\"b\\c\d",1,"#, ["escape": "\\"], columns).batch.rows == [[.string(#"a"b\c\d"#), .integer(1)]])
    #expect(
      try read("NA,NA,\n\"NA\",1,\n,,\n", ["nullvalue": "NA"], columns).batch.rows
        == [[.null, .null], [.string("NA"), .integer(1)], [.null, .null]])
    for bad in [["sep": ""], ["sep": "ab"], ["header": "maybe"], ["quote": "\n"], ["sep": "\""]] {
      #expect(throws: TidemillError.self) { try options(bad) }
    }
  }

  @Test func emptyTextIsNullAndQuotedEmptyTextIsNot() throws {
    let result = try read(",,\n\"\",1,\n\"\",\"\",\n")
    #expect(result.batch.rows == [[.null, .null, .null], [.string(""), .integer(1), .null]])
    #expect(result.details == ["amount: \"\" is no INT"])
  }

  @Test func brokenLinesAreMalformed() throws {
    for (line, detail) in [
      ("a,1", "2 fields instead of 3"), ("a", "1 field instead of 3"), ("a,1,,", "4 fields instead of 3"),
      ("\"a,1,", "a quote is open at the end of the line"), ("\"a\"b,1,", "text behind a closing quote"),
      ("\"a\" ,1,", "text behind a closing quote"), ("a,1,\"", "a quote is open at the end of the line"),
    ] {
      let result = try read("x,1,\n\(line)\r\ny,2,\n")
      #expect(result.first == [.string("x"), .string("y")])
      #expect(result.details == [detail])
      #expect(result.texts == [line])
      #expect(result.rejected[0].offset == 5)
    }
  }

  @Test func bytesThatAreNotUTF8AreMalformed() throws {
    let format = try CSVFormat(request: ReadRequest(schema: schema), declared: schema)
    let result = try decode(Array("é,1,\n".utf8) + [0xC3, 0x2C, 0x31, 0x2C, 0x0A] + Array("b,2,".utf8), format)
    #expect(result.first == [.string("é"), .string("b")])
    #expect(result.details == ["not UTF-8"])
  }

  @Test func spaceAroundNumbersDoesNotMatterAndNonsenseIsTheWrongType() throws {
    #expect(
      try read("a, 12\t, 2024-03-01 ").batch.rows == [[.string("a"), .integer(12), .timestamp(time("2024-03-01T00:00:00Z"))]])
    let result = try read("a,x,\na,2147483648,\na,1,never\na,1.5,\na,1.0,\na,--1,\na,1,,\n")
    #expect(result.batch.count == 1)
    #expect(
      result.details == [
        "amount: \"x\" is no INT", "amount: \"2147483648\" is no INT", "at: \"never\" is no TIMESTAMP",
        "amount: \"1.5\" is no INT",
        "amount: \"--1\" is no INT", "4 fields instead of 3",
      ])
    #expect(result.rejected.map(\.offset) == [0, 5, 19, 29, 43, 50])
  }

  @Test func eventTimeRulesHold() throws {
    let format = try CSVFormat(request: ReadRequest(schema: schema, eventTime: 2), declared: schema)
    let text = "a,1,2024-03-01T00:00:00Z\nb,2,\nc,3,2024-03-03T00:00:00Z\n"
    let result = try decode(Array(text.utf8), format, offset: 10, latest: time("2024-03-02T00:00:00Z"))
    #expect(result.first == [.string("a")])
    #expect(result.reasons == [.missingTime, .future])
    #expect(result.rejected.map(\.offset) == [35, 40])
  }

  @Test func emptyLinesAndAByteOrderMarkAreNothing() throws {
    #expect(try read("\u{FEFF}a,1,\n\n\r\nb,2,\n\n").first == [.string("a"), .string("b")])
    #expect(try read("").rowCount == 0)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func cutsBehindLinesDoNotMatter(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let format = try CSVFormat(request: ReadRequest(schema: schema, eventTime: 2), declared: schema)
    let pieces = ["a", "\"b,c\"", "\"d\"\"e\"", "", "12", "-5", "x", "2024-03-01T01:02:03Z", "\"", ",", "é", "\u{0}"]
    let lines = (0..<2000).map { _ in
      let usual = Int.random(in: 0..<4, using: &random) > 0
      let line =
        usual
        ? "\(pieces.prefix(4).randomElement(using: &random)!),\(Int.random(in: 0..<99, using: &random)),2024-03-01T01:02:03Z"
        : (0..<Int.random(in: 0..<5, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined(separator: ",")
      return Array((line + (Bool.random(using: &random) ? "\n" : "\r\n")).utf8)
    }
    let whole = try decode(Array(lines.joined()), format, offset: 3)
    var rows: [[Value]] = []
    var rejected: [RejectedRow] = []
    var next = 0
    var offset = 3
    while next < lines.count {
      let count = min(Int.random(in: 1...50, using: &random), lines.count - next)
      let piece = Array(lines[next..<(next + count)].joined())
      let result = try decode(piece, format, offset: offset)
      rows += result.batch.rows
      rejected += result.rejected
      offset += piece.count
      next += count
    }
    #expect(rows == whole.batch.rows)
    #expect(rejected == whole.rejected)
    #expect(rows.count > 1000 && rejected.count > 100)
  }
}
