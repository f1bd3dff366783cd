import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

@Suite struct WriterTests {
  func text(_ writer: some RecordWriter, _ batch: Batch) -> String {
    var bytes: [UInt8] = []
    writer.append(batch, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  let start = time("2024-03-01T12:00:00Z")
  let end = time("2024-03-01T13:00:00Z")

  var batch: Batch {
    let schema = Schema(
      Field("id", .string), Field("n", .bigint), Field("avg", .double), Field("d", .decimal(precision: 10, scale: 2)),
      Field("ok", .boolean), Field("day", .date), Field("at", .timestamp), Field("w", .window))
    return Batch(
      schema: schema,
      rows: [
        [
          .string("a"), .integer(-12), .double(1.5), .decimal(unscaled: -5, scale: 2), .boolean(true), .date(19783),
          .timestamp(EventTime(microseconds: start.microseconds + 1500)), .window(start: start, end: end),
        ],
        Array(repeating: .null, count: 8),
      ], weights: [1, -1])
  }

  @Test func jsonIsOneObjectARow() {
    let expected = """
      {"id":"a","n":-12,"avg":1.5,"d":-0.05,"ok":true,"day":"2024-03-01","at":"2024-03-01T12:00:00.001500Z",\
      "w":{"start":"2024-03-01T12:00:00Z","end":"2024-03-01T13:00:00Z"}}
      {"id":null,"n":null,"avg":null,"d":null,"ok":null,"day":null,"at":null,"w":null,"_op":"delete"}

      """
    #expect(text(JSONWriter(), batch) == expected)
    let zoned = text(JSONWriter(zone: SessionZone(fixedOffset: -5400)), batch)
    #expect(zoned.contains("\"start\":\"2024-03-01T10:30:00-01:30\""))
  }

  @Test func jsonWithoutColumnsIsStillJSON() {
    let batch = Batch(schema: Schema(), rows: [[], []], weights: [1, -1])
    #expect(text(JSONWriter(), batch) == "{}\n{\"_op\":\"delete\"}\n")
    #expect(text(JSONWriter(), .empty(Schema(Field("a", .int)))) == "")
  }

  @Test func jsonTextIsEscaped() {
    let schema = Schema(Field("a \"b\"", .string))
    let batch = Batch(schema: schema, rows: [[.string("q\" b\\ n\n t\t r\r f\u{c} b\u{8} 0\u{0} 1\u{1f} é€😀 \u{7f}")]])
    #expect(
      text(JSONWriter(), batch)
        == #"{"a \"b\"":"q\" b\\ n\n t\t r\r f\f b\b 0\u0000 1\u001f é€😀 "# + "\u{7f}\"}\n")
  }

  @Test func doublesAreTheShortestTextThatReadsBack() throws {
    var random = SeededGenerator(8)
    var values: [Double] = [
      0, -0.0, 1, -1, 0.1, 0.3, 1e15, 1e16, 1e-7, 123456.789, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 999999999999999,
      100.25,
    ]
    for _ in 0..<3000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
      values.append(Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 1000)
    }
    for value in values {
      var sink = ByteSink(capacity: 64)
      sink.write(double: value)
      let written = String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self)
      #expect(Double(written)?.bitPattern == value.bitPattern, "\(written)")
      #expect(written.count <= value.description.count + 3, "\(written)")
      if value.magnitude >= 1e-4, value.magnitude < 1e15 { #expect(written == value.description) }
    }
    let schema = Schema(Field("a", .double))
    let special = Batch(schema: schema, rows: [[.double(.nan)], [.double(.infinity)], [.double(-.infinity)]])
    #expect(text(JSONWriter(), special) == "{\"a\":\"NaN\"}\n{\"a\":\"Infinity\"}\n{\"a\":\"-Infinity\"}\n")
    #expect(text(CSVWriter(), special) == "NaN\nInfinity\n-Infinity\n")
  }

  @Test func integersAndDecimalsOfAnySizeAreWritten() {
    for value in [0, 9, 10, 99, 100, .max, .min, 1_000_000_000_000_000_000, 999_999_999_999_999_999] as [Int64] {
      var sink = ByteSink(capacity: 64)
      sink.write(integer: value)
      #expect(String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self) == String(value))
    }
    let most = DecimalText.powersOfTen[38] - 1
    for (unscaled, scale) in [(0, 0), (0, 3), (5, 3), (-5, 1), (1234, 2), (most, 38), (-most, 0), (most, 1), (1, 38)]
      as [(Int128, Int)]
    {
      var sink = ByteSink(capacity: 64)
      sink.write(unscaled: unscaled, scale: scale)
      let written = String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self)
      #expect(written == DecimalText.string(unscaled: unscaled, scale: scale))
    }
  }

