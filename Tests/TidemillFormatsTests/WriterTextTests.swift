import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillFormats

/// The writers' short ways against plain code for the same text.
@Suite struct WriterTextTests {
  private func written(_ body: (inout ByteSink) -> Void) -> String {
    var sink = ByteSink(capacity: 0)
    sink.reserve(64)
    body(&sink)
    return String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self)
  }

  private func plainJSON(_ text: String) -> String {
    let short: [UInt32: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: "\\\"", 92: "\\\\"]
    var result = "\""
    for scalar in text.unicodeScalars {
      if let escape = short[scalar.value] {
        result += escape
      } else if scalar.value < 32 {
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  @Test func anyByteAnywhereInTextOfAnyLengthIsEscapedWhereItMustBe() {
    var different: [String] = []
    for length in 0...20 {
      for place in 0..<max(length, 1) {
        for odd in [0, 1, 8, 10, 31, 32, 33, 34, 35, 91, 92, 93, 126, 127] as [UInt8] {
          var bytes = (0..<length).map { UInt8(97 + $0) }
          if place < length { bytes[place] = odd }
          let text = String(decoding: bytes, as: UTF8.self)
          let storage = StringStorage(capacity: 1)
          storage.append(text)
          var sink = ByteSink(capacity: 0)
          sink.writeJSON(storage.views.base, heap: storage.heap.base)
          let written = String(decoding: UnsafeBufferPointer(start: sink.base, count: sink.count), as: UTF8.self)
          if written != plainJSON(text) { different.append(written) }
        }
      }
    }
    #expect(different == [])
  }

  @Test func numbersOfEveryLengthAreWrittenAsSwiftWritesThem() {
    var random = SeededGenerator(31)
    var different: [String] = []
    for bits in 0..<64 {
      for _ in 0..<50 {
        let value = Int64(truncatingIfNeeded: random.next() >> UInt64(bits))
        for value in [value, -(value >> 1)] {
          let text = written { $0.write(integer: value) }
          if text != String(value) { different.append(text) }
          let scale = Int(random.next() % 20)
          let decimal = written { $0.write(unscaled: Int128(value), scale: scale) }
          if decimal != DecimalText.string(unscaled: Int128(value), scale: scale) { different.append(decimal) }
        }
      }
    }
    #expect(different == [])
  }

  @Test func decimalFractionsAreWrittenAsSwiftWritesThem() {
    var random = SeededGenerator(32)
    var different: [String] = []
    for places in 0...9 {
      for bits in 14..<64 {
        for _ in 0..<10 {
          var power = 1.0
          for _ in 0..<places { power *= 10 }
          let value = Double(Int64(truncatingIfNeeded: random.next() >> UInt64(bits))) / power
          for value in [value, value / 3] where value.magnitude >= 1e-4 && value.magnitude < 1e15 {
            let text = written { $0.write(double: value) }
            if text != value.description { different.append(text) }
          }
        }
      }
    }
    #expect(different == [])
  }

  @Test func timesAreWrittenAsTimestampTextWritesThem() throws {
    var random = SeededGenerator(33)
    var different: [String] = []
    let zones = [SessionZone.utc, SessionZone(fixedOffset: -12_345), SessionZone(fixedOffset: 19_800)]
    for zone in zones {
      var writer = TimestampWriter(zone: zone)
      for step in 0..<1000 {
        var time = Int64.random(in: -70_000_000_000_000_000...300_000_000_000_000_000, using: &random)
        if step % 3 > 0 { time -= time % (step % 3 == 1 ? 1000 : 1_000_000) }
        var expected: [UInt8] = []
        TimestampText.append(microseconds: time, zone: zone, to: &expected)
        let text = written { writer.write(time, to: &$0) }
        if text != String(decoding: expected, as: UTF8.self) { different.append(text) }
      }
    }
    #expect(different == [])
  }

  @Test(arguments: [JSONWriter() as any RecordWriter, CSVWriter()])
  func partsOfABatchAreItsTextWhereverItIsCut(writer: any RecordWriter) {
    let schema = Schema(Field("w", .window), Field("s", .string), Field("v", .window))
    var random = SeededGenerator(34)
    let rows: [[Value]] = (0..<200).map { row in
      let start = EventTime(microseconds: Int64(row / 20) * 3_600_000_000)
      let other = EventTime(microseconds: Int64.random(in: 0...3, using: &random) * 1_000_000)
      let text = String(repeating: "\"x", count: Int.random(in: 0...40, using: &random))
      return [.window(start: start, end: start + .hours(1)), .string(text), .window(start: other, end: other + .seconds(1))]
        .map { Int.random(in: 0..<9, using: &random) == 0 ? .null : $0 }
    }
    let batch = Batch(schema: schema, rows: rows)
    var whole: [UInt8] = []
    writer.append(batch, to: &whole)
    // Text row by row has nothing to remember from the row before.
    var single: [UInt8] = []
    for row in rows { writer.append(Batch(schema: schema, rows: [row]), to: &single) }
    #expect(whole == single)
    let block = Buffer<UInt8>(capacity: 1)
    var start = 0
    while start < batch.count {
      let end = min(batch.count, start + Int.random(in: 0...30, using: &random))
      writer.append(batch, rows: start..<end, to: block)
      start = end
    }
    #expect(block.elements == whole)
  }
}
