import Testing
import TidemillColumns
import TidemillFiles
import TidemillFormats
import TidemillPlan

@testable import HTTPConnector

/// The same epoch is cut in the same places, whatever order its rows come in.
struct RequestPartsTests {
  private func options(_ options: [String: String]) throws -> HTTPOptions {
    try HTTPOptions(
      SinkDefinition(name: "s", provider: "http", options: options.merging(["url": "https://h"]) { mine, _ in mine }))
  }

  private func parts(_ batch: Batch, key: [Int]?, _ options: HTTPOptions) -> [RequestParts.Part] {
    var parts = RequestParts(batch, key: key, writer: JSONWriter(), options: options)
    var result: [RequestParts.Part] = []
    while let part = parts.next() { result.append(part) }
    return result
  }

  static let schema = Schema(
    Field("name", .string), Field("share", .double), Field("amount", .decimal(precision: 20, scale: 2)), Field("on", .boolean),
    Field("w", .window), Field("n", .bigint))

  private func row(_ number: Int, _ random: inout SplitMix64) -> [Value] {
    let start = EventTime(microseconds: Int64(random.next() % 1000) * 1_000_000)
    return [
      random.next() % 9 == 0 ? .null : .string(String(repeating: "x", count: Int(random.next() % 40))),
      random.next() % 9 == 0 ? .double(.nan) : .double(Double(random.next() % 1000) / 7),
      .decimal(unscaled: Int128(random.next() % 100_000), scale: 2), .boolean(random.next() % 2 == 0),
      .window(start: start, end: start + .seconds(60)), .integer(Int64(number)),
    ]
  }

  @Test(arguments: [nil, [5], [4, 0, 5]] as [[Int]?])
  func theOrderInWhichRowsComeMakesNoDifference(key: [Int]?) throws {
    var random = SplitMix64(seed: 7)
    let rows = (0..<900).map { row($0, &random) }
    let weights = rows.map { _ in random.next() % 5 == 0 ? Int8(-1) : 1 }
    let options = try options(["batch.bytes": "2000", "batch.rows": "30", "format": "lines"])
    let reference = parts(Batch(schema: Self.schema, rows: rows, weights: weights), key: key, options)
    #expect(reference.count > 30)
    let order = Array(rows.indices).shuffled(using: &random)
    let shuffled = parts(
      Batch(schema: Self.schema, rows: order.map { rows[$0] }, weights: order.map { weights[$0] }), key: key, options)
    #expect(shuffled.map(\.body) == reference.map(\.body))
    #expect(reference.map(\.rows).reduce(0, +) == 900)
  }

  @Test func theLastDigitsOfADoubleMoveNoCut() throws {
    var random = SplitMix64(seed: 8)
    let rows = (0..<400).map { row($0, &random) }
    let summedOtherwise = rows.map { row in
      row.map { value in
        guard case .double(let number) = value else { return value }
        return Value.double(number.nextUp.nextUp)
      }
    }
    let options = try options(["batch.bytes": "1500"])
    let parts = [rows, summedOtherwise].map { self.parts(Batch(schema: Self.schema, rows: $0), key: [5], options) }
    #expect(parts[0].map(\.rows) == parts[1].map(\.rows))
    #expect(parts[0].map(\.body) != parts[1].map(\.body))
  }

  @Test(arguments: ["json", "lines"])
  func noPartIsLargerThanItMayBe(format: String) throws {
    var random = SplitMix64(seed: 9)
    let batch = Batch(schema: Self.schema, rows: (0..<5000).map { row($0, &random) })
    let parts = parts(
      batch, key: [5], try options(["format": format, "batch.bytes": "10000", "batch.rows": "100"]))
    #expect(parts.allSatisfy { $0.body.count <= 10_000 && (1...100).contains($0.rows) })
    #expect(parts.map(\.number) == Array(parts.indices))
    #expect(parts.map(\.isLast) == parts.indices.map { $0 == parts.count - 1 })
    let bytes = parts.flatMap { part in
      format == "json" ? Array(part.body.dropFirst().dropLast().filter { $0 != 10 }) : part.body
    }
    #expect(bytes.count { $0 == UInt8(ascii: "{") } == 10_000)
  }

  @Test func aRowThatIsLongerThanAPartGoesAlone() throws {
    let long = String(repeating: "y", count: 500)
    let batch = Batch(
      schema: TestSink.schema,
      rows: [[.string("a"), .integer(1)], [.string(long), .integer(2)], [.string("z"), .integer(3)]])
    #expect(parts(batch, key: [0], try options(["batch.bytes": "100"])).map(\.rows) == [1, 1, 1])
  }
}
