import TidemillColumns

@testable import TidemillFormats

/// Random streams of JSON lines that are mostly alike, with all that can be odd about them.
struct JSONStreamGenerator {
  var random: SeededGenerator
  private var style = Style()
  private var shape: [Member] = []
  /// How many of 100 records are changed at random, and how many have an odd value.
  private var mutations = 0
  private var oddities = 0

  private struct Style {
    var colon = ":"
    var comma = ","
    var open = ""
    var close = ""
    var lineEnd = "\n"
    var shuffles = false
    var optional = 0
  }

  private struct Member {
    var key: String
    var value: Kind
  }

  private indirect enum Kind {
    case scalar(DataType)
    case object([Member])
    case array
    case anything
  }

  init(seed: UInt64) { random = SeededGenerator(seed) }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  // MARK: - Columns

  static let allFields: [Field] = [
    Field("id", .string), Field("amount", .int), Field("total", .bigint), Field("price", .double), Field("ok", .boolean),
    Field("cost", .decimal(precision: 12, scale: 3)), Field("huge", .decimal(precision: 38, scale: 10)),
    Field("day", .date), Field("at", .timestamp), Field("user.name", .string, path: ["user", "name"]),
    Field("user.id", .bigint, path: ["user", "id"]), Field("user.home.at", .timestamp, path: ["user", "home", "at"]),
    Field("a key", .string), Field("ключ", .int), Field("q\"k", .string), Field("meta.x", .string, path: ["meta", "x"]),
  ]

  mutating func schema() -> Schema {
    var fields = Self.allFields.shuffled(using: &random)
    fields.removeLast(below(fields.count))
    // Now and then columns that nothing can be learnt for: one over another, or two of one place.
    if chance(3) { fields.append(Field("user", .string)) }
    if chance(2), let first = fields.first { fields.append(Field("again", first.type, path: first.path)) }
    return Schema(fields)
  }

  // MARK: - Streams

  /// Another shape of records from here on.
  mutating func changeShape() {
    style = Style()
    if chance(30) { style.colon = pick([": ", " :", "\t: ", " : "]) }
    if chance(30) { style.comma = pick([", ", " ,", " ,\t"]) }
    if chance(15) { style.open = " " }
    if chance(15) { style.close = pick([" ", "\t", "\r"]) }
    if chance(20) { style.lineEnd = pick(["\r\n", " \n", "\n\n", "\n\r\n"]) }
    style.shuffles = chance(25)
    style.optional = pick([0, 0, 10, 40])
    mutations = pick([0, 2, 5, 40])
    oddities = pick([0, 0, 1, 2, 10])
    var members: [Member] = [
      Member(key: "id", value: .scalar(.string)), Member(key: "amount", value: .scalar(.int)),
      Member(key: "total", value: .scalar(.bigint)), Member(key: "price", value: .scalar(.double)),
      Member(key: "ok", value: .scalar(.boolean)), Member(key: "cost", value: .scalar(.decimal(precision: 12, scale: 3))),
      Member(key: "huge", value: .scalar(.decimal(precision: 38, scale: 10))), Member(key: "day", value: .scalar(.date)),
      Member(key: "at", value: .scalar(.timestamp)), Member(key: "a key", value: .scalar(.string)),
      Member(key: pick(["ключ", "\\u043a\\u043b\\u044e\\u0447"]), value: .scalar(.int)),
      Member(key: "q\\\"k", value: .scalar(.string)),
      Member(
        key: "user",
        value: .object([
          Member(key: "name", value: .scalar(.string)), Member(key: "id", value: .scalar(.bigint)),
          Member(key: "home", value: .object([Member(key: "at", value: .scalar(.timestamp))])),
          Member(key: "tags", value: .array),
        ])),
      Member(key: "meta", value: .object([Member(key: "x", value: .scalar(.string)), Member(key: "y", value: .anything)])),
      Member(key: "tags", value: .array), Member(key: "other", value: .anything),
      Member(key: "name", value: .scalar(.string)),
      Member(key: "a_much_longer_key_than_thirty_two_bytes", value: .scalar(.int)),
      Member(key: "extra", value: .object([Member(key: "id", value: .scalar(.string)), Member(key: "z", value: .array)])),
    ]
    members.shuffle(using: &random)
    members.removeLast(below(members.count))
    shape = members
  }

