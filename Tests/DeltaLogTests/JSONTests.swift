import DeltaLog
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "false", "0", "-12.50", "1e9", "\"\"", "\"tea\\n\\\"x\\\\\"", "[]", "[1,[2,{}]]",
    "{\"a\":1,\"b\":[true,null],\"c\":{\"d\":\"é\"}}",
  ]) func whatIsReadIsWrittenAsItWas(text: String) throws {
    #expect(try JSONReader.value(of: text).serialized == text)
  }

  @Test func escapesAreRead() throws {
    #expect(try JSONReader.value(of: #" "a\u0041\u00e9\ud83c\udf75\/\t" "#) == .string("aAé🍵/\t"))
    #expect(try JSONReader.value(of: #""\ud83cx""#) == .string("\u{FFFD}x"))
    #expect(JSONValue.string("\u{1}\u{1F}").serialized == #""\u0001\u001f""#)
  }

  @Test(arguments: [
    "", "{", "[1,", "{\"a\"}", "{\"a\":}", "tru", "1 2", "\"a", "\"\\q\"", "\"\\u12\"", "-", "{a:1}", "\"\u{1}\"", "nan",
    String(repeating: "[", count: 100_000),
  ]) func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONError.self) { try JSONReader.value(of: text) }
  }

  @Test func digitsAreKept() throws {
    let text = "{\"a\":123456789012345678901234567890.10}"
    #expect(try JSONReader.value(of: text).serialized == text)
    #expect(try JSONReader.value(of: "12.0").integer == 12)
    #expect(try JSONReader.value(of: "12.5").integer == nil)
  }
}
