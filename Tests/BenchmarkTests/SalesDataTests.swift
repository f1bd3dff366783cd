import Foundation
import SalesData
import Testing
import TidemillColumns

/// Generated sales: the same bytes for the same options, for ever, since figures and hashes of benchmarks rest on them.
@Suite struct SalesDataTests {
  private func text(_ options: SalesOptions) -> String {
    var generator = SalesGenerator(options)
    let bytes = [UInt8](unsafeUninitializedCapacity: options.rows * options.shape.longestLine) { buffer, count in
      count = generator.write(options.rows, to: buffer.baseAddress!)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func options(
    rows: Int, seed: UInt64 = 1, malformed: Double = 0, _ shape: SalesOptions.Shape
  ) -> SalesOptions {
    SalesOptions(
      rows: rows, start: EventTime(microseconds: 1_709_251_200_000_000), lateShare: 0.001, malformedShare: malformed,
      seed: seed,
      shape: shape)
  }

  @Test func plainLines() {
    #expect(
      text(options(rows: 3, .json)) == #"""
        {"product_id":"p-00002","sales_amount":397,"event_time":"2024-03-01T00:00:00.000Z","region":"ap-south"}
        {"product_id":"p-00001","sales_amount":817,"event_time":"2024-03-01T07:57:46.721Z","region":"us-east"}
        {"product_id":"p-00021","sales_amount":71,"event_time":"2024-03-01T15:57:23.080Z","region":"eu-east"}

        """#)
  }

  @Test func linesOfCSVHoldTheSameSales() {
    #expect(
      text(options(rows: 3, .csv)) == """
        p-00002,397,2024-03-01T00:00:00.000Z,ap-south
        p-00001,817,2024-03-01T07:57:46.721Z,us-east
        p-00021,71,2024-03-01T15:57:23.080Z,eu-east

        """)
    #expect(SalesOptions.Shape.csv.header.description == "product_id,sales_amount,event_time,region\n")
  }

  @Test func variedLines() {
    #expect(
      text(options(rows: 6, seed: 3, .varied)) == #"""
        {"event_time":"2024-03-01T00:00:00.000Z","sales_amount":483,"discount":0.05,"product_id":"p-00113","tags":["sale","online"],"region":"us-east","store":{"id":426,"city":"Saint-\u00c9tienne"}}
        {"product_id":"p-00000","sales_amount":36,"event_time":"2024-03-01T03:56:49.134Z","region":"eu-west","store":{"id":289,"city":"Malmö"},"tags":["new","sale","online"],"discount":0.05}
        {"event_time":"2024-03-01T07:55:33.442Z","sales_amount":633,"discount":1.5e-1,"product_id":"p-00001","tags":["b\\w","new"],"region":"us-east","store":{"id":23,"city":"\u5927\u962a"}}
        {"store":{"id":96,"city":"Lund"},"region":"us-east","product_id":"p-00001","discount":0.05,"sales_amount":576,"event_time":"2024-03-01T11:58:19.200Z"}
        {"region":"eu-west","event_time":"2024-03-01T15:59:28.829Z","discount":0.05,"store":{"id":48,"city":"Lund"},"product_id":"p-00000","sales_amount":831,"tags":["b\\w"]}
        {"product_id":"p-00013","sales_amount":876,"event_time":"2024-03-01T19:55:19.290Z","region":"us-east","store":{"id":273,"city":"Malmö"},"tags":["sale","online"],"note":"\"sales_amount\":7","discount":0.05}

        """#)
  }

  @Test func variedLinesAreObjectsThatDifferInEveryWayPromised() throws {
    let rows = 20_000
    let lines = text(options(rows: rows, .varied)).split(separator: "\n")
    #expect(lines.count == rows)
    var noProduct = 0
    var nullProduct = 0
    var noAmount = 0
    var nullAmount = 0
    var firstKeys: Set<Substring> = []
    for line in lines {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      firstKeys.insert(line.split(separator: "\"")[1])
      #expect(object["event_time"] is String)
      switch object["product_id"] {
      case nil: noProduct += 1
      case is NSNull: nullProduct += 1
      case let product as String: #expect(product.wholeMatch(of: #/p-\d{5}/#) != nil)
      default: Issue.record("a product that is no string: \(line)")
      }
      switch object["sales_amount"] {
      case nil: noAmount += 1
      case is NSNull: nullAmount += 1
      default: #expect((1...1000).contains(object["sales_amount"] as? Int ?? 0))
      }
    }
    // One in 128 each.
    for count in [noProduct, nullProduct, noAmount, nullAmount] { #expect((100...220).contains(count)) }
    #expect(firstKeys.count >= 6)
    #expect(lines.contains { $0.contains(#""p\u002d"#) })
    for part in [#"\""#, #"\\"#, #"\n"#, #"\u00e9"#, #""store":{"id":"#, #""tags":[]"#] {
      #expect(lines.contains { $0.contains(part) }, "\(part)")
    }
  }

  @Test(arguments: [SalesOptions.Shape.json, .varied])
  func malformedLinesAreNoJSON(shape: SalesOptions.Shape) {
    let lines = text(options(rows: 20_000, malformed: 0.02, shape)).split(separator: "\n")
    #expect(lines.count == 20_000)
    let bad = lines.count { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) == nil }
    #expect((300...500).contains(bad))
  }

  @Test func malformedLinesOfCSVLackAField() {
    let lines = text(options(rows: 20_000, malformed: 0.02, .csv)).split(separator: "\n")
    let bad = lines.count { $0.split(separator: ",").count != 4 }
    #expect((300...500).contains(bad))
  }
}
