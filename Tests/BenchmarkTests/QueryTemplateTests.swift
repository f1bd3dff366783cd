import Foundation
import Testing
import Tidemill

/// The suite's scripts can be planned, so that nobody finds out by waiting for a benchmark.
@Suite struct QueryTemplateTests {
  private static let queries = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Benchmarks/queries")

  @Test(arguments: ["hourly.sql", "sliding.sql"], ["json", "csv"])
  func scriptOfTheSuiteCanBePlanned(name: String, format: String) throws {
    var text = try String(contentsOf: Self.queries.appendingPathComponent(name), encoding: .utf8)
    let values = [
      "delay": "10", "format": format, "data": "sales", "header": format == "csv" ? ", header 'true'" : "", "output": "totals",
      "mode": "append", "slide": "5",
    ]
    for (placeholder, value) in values { text = text.replacing("$" + placeholder, with: value) }
    #expect(!text.contains("$"), "a placeholder that the suite does not fill")
    #expect(try Session().plan(text).queries.count == 1)
  }
}