  mutating func line() -> [UInt8] {
    if chance(1) {
      return Array(pick(["", " ", "x", "[1]", "{}", "{", "null", "\u{FEFF}{}", "{\"id\":1}{}", "\r"]).utf8) + [10]
    }
    var record = object(shape, isTop: true)
    if chance(mutations) { mutate(&record) }
    if chance(mutations / 4) { mutate(&record) }
    return record + Array(style.lineEnd.utf8)
  }

  private mutating func object(_ members: [Member], isTop: Bool) -> [UInt8] {
    var written: [[UInt8]] = []
    let order = style.shuffles ? members.shuffled(using: &random) : members
    for member in order {
      if chance(style.optional) { continue }
      written.append(self.member(member))
      if oddities > 0, chance(2), chance(oddities) {
        // The same key again, perhaps spelt in another way.
        var again = member
        if chance(30), let first = again.key.utf8.first, first < 128, first != 92 {
          again.key = "\\u00" + String(first, radix: 16) + again.key.dropFirst()
        }
        written.insert(self.member(again), at: below(written.count + 1))
      }
    }
    if isTop, chance(oddities / 4) {
      written.insert(Array("\"new\(below(1000))\"\(style.colon)1".utf8), at: below(written.count + 1))
    }
    return Array("{\(style.open)".utf8) + written.joined(separator: Array(style.comma.utf8)) + Array("\(style.close)}".utf8)
  }

  private mutating func member(_ member: Member) -> [UInt8] {
    Array("\"\(member.key)\"\(style.colon)".utf8) + value(member.value)
  }

  private mutating func value(_ kind: Kind) -> [UInt8] {
    if chance(oddities) { return odd() }
    switch kind {
    case .scalar(let type): return scalar(type)
    case .object(let members):
      if chance(style.optional) { return Array(pick(["null", "{}", "{ }"]).utf8) }
      return object(members, isTop: false)
    case .array:
      var elements: [[UInt8]] = []
      for _ in 0..<below(5) { elements.append(scalar(pick([.string, .int, .boolean]))) }
      return Array("[".utf8) + elements.joined(separator: Array(style.comma.utf8)) + Array("]".utf8)
    case .anything:
      return Array(
        pick([
          "1", "-0.5e-3", "\"x\"", "null", "true", "{}", "[]", "[ 1 , [ ] , { } ]", "{\"id\":\"x\",\"a\":[1,2,{\"b\":null}]}",
          "{ \"a\" : 1 }", "\"caf\\u00e9 \\/ \\\"é\\\"\"", "[\"é\",\"\\\\\"]", "1234567890123", "[[],[[]]]",
        ]).utf8)
    }
  }

  // MARK: - Values

  private mutating func scalar(_ type: DataType) -> [UInt8] {
    switch type {
    case .boolean: return Array(pick(["true", "false"]).utf8)
    case .int: return Array("\(below(chance(80) ? 10_000 : 2_000_000_000) - (chance(10) ? 5000 : 0))".utf8)
    case .bigint: return Array("\(Int64.random(in: -9...Int64(pick([9, 99_999, 12_345_678, Int64.max])), using: &random))".utf8)
    case .double:
      return Array(
        pick(["\(below(1000)).\(below(100))", "\(below(100))", "-\(below(10)).5", "1e\(below(9))", "0.\(below(999_999_999))"])
          .utf8)
    case .decimal:
      return Array(pick(["\(below(1000)).\(below(100))", "\(below(100))", "-\(below(10)).5", "\"\(below(99)).25\""]).utf8)
    case .date: return Array("\"20\(below(9) + 10)-0\(below(9) + 1)-1\(below(9))\"".utf8)
    case .timestamp: return time()
    default: return text()
    }
  }

  private mutating func time() -> [UInt8] {
    let clock = "2024-0\(1 + below(3))-1\(below(3))T1\(below(10)):\(10 + below(50)):\(10 + below(50))"
    if chance(70) { return Array("\"\(clock).\(100 + below(900))Z\"".utf8) }
    return Array(
      "\"\(clock)\(pick(["Z", "", "+02:00", ".123456Z", ".1Z", ".12345678Z", ".123", ".123456", "-0530", "z"]))\"".utf8)
  }

