import CByteScan
import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

/// CSV read the slow and obvious way, line by line and value by value.
private struct PlainCSV {
  var options: CSVOptions
  /// The column of each field, by its place in the schema; `nil` for one that nobody asked for.
  var fields: [[Int]]
  var request: ReadRequest

  struct Outcome: Equatable {
    var rows: [[Value]] = []
    var rejected: [RejectedRow] = []
  }

  func read(_ bytes: [UInt8], latest: EventTime) -> Outcome {
    var outcome = Outcome()
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      let feed = bytes[start...].firstIndex(of: 10) ?? bytes.count
      let end = feed > start && bytes[feed - 1] == 13 ? feed - 1 : feed
      if end > start {
        let line = Array(bytes[start..<end])
        switch row(line, latest) {
        case .success(let values): outcome.rows.append(values)
        case .failure(let problem):
          outcome.rejected.append(
            RejectedRow(reason: problem.reason, detail: problem.detail, text: line, origin: "input", offset: start))
        }
      }
      start = feed + 1
    }
    return outcome
  }

  private struct Problem: Error {
    var reason: RejectedRow.Reason
    var detail: String
  }

  private func row(_ line: [UInt8], _ latest: EventTime) -> Result<[Value], Problem> {
    guard String(validating: line, as: UTF8.self) != nil else {
      return .failure(Problem(reason: .malformed, detail: "not UTF-8"))
    }
    guard let texts = split(line) else {
      let detail = isOpen(line) ? "a quote is open at the end of the line" : "text behind a closing quote"
      return .failure(Problem(reason: .malformed, detail: detail))
    }
    if texts.count != fields.count {
      let detail = "\(texts.count) field\(texts.count == 1 ? "" : "s") instead of \(fields.count)"
      return .failure(Problem(reason: .malformed, detail: detail))
    }
    var values = Array(repeating: Value.null, count: request.schema.count)
    var wrong: [Int: String] = [:]
    for (place, columns) in fields.enumerated() {
      guard let text = texts[place] else { continue }
      for column in columns {
        let field = request.schema[column]
        if let value = value(text, field.type) {
          values[column] = value
        } else {
          let shown = String(decoding: text.prefix(100), as: UTF8.self) + (text.count > 100 ? "…" : "")
          wrong[column] = "\(field.name): \"\(shown)\" is no \(field.type.sqlName)"
        }
      }
    }
    if let first = wrong.keys.min() { return .failure(Problem(reason: .wrongType, detail: wrong[first]!)) }
    if let eventTime = request.eventTime {
      let name = request.schema[eventTime].name
      guard case .timestamp(let time) = values[eventTime] else {
        return .failure(Problem(reason: .missingTime, detail: "\(name): no event time"))
      }
      if time > latest {
        return .failure(Problem(reason: .future, detail: "\(name): \(time) is too far ahead of the clock"))
      }
    }
    return .success(values)
  }

  private func value(_ text: [UInt8], _ type: DataType) -> Value? {
    if type == .string { return .string(String(decoding: text, as: UTF8.self)) }
    return text.withUnsafeBufferPointer { whole in
      let text = UnsafeBufferPointer(rebasing: TextParsing.trimmed(whole)[...])
      switch type {
      case .boolean: return TextParsing.boolean(text).map { .boolean($0) }
      case .int: return TextParsing.integer(text).flatMap { Int32(exactly: $0) == nil ? nil : .integer($0) }
      case .bigint: return TextParsing.integer(text).map { .integer($0) }
      case .double: return TextParsing.double(text).map { .double($0) }
      case .decimal(let precision, let scale):
        return DecimalText.unscaled(text, precision: precision, scale: scale).map { .decimal(unscaled: $0, scale: scale) }
      case .date: return TimestampText.days(text).map { .date($0) }
      case .timestamp:
        return TimestampText.microseconds(text, zone: request.zone).map { .timestamp(EventTime(microseconds: $0)) }
      default: return nil
      }
    }
  }

  /// The texts between separators, NULLs as `nil`; `nil` where quotes are wrong.
  private func split(_ line: [UInt8]) -> [[UInt8]?]? {
    var result: [[UInt8]?] = []
    var rest = line[...]
    while true {
      if rest.first == options.quote {
        rest = rest.dropFirst()
        var text: [UInt8] = []
        while true {
          guard let byte = rest.popFirst() else { return nil }
          if byte == options.escape, let next = rest.first, next == options.quote || next == options.escape {
            text.append(rest.removeFirst())
          } else if byte == options.quote {
            break
          } else {
            text.append(byte)
          }
        }
        result.append(text)
        if rest.isEmpty { return result }
        guard rest.removeFirst() == options.separator else { return nil }
      } else {
        let text = Array(rest.prefix { $0 != options.separator })
        result.append(text.isEmpty || text == Array(options.nullValue.utf8) ? nil : text)
        rest = rest.dropFirst(text.count)
        if rest.isEmpty { return result }
        rest = rest.dropFirst()
      }
    }
  }

  /// Whether the first wrong quote of a line is one that is never closed.
  private func isOpen(_ line: [UInt8]) -> Bool {
    var index = 0
    while index < line.count {
      if line[index] == options.quote {
        index += 1
        while index < line.count {
          let isEscaped =
            line[index] == options.escape && index + 1 < line.count
            && (line[index + 1] == options.quote || line[index + 1] == options.escape)
          if isEscaped { index += 2 } else if line[index] == options.quote { break } else { index += 1 }
        }
        if index >= line.count { return true }
        index += 1
        if index < line.count, line[index] != options.separator { return false }
        index += 1
      } else {
        while index < line.count, line[index] != options.separator { index += 1 }
        index += 1
      }
    }
    return true
  }
}

