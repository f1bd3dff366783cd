import TidemillColumns
import TidemillPlan

/// A query, a stream and what must come out, in one text file: a test that anybody can read and write.
///
/// ```
/// # A row that comes when its window has closed is late.
/// -- stream
/// CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute') USING json
/// -- query
/// SELECT product, SUM(amount) AS total, window(ts, '1 hour') AS w FROM sales GROUP BY product, window(ts, '1 hour')
/// -- input
/// {"product": "tea", "amount": 3, "ts": "2024-03-01T12:00:00Z"}
/// -- end
/// -- expect
/// {"product":"tea","total":3,"w":{"start":"2024-03-01T12:00:00Z","end":"2024-03-01T13:00:00Z"}}
/// ```
///
/// Lines that begin with `#` are comments. A line that begins with `--` begins a section:
///
/// | section | holds |
/// |---|---|
/// | `-- stream` | the `CREATE STREAM` statement |
/// | `-- query` | the `SELECT` |
/// | `-- mode append` | the output mode, instead of update |
/// | `-- compatibility spark` | Spark's rule of lateness; batches are not cut then, since its answer depends on epochs |
/// | `-- zone +02:00` | the session's zone, instead of UTC |
/// | `-- ttl 10 minutes` | how long groups without a window are kept |
/// | `-- drop duplicates a, b` | `dropDuplicates` over the stream |
/// | `-- partitions 2` | how many partitions there are, instead of as many as the input names |
/// | `-- input`, `-- input partition 1` | rows as JSON lines, in source order |
/// | `-- idle 5 minutes`, `-- idle 5 minutes partition 1` | all partitions, or one, have been idle so long |
/// | `-- epoch` | ends an epoch |
/// | `-- epoch held` | ends an epoch whose changes are held back for a later one to give |
/// | `-- end` | ends an epoch and the input, so that every window closes; more input is a later run |
/// | `-- expect` | the final table as JSON lines in any order |
/// | `-- expect epoch 2` | what the second epoch changed: new rows, and with `"_op":"delete"` those that went |
/// | `-- late` | the late rows, under the stream's columns |
/// | `-- ledger rows=5 late=1` | what became of the rows, over all partitions; also `rejected`, `duplicate`, `filtered`, `aggregated` |
/// | `-- watermark 2024-03-01T12:00:00Z` | the global watermark at the end, or `none` |
/// | `-- error text` | the query fails with a message that holds the text |
///
/// `run` plays the stream under all of `StreamDriverOptions.variants`, which must not make a difference, and holds epochs back at
/// random, which must make none to the table.
public struct GoldenStream: Sendable {
  /// What is expected. What is `nil` is not compared.
  struct Expectation: Sendable {
    var table: [String]?
    var epochs: [Int: [String]] = [:]
    var late: [String]?
    var ledger: [String: Int]?
    var watermark: String?
    var error: String?
  }

  /// The name, for messages.
  public let name: String
  /// The resolved query, in the mode that the text asks for.
  public let plan: QueryPlan
  /// The events, rows under the stream's schema.
  public let events: [StreamEvent]
  /// How many partitions the stream has.
  public let partitions: Int
  /// The session's zone; UTC unless the text says otherwise.
  public let zone: SessionZone
  /// Whether lateness is judged by Spark's rule, so that epochs must stay as they are written.
  public let isSparkCompatible: Bool
  /// Rows that the format did not accept.
  public let rejected: Int
  let expectation: Expectation
  let sections: [GoldenSection]

  /// Whether the query is expected to fail.
  public var expectsError: Bool { expectation.error != nil }

  /// - Throws: `TidemillError` with the file's name and line for a text that cannot be read or a query that cannot be
  ///   resolved.
  ///
  /// - Parameter rebuild: gives the query as another face builds it; the query's own plan unless told otherwise.
  public init(
    _ text: String, name: String, rebuild: (LogicalPlan) throws -> LogicalPlan = { $0 }
  ) throws {
    var reader = GoldenReader(name: name)
    sections = try GoldenSection.sections(of: text, name: name)
    for section in sections { try reader.read(section) }
    self.name = name
    plan = try reader.resolve(rebuild)
    (events, rejected) = try reader.events(for: plan)
    partitions = max(reader.partitions ?? 1, (events.compactMap(\.partition).max() ?? 0) + 1)
    zone = reader.zone
    isSparkCompatible = reader.isSparkCompatible
    expectation = reader.expectation
  }
}

/// A part of a golden stream's text: a line that begins with `--` and the lines behind it.
struct GoldenSection: Sendable {
  /// The words behind `--`.
  var title: String
  /// As they stand there, with comments and blank lines.
  var lines: [String]
  /// The number of the title's line.
  var lineNumber: Int
  var name: String

  var words: [Substring] { title.split(separator: " ") }

  /// The lines that say something.
  var content: [String] { lines.filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) } }

  func error(_ message: String, hint: String? = nil) -> TidemillError {
    TidemillError(.badInput, "\(name):\(lineNumber): \(message)", hint: hint)
  }

  /// What stands before the first section becomes one without a title.
  static func sections(of text: String, name: String) throws -> [GoldenSection] {
    var sections = [GoldenSection(title: "", lines: [], lineNumber: 1, name: name)]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("--") {
        let title = line.dropFirst(2).split(separator: " ").joined(separator: " ")
        sections.append(GoldenSection(title: title, lines: [], lineNumber: index + 1, name: name))
      } else {
        sections[sections.count - 1].lines.append(String(line))
      }
    }
    if !sections[0].content.isEmpty { throw sections[0].error("the first section must begin with `-- stream`") }
    return sections
  }
}