  private mutating func text() -> [UInt8] {
    let parts = [
      "a", "bc", "p-0001", " ", "eu-north", "0123456789abcdef", "é", "€", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9",
      "\\ud83d\\ude00", "\\ud83d",
    ]
    var result = "\""
    let plain = chance(70)
    for _ in 0..<below(5) { result += plain ? parts[below(6)] : pick(parts) }
    return Array((result + "\"").utf8)
  }

  /// Values of any type, well written and not.
  private mutating func odd() -> [UInt8] {
    if chance(8) {
      // Bytes that are no UTF-8, or just so.
      let bytes = pick(
        [
          [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xF4, 0x8F, 0xBF, 0xBF],
          [0x7F], [0x1F], [0],
        ] as [[UInt8]])
      return Array("\"ab".utf8) + bytes + Array(pick(["\"", "c\"", "0123456789abcdef\""]).utf8)
    }
    return Array(
      pick([
        "null", "true", "false", "nul", "True", "{}", "[]", "{\"a\":1}", "{\"id\":\"x\",\"a\":[1,2,{\"b\":null}]}", "[[],[[]]]",
        "[1,]",
        "[,1]", "{\"a\"}", "{\"a\":1,}", "{,}", "[1 2]", "{\"a\" 1}", "[{]}", "-0", "0", "00", "01", "-01", "1.", ".5", "-",
        "+1", "1e3", "1E+3",
        "1e-3", "1.0", "100e-2", "1e", "1e+", "1.5e999999", "1e-999999", "1234567", "12345678", "123456789", "2147483647",
        "2147483648",
        "-2147483648", "-2147483649", "999999999999999999", "1234567890123456789", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "123456789012345678901234567890", "0.1234567",
        "0.12345678",
        "1234567.1234567", "12345678.5", "0.00001", "1.7976931348623159e308", "5e-324", "12x", "1true", "\"1\"", "\"1.5\"",
        "\"NaN\"",
        "\"Infinity\"", "\"-Infinity\"", "\"\"", "\"x", "\"\\q\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"", "\"tab\there\"",
        "\"\\u0000\"",
        "\"2024-02-30\"", "\"2024-02-29\"", "\"2024-02-29T23:59:60.000Z\"", "\"2024-02-29T24:00:00.000Z\"",
        "\"2024-02-29 12:00:00.000Z\"",
        "\"2024-02-29T12:00:00.00aZ\"", "\"2024-02-29T12:00:00,000Z\"", "\"2024-02-29T12;00:00.000Z\"",
        "\"2024-13-29T12:00:00.000Z\"",
        "\"2024-02-29T12:00:00.000z\"", "\"2024-02-29T12:00:00.000Z \"", "\"20a4-02-29T12:00:00.000Z\"",
        "\"2024-02-29T12:00:00.000\\u005a\"",
        "\"\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000T12:00:00.000Z\"", "\"2024\\u002d02-29\"",
        "\"2024-02-29T12:00\"", "\"2024-02-29T12\"", "1709294400", "1709294400000", "-5", "\"soon\"", " 1", "1 ", "\t\"x\" ",
        String(repeating: "[", count: 59) + String(repeating: "]", count: 59),
        String(repeating: "[", count: 61) + String(repeating: "]", count: 61),
        "\"" + String(repeating: "long text ", count: 30) + "\"", "\"" + String(repeating: "é", count: 40) + "\"",
      ]).utf8)
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let tokens = Array("{}[]:,\"\\tfn-+.eE0129 \t\r\n/ux\u{1}\0".utf8) + [0x80, 0xC3, 0xFF]
    guard !bytes.isEmpty else { return }
    let at = below(bytes.count)
    switch below(7) {
    case 0: bytes.remove(at: at)
    case 1: bytes.insert(pick(tokens), at: at)
    case 2: bytes[at] = pick(tokens)
    case 3: bytes[at] ^= 1 << UInt8(below(8))
    case 4: bytes.removeSubrange(at...)
    case 5: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(12)))
    default:
      let end = min(bytes.count, at + 1 + below(30))
      bytes.insert(contentsOf: bytes[at..<end], at: below(bytes.count))
    }
  }
}