/// The one-pass reader against the plain one, over random and mutated lines.
@Suite struct CSVDifferentialTests {
  private static let declared = Schema(
    Field("s", .string), Field("i", .int), Field("t", .timestamp), Field("l", .bigint), Field("d", .double),
    Field("n", .decimal(precision: 12, scale: 3)), Field("b", .boolean), Field("y", .date), Field("z", .string))

  private static let seeds = Int(ProcessInfo.processInfo.environment["TIDEMILL_SEEDS"] ?? "") ?? 150

  private static func text(_ type: DataType, _ random: inout SeededGenerator) -> String {
    let odd = [
      "", " ", "x", "NULL", "-", "+1", "1e3", "1.0", ".5", "-.5", "5.", " 7 ", "\t8", "é", "\u{0}", "99999999999",
    ]
    if random.next() % 12 == 0 { return odd.randomElement(using: &random)! }
    let number = Int64(truncatingIfNeeded: random.next() >> (random.next() % 64))
    switch type {
    case .int, .bigint: return String(random.next() % 3 == 0 ? -(number >> 1) : number & 0xFFFF_FFFF)
    case .double, .decimal:
      let digits = String(number.magnitude)
      let place = Int.random(in: 0...digits.count, using: &random)
      return (number < 0 ? "-" : "") + digits.prefix(place) + (random.next() % 4 == 0 ? "" : ".") + digits.dropFirst(place)
    case .boolean: return ["true", "false", "TRUE", "False", "yes"].randomElement(using: &random)!
    case .date: return TimestampText.dateString(days: number % 40_000)
    case .timestamp:
      let step: Int64 = [1, 1000, 1_000_000].randomElement(using: &random)!
      let text = TimestampText.string(
        microseconds: Int64.random(in: 0...1_900_000_000, using: &random) * 1_000_000 / step * step + number % 1000 * step
          % 1_000_000)
      return random.next() % 5 == 0 ? String(text.dropLast()) + ["", "+02:00", "z", "Z "].randomElement(using: &random)! : text
    default:
      let characters = Array("abcdefghij.-_ é€😀'\"\\;,|")
      let length = random.next() % 4 == 0 ? 70 : 14
      return String((0..<Int.random(in: 0...length, using: &random)).map { _ in characters[Int(random.next() % 14)] })
        + (random.next() % 10 == 0 ? String(characters.randomElement(using: &random)!) : "")
    }
  }

  private static func input(_ options: CSVOptions, _ random: inout SeededGenerator) -> [UInt8] {
    let lineEnd = random.next() % 3 == 0 ? "\r\n" : "\n"
    let quotes = random.next() % 3
    var bytes: [UInt8] = random.next() % 8 == 0 ? [0xEF, 0xBB, 0xBF] : []
    for _ in 0..<Int.random(in: 0...60, using: &random) {
      for (place, field) in declared.fields.enumerated() {
        if place > 0 { bytes.append(options.separator) }
        let text = Array(text(field.type, &random).utf8)
        if quotes == 1 || quotes == 2 && random.next() % 20 == 0 {
          bytes.append(options.quote)
          for byte in text {
            if byte == options.quote || byte == options.escape { bytes.append(options.escape) }
            bytes.append(byte)
          }
          bytes.append(options.quote)
        } else {
          bytes += text
        }
      }
      bytes += random.next() % 30 == 0 ? Array("\(lineEnd)\(lineEnd)".utf8) : Array(lineEnd.utf8)
    }
    if random.next() % 3 == 0, !bytes.isEmpty { bytes.removeLast() }
    return bytes
  }

