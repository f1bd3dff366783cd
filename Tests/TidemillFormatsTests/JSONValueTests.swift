import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

@Suite struct JSONValueTests {
  @Test func eachTypeIsReadFromItsUsualForm() throws {
    let text =
      #"{"b":true,"i":-5,"l":9007199254740993,"d":1.5,"n":12.345,"s":"x","t":"2024-03-01T12:00:00Z","y":"2024-03-01"}"#
    let result = try json(
      text, Field("b", .boolean), Field("i", .int), Field("l", .bigint), Field("d", .double),
      Field("n", .decimal(precision: 10, scale: 2)), Field("s", .string), Field("t", .timestamp), Field("y", .date))
    #expect(result.rejected.isEmpty)
    #expect(
      result.batch.rows == [
        [
          .boolean(true), .integer(-5), .integer(9_007_199_254_740_993), .double(1.5), .decimal(unscaled: 1235, scale: 2),
          .string("x"), .timestamp(time("2024-03-01T12:00:00Z")), .date(19783),
        ]
      ])
  }

  @Test func missingFieldsAndNullsAreNull() throws {
    let result = try json("{\"a\":null}\n{}\n{\"b\":1}\n{\"a\":2}", Field("a", .int))
    #expect(result.first == [.null, .null, .null, .integer(2)])
    #expect(result.batch.columns[0].validity != nil)
    #expect(try json(#"{"a":1}"#, Field("a", .int)).batch.columns[0].validity == nil)
  }

  @Test func integersMustBeIntegralAndInRange() throws {
    for (text, value) in [("1.0", 1), ("1e3", 1000), ("-2.50e1", -25), ("0.0", 0), ("-0", 0), ("100e-2", 1)]
      as [(String, Int64)]
    {
      #expect(try json("{\"a\":\(text)}", Field("a", .int)).first == [.integer(value)], "\(text)")
    }
    for text in ["1.5", "2147483648", "-2147483649", "1e10", "\"1\"", "true", "[1]", "{\"x\":1}", "1e-1", "1e999999999999"] {
      let result = try json("{\"a\":\(text)}", Field("a", .int))
      #expect(result.reasons == [.wrongType], "\(text)")
      #expect(result.details == ["a: \(text) is no INT"])
    }
    #expect(try json(#"{"a":9223372036854775807}"#, Field("a", .bigint)).first == [.integer(.max)])
    #expect(try json(#"{"a":-9223372036854775808}"#, Field("a", .bigint)).first == [.integer(.min)])
    #expect(try json(#"{"a":1.000000000000000000000000}"#, Field("a", .bigint)).first == [.integer(1)])
    for text in ["9223372036854775808", "-9223372036854775809", "18446744073709551617", "1e19", "92233720368547758070"] {
      #expect(try json("{\"a\":\(text)}", Field("a", .bigint)).reasons == [.wrongType], "\(text)")
    }
  }

  @Test func doublesTakeAnyNumberAndTheNamesOfTheOthers() throws {
    for text in [
      "1", "-0.5", "1e22", "123456789012345678901234567890", "0.1", "1.7976931348623157e308", "5e-324", "1e-400",
      "3.14159265358979323846264338327950288", "9007199254740993", "-0.0", "2.2250738585072011e-308",
    ] {
      #expect(try json("{\"a\":\(text)}", Field("a", .double)).first == [.double(Double(text)!)], "\(text)")
    }
    #expect(try json(#"{"a":"Infinity"}"#, Field("a", .double)).first == [.double(.infinity)])
    #expect(try json(#"{"a":"-Infinity"}"#, Field("a", .double)).first == [.double(-.infinity)])
    guard case .double(let value) = try json(#"{"a":"NaN"}"#, Field("a", .double)).first[0] else { return #expect(Bool(false)) }
    #expect(value.isNaN)
    for text in ["1e400", "\"1.5\"", "false"] {
      #expect(try json("{\"a\":\(text)}", Field("a", .double)).reasons == [.wrongType])
    }
  }

  @Test func decimalsAreExactAndRoundedHalfUp() throws {
    let field = Field("a", .decimal(precision: 5, scale: 2))
    for (text, unscaled) in [("1.005", 101), ("-1.005", -101), ("\"12.3\"", 1230), ("1e2", 10000), ("999.99", 99999)]
      as [(String, Int128)]
    {
      #expect(try json("{\"a\":\(text)}", field).first == [.decimal(unscaled: unscaled, scale: 2)], "\(text)")
    }
    for text in ["1000", "999.995", "\"x\"", "true", "\"\"", "1e-9223372036854775808", "\"1e9223372036854775807\""] {
      let result = try json("{\"a\":\(text)}", field)
      #expect(result.reasons == [.wrongType] || result.first == [.decimal(unscaled: 0, scale: 2)], "\(text)")
    }
    #expect(try json(#"{"a":1000}"#, field).details == ["a: 1000 is no DECIMAL(5,2)"])
    #expect(try json(#"{"a":"x"}"#, field).details == ["a: \"x\" is no DECIMAL(5,2)"])
  }

  @Test func stringsTakeTheTextOfAnythingElse() throws {
    let cases: [(String, String)] = [
      ("12.50", "12.50"), ("true", "true"), ("false", "false"), ("[1, {\"x\":2}]", "[1, {\"x\":2}]"),
      ("{\"k\": [ ]}", "{\"k\": [ ]}"),
      ("\"\"", ""), ("\"twelve bytes\"", "twelve bytes"), ("\"thirteen byte\"", "thirteen byte"), ("{}", "{}"),
      (#""a\"b\\c\/\b\f\n\r\t""#, "a\"b\\c/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"), ("\"é€😀\"", "é€😀"),
      (#""a long string with \u0041n escape in it""#, "a long string with An escape in it"),
    ]
    for (text, value) in cases {
      #expect(try json("{\"a\":\(text),\"z\":1}", Field("a", .string)).first == [.string(value)], "\(text)")
      #expect(try json("{\"a\":\(text)   }", Field("a", .string)).first == [.string(value)], "\(text)")
    }
  }

  @Test func halfASurrogatePairBecomesTheReplacementCharacter() throws {
    for text in [#"\ud83d"#, #"\ude00"#, #"\ud83dx"#, #"\ud83d\u0041"#, #"\ud83d\ud83d\ude00"#] {
      let result = try json("{\"a\":\"\(text)\"}", Field("a", .string))
      guard case .string(let value) = result.first[0] else { return #expect(Bool(false)) }
      #expect(value.hasPrefix("\u{FFFD}"), "\(text)")
      #expect(value.unicodeScalars.count <= 2)
    }
  }

  @Test func timestampsKeepMicrosecondsAndUseTheZone() throws {
    let berlin = SessionZone(fixedOffset: 3600)
    for (text, expected) in [
      ("2024-03-01T12:34:56.789Z", "2024-03-01T12:34:56.789Z"), ("2024-03-01 12:34:56", "2024-03-01T11:34:56Z"),
      ("2024-03-01T12:34:56.123456+05:30", "2024-03-01T07:04:56.123456Z"), ("2024-03-01", "2024-02-29T23:00:00Z"),
      ("2024-03-01T12:34", "2024-03-01T11:34:00Z"), (#"2024\u002d03-01T00:00:00Z"#, "2024-03-01T00:00:00Z"),
      ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"), ("2024-03-01T12:34:56.1Z", "2024-03-01T12:34:56.100Z"),
    ] {
      let result = try json("{\"a\":\"\(text)\"}", Field("a", .timestamp), zone: berlin)
      #expect(result.first == [.timestamp(time(expected))], "\(text)")
    }
    for text in [
      "2023-02-29T00:00:00Z", "2024-03-01T24:00:00Z", "soon", "", "2024-03-01T12:34:56.789Zx", "2024-03-01T12;34;56Z",
    ] {
      let result = try json("{\"a\":\"\(text)\"}", Field("a", .timestamp))
      #expect(result.details == ["a: \"\(text)\" is no TIMESTAMP"])
    }
  }

  @Test func integersAreTimestampsInSecondsAsInSpark() throws {
    #expect(try json(#"{"a":1709294400}"#, Field("a", .timestamp)).first == [.timestamp(time("2024-03-01T12:00:00Z"))])
    for text in ["1709294400000", "1.5", "-99999999999999999999", "true"] {
      #expect(try json("{\"a\":\(text)}", Field("a", .timestamp)).details == ["a: \(text) is no TIMESTAMP"])
    }
  }

  @Test func nestedPathsAreFollowed() throws {
    let id = Field("user.id", .int, path: ["user", "id"])
    let city = Field("user.address.city", .string, path: ["user", "address", "city"])
    let lines = [
      #"{"user":{"id":1,"address":{"city":"Kiel","zip":"24103"}}}"#, #"{"user":{"address":null,"id":2}}"#, #"{"user":null}"#,
      "{}", #"{"user":{}}"#, #"{"other":{"id":9},"user":{"x":{"id":8},"id":3}}"#,
    ]
    let result = try json(lines.joined(separator: "\n"), id, city, Field("user", .string))
    #expect(result.batch.rows.map { $0[0] } == [.integer(1), .integer(2), .null, .null, .null, .integer(3)])
    #expect(result.batch.rows.map { $0[1] } == [.string("Kiel"), .null, .null, .null, .null, .null])
    #expect(result.batch.rows[1][2] == .string(#"{"address":null,"id":2}"#))
    for value in ["5", "\"x\"", "[1]", "true"] {
      let wrong = try json("{\"user\":\(value)}", id)
      #expect(wrong.reasons == [.wrongType])
      #expect(wrong.details == ["user.id: \(value) is no INT"])
    }
  }

  @Test func theLastOfEqualKeysCounts() throws {
    let id = Field("user.id", .int, path: ["user", "id"])
    #expect(try json(#"{"a":1,"a":2}"#, Field("a", .int)).first == [.integer(2)])
    #expect(try json(#"{"a":1,"a":null}"#, Field("a", .int)).first == [.null])
    #expect(try json(#"{"a":"wrong","a":2}"#, Field("a", .int)).first == [.integer(2)])
    #expect(try json(#"{"a":1,"a":"wrong"}"#, Field("a", .int)).reasons == [.wrongType])
    #expect(try json(#"{"user":{"id":1},"user":{"name":"x"}}"#, id).first == [.null])
    #expect(try json(#"{"user":7,"user":{"id":1}}"#, id).first == [.integer(1)])
    #expect(try json(#"{"a":1,"\u0061":3}"#, Field("a", .int)).first == [.integer(3)])
  }

  @Test func keysOfAnyLengthAndNumberAreTold() throws {
    let names = (0..<40).map { String(repeating: "k", count: $0 % 11) + "\($0)" } + ["", "k\0", "ключ"]
    let fields = names.map { Field($0, .int) }
    let record = names.reversed().map { name in "\"\(name == "k\0" ? "k\\u0000" : name)\":\(name.utf8.count)" }
    let schema = Schema(fields)
    let format = JSONFormat(request: ReadRequest(schema: schema))
    let result = try decode(Array("{\(record.joined(separator: ",")),\"kk\":true}".utf8), format)
    #expect(result.batch.rows == [names.map { .integer(Int64($0.utf8.count)) }])
  }

  @Test func aRequestWithoutColumnsCountsRows() throws {
    let format = JSONFormat(request: ReadRequest(schema: Schema()))
    let result = try decode(Array("{\"a\":1}\n{}\nx\n".utf8), format)
    #expect(result.batch.count == 2)
    #expect(result.rejected.count == 1)
  }
}