  @Test func csvHasAHeaderAndTwoColumnsPerWindow() {
    let writer = CSVWriter(marksRetractions: true)
    #expect(String(decoding: writer.header(batch.schema), as: UTF8.self) == "_op,id,n,avg,d,ok,day,at,w_start,w_end\n")
    #expect(
      text(writer, batch)
        == ",a,-12,1.5,-0.05,true,2024-03-01,2024-03-01T12:00:00.001500Z,2024-03-01T12:00:00Z,2024-03-01T13:00:00Z\n"
        + "delete,,,,,,,,,\n")
    #expect(CSVWriter(options: CSVOptions()).header(batch.schema).isEmpty)
    #expect(JSONWriter().header(batch.schema).isEmpty)
  }

  @Test func csvQuotesWhatNeedsIt() {
    let schema = Schema(Field("a", .string), Field("b,c", .string))
    let batch = Batch(
      schema: schema, rows: [[.string(""), .null], [.string("x,y"), .string("say \"hi\"")], [.string("l\nf"), .string(" ")]])
    #expect(String(decoding: CSVWriter().header(schema), as: UTF8.self) == "a,\"b,c\"\n")
    #expect(text(CSVWriter(), batch) == "\"\",\n\"x,y\",\"say \"\"hi\"\"\"\n\"l\nf\", \n")
  }

  @Test func aTableShowsEveryValueOnOneLine() {
    let schema = Schema(Field("id", .string), Field("total", .bigint), Field("w", .window))
    let batch = Batch(
      schema: schema,
      rows: [
        [.string("p-1"), .integer(5), .window(start: start, end: end)],
        [.string("a\nb\u{1b}[31m"), .null, .null],
      ], weights: [1, -1])
    #expect(
      text(TableWriter(), batch) == """
        +-+---------+-----+------------------------------------------+
        | |id       |total|w                                         |
        +-+---------+-----+------------------------------------------+
        | |p-1      |    5|{2024-03-01 12:00:00, 2024-03-01 13:00:00}|
        |-|a\\nb\u{FFFD}[31m| NULL|NULL                                      |
        +-+---------+-----+------------------------------------------+

        """)
    let narrow = text(TableWriter(longestCell: 4), Batch(schema: Schema(Field("a", .string)), rows: [[.string("abcdef")]]))
    #expect(narrow == "+----+\n|a   |\n+----+\n|abc…|\n+----+\n")
    #expect(text(TableWriter(), .empty(Schema(Field("a", .int)))) == "+-+\n|a|\n+-+\n")
  }

  static let roundTripSchema = Schema(
    Field("s", .string), Field("i", .int), Field("l", .bigint), Field("d", .double),
    Field("n", .decimal(precision: 38, scale: 5)),
    Field("b", .boolean), Field("y", .date), Field("t", .timestamp))

  static func randomBatch(_ random: inout SeededGenerator, withLineFeeds: Bool) -> Batch {
    let characters = Array("ab\"\\,;é€😀 \t\u{1}'") + (withLineFeeds ? ["\n", "\r"] : [])
    let rows: [[Value]] = (0..<500).map { _ in
      let text = String((0..<Int.random(in: 0...20, using: &random)).map { _ in characters.randomElement(using: &random)! })
      let double = Double(bitPattern: random.next())
      let row: [Value] = [
        .string(text), .integer(Int64(Int32.random(in: .min ... .max, using: &random))),
        .integer(Int64.random(in: .min ... .max, using: &random)), .double(double.isNaN ? 0.5 : double),
        .decimal(unscaled: Int128(Int64.random(in: .min ... .max, using: &random)) * 1_000_000, scale: 5),
        .boolean(Bool.random(using: &random)), .date(Int64.random(in: -100_000...100_000, using: &random)),
        .timestamp(EventTime(microseconds: Int64.random(in: -2_000_000_000_000_000...4_000_000_000_000_000, using: &random))),
      ]
      return row.map { Int.random(in: 0..<8, using: &random) == 0 ? .null : $0 }
    }
    return Batch(schema: roundTripSchema, rows: rows)
  }

  @Test(arguments: [SessionZone.utc, SessionZone(fixedOffset: 19_800)])
  func jsonReadsBackWhatWasWritten(zone: SessionZone) throws {
    var random = SeededGenerator(21)
    let batch = Self.randomBatch(&random, withLineFeeds: true)
    var bytes: [UInt8] = []
    JSONWriter(zone: zone).append(batch, to: &bytes)
    let result = try decode(bytes, JSONFormat(request: ReadRequest(schema: Self.roundTripSchema)))
    #expect(result.rejected.isEmpty)
    #expect(result.batch.rows == batch.rows)
  }

  @Test(arguments: [[:], ["sep": ";", "quote": "'"], ["escape": "\\"], ["nullvalue": "ab"]] as [[String: String]])
  func csvReadsBackWhatWasWritten(pairs: [String: String]) throws {
    var random = SeededGenerator(22)
    let batch = Self.randomBatch(&random, withLineFeeds: false)
    var options = try CSVOptions(pairs)
    options.header = true
    let writer = CSVWriter(options: options)
    let header = writer.header(Self.roundTripSchema).dropLast()
    var bytes: [UInt8] = []
    writer.append(batch, to: &bytes)
    let request = ReadRequest(schema: Self.roundTripSchema)
    let format = try Array(header).withUnsafeBufferPointer {
      try CSVFormat(request: request, declared: Self.roundTripSchema, options: options).withHeader($0)
    }
    let result = try decode(bytes, format, offset: header.count + 1)
    #expect(result.details == [])
    #expect(result.batch.rows == batch.rows)
  }
}