  private static func mutate(_ bytes: inout [UInt8], _ options: CSVOptions, _ random: inout SeededGenerator) {
    let marks = [options.separator, options.quote, options.escape, 10, 13, 0x30, 0x20, 0xFF, 0xC3, 0]
    for _ in 0..<Int.random(in: 0...12, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch random.next() % 3 {
      case 0: bytes[place] = marks.randomElement(using: &random)!
      case 1: bytes.insert(marks.randomElement(using: &random)!, at: place)
      default: bytes.remove(at: place)
      }
    }
  }

  @Test func linesGiveWhatTheyGiveValueByValue() throws {
    let kinds: [[String: String]] = [
      [:], ["sep": ";", "quote": "'"], ["escape": "\\"], ["nullvalue": "NULL"], ["sep": "\t", "nullvalue": "é"], ["sep": "|"],
    ]
    for seed in 0..<Self.seeds {
      var random = SeededGenerator(UInt64(seed))
      let options = try CSVOptions(kinds.randomElement(using: &random)!)
      // Some columns, in some order, and now and then a field twice.
      var columns = Self.declared.fields.shuffled(using: &random)
      columns.removeLast(Int.random(in: 0...columns.count, using: &random))
      let schema = Schema(columns)
      let eventTime = random.next() % 2 == 0 ? schema.ordinal(of: "t") : nil
      let zone = random.next() % 2 == 0 ? SessionZone.utc : SessionZone(fixedOffset: 3600)
      let latest = random.next() % 2 == 0 ? EventTime.distantFuture : EventTime(microseconds: 1_500_000_000_000_000)
      let request = ReadRequest(schema: schema, eventTime: eventTime, zone: zone)
      var bytes = Self.input(options, &random)
      if random.next() % 3 > 0 { Self.mutate(&bytes, options, &random) }
      let plain = PlainCSV(
        options: options,
        fields: Self.declared.fields.map { field in schema.ordinal(of: field.name).map { [$0] } ?? [] }, request: request)
      let expected = plain.read(bytes, latest: latest)
      let found = try decode(
        bytes, CSVFormat(request: request, declared: Self.declared, options: options), latest: latest)
      #expect(PlainCSV.Outcome(rows: found.batch.rows, rejected: found.rejected) == expected, "seed \(seed)")
    }
  }

  @Test func aFieldMayGoToSeveralColumns() throws {
    let schema = Schema(
      Field("a", .string, path: ["x"]), Field("b", .int, path: ["y"]), Field("c", .int, path: ["x"]), Field("d", .int),
      Field("e", .string, path: ["y"]))
    let format = try Array("x,unused,y".utf8).withUnsafeBufferPointer {
      var options = CSVOptions()
      options.header = true
      return try CSVFormat(request: ReadRequest(schema: schema), declared: schema, options: options).withHeader($0)
    }
    let lines = (0..<100).map { "\($0),\"u,\",\($0 * 3)\n" }.joined() + (0..<100).map { "\($0),u,\($0 * 3)\n" }.joined()
    let result = try decode(Array(lines.utf8), format, offset: 11)
    #expect(result.rejected.isEmpty)
    #expect(
      result.batch.rows
        == (0..<200).map {
          let row = Int64($0 % 100)
          return [.string("\(row)"), .integer(row * 3), .integer(row), .null, .string("\(row * 3)")]
        })
  }

  @Test func marksAreOfTheBytesThatMatch() {
    var random = SeededGenerator(7)
    for _ in 0..<200 {
      let bytes = (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next() % 4) &* 85 }
      for wanted in [0, 85, 170, 255, 1, 84] as [UInt8] {
        let expected = bytes.indices.reduce(UInt64(0)) { $0 | (bytes[$1] == wanted ? 1 << UInt64($1) : 0) }
        #expect(tidemill_matching_bytes(bytes, wanted) == expected)
      }
    }
  }
}
