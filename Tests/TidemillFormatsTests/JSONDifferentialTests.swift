import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

/// Decoding against a decoder that is slow and obviously right.
@Suite struct JSONDifferentialTests {
  static let schema = Schema(
    Field("id", .string), Field("amount", .int), Field("price", .double), Field("ok", .boolean),
    Field("user.name", .string, path: ["user", "name"]), Field("at", .timestamp))

  /// The row that a line gives; `nil` when it is rejected.
  static func expected(_ line: [UInt8]) -> [Value]? {
    guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else { return nil }
    let user: Any?
    switch object["user"] {
    case nil, is NSNull: user = nil
    case let nested as [String: Any]: user = nested["name"]
    default: return nil
    }
    let values = [object["id"], object["amount"], object["price"], object["ok"], user, object["at"]]
    var row: [Value] = []
    for (field, value) in zip(schema.fields, values) {
      guard let converted = convert(value, field.type) else { return nil }
      row.append(converted)
    }
    return row
  }

  /// Foundation takes a comma before a closing bracket and refuses numbers beyond the doubles even where nobody asks for them.
  static func isReadWronglyByFoundation(_ line: [UInt8]) -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    return text.contains(#/,\s*[}\]]/#) || text.contains(#/[eE][+\-]?\d{3,}/#)
  }

  /// Stands for the JSON text of what is no string, which Foundation does not keep.
  static let anyText = "any text"

  static func convert(_ value: Any?, _ type: DataType) -> Value? {
    guard let value, !(value is NSNull) else { return .null }
    switch type {
    case .string: return .string(value as? String ?? anyText)
    case .boolean: return isBoolean(value) ? .boolean((value as! NSNumber).boolValue) : nil
    case .int:
      guard !isBoolean(value), let number = value as? NSNumber, let integer = Int32(exactly: number.doubleValue) else {
        return nil
      }
      return .integer(Int64(integer))
    case .double: return isBoolean(value) ? nil : (value as? NSNumber).map { .double($0.doubleValue) }
    case .timestamp:
      if let text = value as? String { return TimestampText.microseconds(text).map { .timestamp(EventTime(microseconds: $0)) } }
      guard !isBoolean(value), let number = value as? NSNumber else { return nil }
      guard let seconds = Int64(exactly: number.doubleValue), seconds.magnitude <= 253_402_300_799 else { return nil }
      return .timestamp(EventTime(microseconds: seconds * 1_000_000))
    default: return nil
    }
  }

  static func isBoolean(_ value: Any) -> Bool {
    guard let number = value as? NSNumber else { return false }
    return String(cString: number.objCType) == "c"
  }

  /// Foundation's doubles of many digits may be off in the last place; that ours are not is tested elsewhere.
  static func isSame(_ row: [Value], _ expected: [Value]) -> Bool {
    zip(row, expected).allSatisfy { left, right in
      if right == .string(anyText) { return !left.isNull }
      guard case .double(let one) = left, case .double(let two) = right else { return left == right }
      return one == two || abs(one - two) <= 4 * one.ulp
    }
  }

  static func record(_ random: inout SeededGenerator) -> String {
    let strings = [
      "p-1", "a much longer product name", "é€😀", "q\\\"uote", "tab\\t", "", "\\u0041bc", "back\\\\slash", "eu-west",
    ]
    func string(_ random: inout SeededGenerator) -> String { "\"\(strings.randomElement(using: &random)!)\"" }
    let space = ["", "", "", " ", "\t "]
    var members: [String] = []
    if Int.random(in: 0..<10, using: &random) > 0 { members.append("\"id\":\(string(&random))") }
    members.append(
      "\"amount\":\(["1", "-7", "2147483647", "2147483648", "1.0", "15e1", "null", "2.5"].randomElement(using: &random)!)")
    members.append(
      "\"price\":\(["1.25", "0.1", "1e30", "-3", "123456789.123456789", "1E-5", "null"].randomElement(using: &random)!)")
    members.append("\"ok\":\(["true", "false", "null"].randomElement(using: &random)!)")
    members.append(
      "\"other\":\(["[1,[2,{}],\"x\"]", "{\"id\":1}", "\"]}\"", "null", "-0.5e-3"].randomElement(using: &random)!)")
    let user = ["{\"name\":\(string(&random)),\"age\":3}", "null", "{}", "{\"x\":{\"name\":\"no\"}}"].randomElement(
      using: &random)!
    members.append("\"user\":\(user)")
    members.append(
      "\"at\":\"2024-03-0\(Int.random(in: 1...9, using: &random))T12:34:5\(Int.random(in: 0...9, using: &random)).789Z\"")
    members.shuffle(using: &random)
    let gap = space.randomElement(using: &random)!
    return "{" + gap + members.joined(separator: gap + "," + gap) + gap + "}"
  }

