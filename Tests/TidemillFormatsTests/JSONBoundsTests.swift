import Foundation
import SimdjsonBridge
import TidemillColumns
import TidemillConnectors
import Testing

@testable import TidemillFormats

/// Text whose last line feed is gone by the time it is read, as in a file that somebody writes to: nothing may look further than 64
/// bytes behind where it was. What lies there cannot be read, so that a test which does look dies.
@Suite struct JSONBoundsTests {
  /// Calls `body` with text that is `pattern` over and over, up to memory that cannot be read, and with where 64 bytes of it are left.
  private func withoutEnd(_ pattern: String, _ body: (UnsafePointer<UInt8>, _ limit: Int) -> Void) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let memory = try #require(mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0))
    try #require(memory != MAP_FAILED)
    defer { munmap(memory, 2 * page) }
    let bytes = memory.assumingMemoryBound(to: UInt8.self)
    let pattern = Array(pattern.utf8)
    for index in 0..<page { bytes[index] = pattern[index % pattern.count] }
    try #require(mprotect(memory + page, page, PROT_NONE) == 0)
    body(bytes, page - 64)
  }

  private static let patterns = [
    "x", "é", #"\n"#, #"\u00e9"#, #"日本語"#, "1", "1.5", "-", "1e", " ", "[", "[]", #"{"a":"#, #"{"a":1,"#, #"["a","#, #""a","#,
    #""","#,
    #""a":1,"#, #""a":"b","#, "[1,", "1, ", "null,", "[ ", #"{"a" : "#, #"""#, "}", "]",
  ]

  @Test(arguments: patterns)
  func scansEndWithTheText(pattern: String) throws {
    try withoutEnd(pattern) { text, limit in
      let end = text + limit
      let first = [UInt8]("{[\"1 \\n".utf8)
      for start in limit - 40...limit {
        let at = text + start
        var ends = [
          JSONTextScan.text(at, end)?.end, JSONTextScan.plainText(at, end), JSONTextScan.number(at, end),
          JSONTextScan.value(at, end),
        ]
        // The same with something before it that goes on with it.
        for byte in first {
          let line = UnsafeMutablePointer(mutating: at)
          let old = line[0]
          line[0] = byte
          ends.append(JSONTextScan.value(at, end))
          line[0] = old
        }
        for found in ends.compactMap({ $0 }) { #expect(found <= end + 18) }
      }
    }
  }

  @Test func numbersEndWithTheText() throws {
    let fields = [
      Field("a", .bigint), Field("b", .double), Field("c", .decimal(precision: 20, scale: 2)), Field("d", .timestamp),
    ]
    let columns = JSONColumns(Schema(fields), rowEstimate: 4, heapEstimate: 64)
    for pattern in ["1", "1.5", "-1", "1e5", "0.1234567890123"] {
      try withoutEnd(pattern) { text, limit in
        let end = text + limit
        var times = JSONTimes(zone: .utc, date: columns.date)
        for start in limit - 60...limit {
          let at = text + start
          let ends = [
            JSONNumbers.integer(at, end, 0, columns.slots, isInt: false), JSONNumbers.double(at, end, 0, columns.slots + 1),
            JSONNumbers.decimal(at, end, 0, columns.slots + 2), times.any(at, end, 0, columns.slots + 3),
          ]
          for found in ends.compactMap({ $0 }) { #expect(found <= end + 18) }
        }
      }
    }
  }

  private static let records = [
    (#""a":1,"b":"x","#, ["{\"a\":1,\"b\":\"x\"}\n", "{\"b\":\"x\",\"a\":1}\n"]),
    (#""b":"some longer text, \n escaped","#, ["{\"b\":\"x\",\"b\":\"y\"}\n"]),
    (#""t":"2024-03-01T12:34:56.789Z","#, ["{\"t\":\"2024-03-01T12:34:56.789Z\",\"t\":\"2024-03-01T12:34:56.789Z\"}\n"]),
    (#""other":[1,2,{"x":null}],"#, ["{\"other\":[1,2,{\"x\":null}],\"other\":[1,2,{\"x\":null}]}\n"]),
    (
      #""a_much_longer_key_than_thirty_two_bytes":12,"#,
      [
        "{\"a_much_longer_key_than_thirty_two_bytes\":12,\"a_much_longer_key_than_thirty_two_bytes\":12}\n"
      ]
    ),
  ]

  /// Records that never end, by literals that lead from member to member.
  @Test(arguments: records.indices)
  func theWalkEndsWithTheText(index: Int) throws {
    let (pattern, taught) = Self.records[index]
    let schema = Schema([Field("a", .int), Field("b", .string), Field("t", .timestamp)])
    let automaton = JSONAutomaton(try #require(JSONWantedKeys(schema)), schema)
    for record in taught {
      let line = Array(record.utf8)
      _ = line.withUnsafeBufferPointer { JSONLearner.learn($0, automaton) }
    }
    try withoutEnd(pattern) { text, limit in
      for start in limit - 3 * pattern.utf8.count..<limit {
        let line = UnsafeMutablePointer(mutating: text) + start
        let old = line[0]
        line[0] = UInt8(ascii: "{")
        for _ in 0..<2 {
          let columns = JSONColumns(schema, rowEstimate: 4, heapEstimate: 64)
          var walk = JSONWalk(columns, bytes: text, zone: .utc, start: start, limit: limit, end: limit)
          let isOver = walk.run(automaton)
          #expect(!isOver)
          #expect(walk.row == 0)
        }
        line[0] = old
      }
    }
  }

  @Test func whatIsNoRecordIsNotLearnt() throws {
    let schema = Schema([Field("a", .int)])
    for text in [
      #"{"a":1"#, #"{"a":1}}"#, #"{"a":01}"#, #"{"a":1,}"#, #"["a"]"#, #"{"a":"\x"}"#, #"{"a":{"b":}"#, #"{"a\"#, "{\"a", "",
    ] {
      let automaton = JSONAutomaton(try #require(JSONWantedKeys(schema)), schema)
      let line = Array((text + "\n").utf8)
      #expect(!line.withUnsafeBufferPointer { JSONLearner.learn($0, automaton) }, "\(text)")
    }
  }
}