  static func mutated(_ record: String, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(record.utf8)
    // What mostly breaks a record, or turns it into another one. No NUL: Foundation takes that for a sign of UTF-16.
    let tokens = Array("{}[]:,\"\\tfn-+.eE0129 \t/ux\u{1}".utf8) + [0x80, 0xC3, 0xFF]
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes.remove(at: at)
      case 1: bytes.insert(tokens.randomElement(using: &random)!, at: at)
      case 2: bytes[at] = tokens.randomElement(using: &random)!
      default:
        let end = Int.random(in: at..<min(bytes.count, at + 12), using: &random)
        if bytes.count - (end - at) > 2 { bytes.removeSubrange(at..<end) }
      }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func decodingEqualsASlowDecoder(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let format = JSONFormat(request: ReadRequest(schema: Self.schema))
    var lines: [[UInt8]] = []
    for _ in 0..<1500 {
      let record = Self.record(&random)
      let line = Bool.random(using: &random) ? Array(record.utf8) : Self.mutated(record, &random)
      if !Self.isReadWronglyByFoundation(line) { lines.append(line) }
    }
    let result = try decode(Array(lines.joined(separator: [10])), format)
    let rejected = Dictionary(grouping: result.rejected, by: \.offset)
    var row = 0
    var offset = 0
    var acceptedCount = 0
    for line in lines {
      let text = String(decoding: line, as: UTF8.self)
      let blank = line.allSatisfy { $0 == 32 || $0 == 9 }
      if let values = Self.expected(line) {
        acceptedCount += 1
        if let rejection = rejected[offset] {
          Issue.record("\(text) was rejected: \(rejection[0].detail)")
        } else {
          #expect(Self.isSame(result.batch.row(row), values), "\(text)")
          row += 1
        }
      } else if rejected[offset] == nil, !blank {
        Issue.record("\(text) gave \(result.batch.row(row))")
        row += 1
      }
      offset += line.count + 1
    }
    #expect(row == result.batch.count)
    #expect(acceptedCount > 500 && acceptedCount < 1400)
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func cutsBehindLinesDoNotMatter(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let request = ReadRequest(schema: Self.schema, eventTime: 5)
    let latest = time("2024-03-08T00:00:00Z")
    let format = JSONFormat(request: request)
    var lines: [[UInt8]] = []
    for _ in 0..<800 {
      let record = Self.record(&random)
      var line = Bool.random(using: &random) ? Array(record.utf8) : Self.mutated(record, &random)
      if Int.random(in: 0..<20, using: &random) == 0 { line = [] }
      lines.append(line + (Bool.random(using: &random) ? [10] : [13, 10]))
    }
    let whole = try decode(Array(lines.joined()), format, offset: 7, latest: latest)
    var batches: [Batch] = []
    var rejected: [RejectedRow] = []
    var offset = 7
    var next = 0
    while next < lines.count {
      let count = min(Int.random(in: 1...40, using: &random), lines.count - next)
      let piece = Array(lines[next..<(next + count)].joined())
      let result = try decode(piece, format, offset: offset, latest: latest)
      batches.append(result.batch)
      rejected += result.rejected
      offset += piece.count
      next += count
    }
    #expect(Batch.concatenating(batches, schema: Self.schema).rows == whole.batch.rows)
    #expect(rejected == whole.rejected)
    #expect(!rejected.isEmpty && whole.batch.count > 100)
  }

  @Test func randomBytesNeverTrap() throws {
    var random = SeededGenerator(99)
    let format = JSONFormat(request: ReadRequest(schema: Self.schema, eventTime: 5))
    for _ in 0..<3000 {
      let alphabet = Array("{}[]:,\"\\tfnul-+.eE0129 \t\n\r/ux\0idamountprice".utf8) + [0x80, 0xC3, 0xFF, 0xEF, 0xBB, 0xBF]
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
      let result = try decode(bytes, format)
      let lines = bytes.split(separator: 10).filter { !$0.allSatisfy { [32, 9, 13].contains($0) } }
      #expect(result.rowCount <= lines.count)
      #expect(result.rowCount >= lines.count - 1)
    }
  }
}
