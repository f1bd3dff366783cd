import TidemillColumns
import TidemillConnectors
import TidemillFormats
import TidemillPlan
import TidemillSQL

/// Reads the sections of a golden stream.
struct GoldenReader {
  let name: String
  var streamText = ""
  var queryText = ""
  var mode = OutputMode.update
  var isSparkCompatible = false
  var zone = SessionZone.utc
  var timeToLive: TimeSpan?
  var duplicates: [String]?
  var partitions: Int?
  var expectation = GoldenStream.Expectation()
  private var inputs: [Input] = []

  private enum Input {
    case rows([UInt8], partition: Int)
    case event(StreamEvent)
  }

  init(name: String) { self.name = name }

  mutating func read(_ section: GoldenSection) throws {
    let words = section.words
    let rest = words.dropFirst().joined(separator: " ")
    switch words.first {
    case nil: break
    case "stream": streamText = section.lines.joined(separator: "\n")
    case "query": queryText = section.lines.joined(separator: "\n")
    case "mode":
      guard let named = OutputMode(rawValue: rest) else {
        throw section.error("`\(rest)` is no output mode", hint: "the modes are append, update and complete")
      }
      mode = named
    case "compatibility":
      guard rest == "spark" else { throw section.error("there is no compatibility with `\(rest)`", hint: "write spark") }
      isSparkCompatible = true
    case "zone":
      guard let named = SessionZone(name: rest) else { throw section.error("`\(rest)` is no zone") }
      zone = named
    case "ttl": timeToLive = try span(rest, section)
    case "drop":
      duplicates = words.dropFirst(2).map { String($0.filter { $0 != "," }) }
    case "partitions":
      guard let count = Int(rest), count > 0 else { throw section.error("`\(rest)` is no number of partitions") }
      partitions = count
    case "input":
      inputs.append(.rows(Array(section.lines.joined(separator: "\n").utf8), partition: try partition(section) ?? 0))
    case "idle":
      let length = try span(rest.split(separator: " ").prefix { $0 != "partition" }.joined(separator: " "), section)
      inputs.append(.event(try partition(section).map { .idle(partition: $0, for: length) } ?? .allIdle(for: length)))
    case "epoch":
      guard rest.isEmpty || rest == "held" else { throw section.error("an epoch is `-- epoch` or `-- epoch held`") }
      inputs.append(.event(rest.isEmpty ? .endOfEpoch : .endOfHeldEpoch))
    case "end": inputs.append(.event(.endOfInput))
    default: try readExpectation(section)
    }
  }

  private mutating func readExpectation(_ section: GoldenSection) throws {
    let words = section.words
    let rest = words.dropFirst().joined(separator: " ")
    switch words.first {
    case "expect" where words.count == 1: expectation.table = section.content
    case "expect":
      guard words.count == 3, words[1] == "epoch", let number = Int(words[2]), number > 0 else {
        throw section.error("an expectation is `-- expect` or `-- expect epoch 1`")
      }
      expectation.epochs[number] = section.content
    case "late": expectation.late = section.content
    case "ledger":
      var ledger: [String: Int] = [:]
      for word in words.dropFirst() {
        let parts = word.split(separator: "=")
        guard parts.count == 2, let count = Int(parts[1]), GoldenLedger.names.contains(String(parts[0])) else {
          throw section.error(
            "`\(word)` is no count of the ledger", hint: "write rows=5 late=1; the counts are \(GoldenLedger.names)")
        }
        ledger[String(parts[0])] = count
      }
      expectation.ledger = ledger
    case "watermark": expectation.watermark = rest
    case "error": expectation.error = rest
    default: throw section.error("there is no section `-- \(section.title)`")
    }
  }

  private func span(_ text: String, _ section: GoldenSection) throws -> TimeSpan {
    guard let span = TimeSpan(parsing: text) else { throw section.error("`\(text)` is no interval", hint: "write 5 minutes") }
    return span
  }

  private func partition(_ section: GoldenSection) throws -> Int? {
    guard let position = section.words.firstIndex(of: "partition") else { return nil }
    guard position + 1 < section.words.count, let number = Int(section.words[position + 1]), number >= 0 else {
      throw section.error("a partition is a number from 0")
    }
    return number
  }

  func resolve(_ rebuild: (LogicalPlan) throws -> LogicalPlan) throws -> QueryPlan {
    guard case .createStream(let statement)? = try SQLParser.parseScript(streamText, zone: zone).first else {
      throw TidemillError(.badInput, "\(name) has no CREATE STREAM", hint: "write it behind a line `-- stream`")
    }
    let stream = statement.definition
    var logical = try SQLParser.parseQuery(queryText, zone: zone)
    if let timeToLive { logical = logical.settingTimeToLive(timeToLive) }
    if let duplicates { logical = logical.droppingDuplicates(duplicates) }
    logical = try rebuild(logical)
    do {
      return try Resolver(streams: [stream.name: stream]).resolve(
        logical,
        options: ResolveOptions(
          outputMode: mode, closesAtEnd: closesAtEnd, zone: zone, isSparkCompatible: isSparkCompatible))
    } catch let error as TidemillError {
      throw TidemillError(error.code, "\(name): " + Diagnostics.render(error, in: queryText))
    }
  }

  /// Whether the input ends once and for all, as with `--once`.
  private var closesAtEnd: Bool {
    guard case .event(.endOfInput)? = inputs.last else { return false }
    return inputs.allSatisfy { input in
      switch input {
      case .event(.endOfEpoch), .event(.endOfHeldEpoch): false
      case .event, .rows: true
      }
    }
  }

  func events(for plan: QueryPlan) throws -> (events: [StreamEvent], rejected: Int) {
    let schema = plan.stream.schema
    let eventTime = plan.eventTime.flatMap { schema.ordinal(of: plan.scanSchema[$0].name) }
    let format = JSONFormat(request: ReadRequest(schema: schema, eventTime: eventTime, zone: zone))
    var rejected = 0
    let events: [StreamEvent] = try inputs.map { input in
      switch input {
      case .event(let event): return event
      case .rows(let bytes, let partition):
        let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
        let result = try Array(lines.joined(separator: [UInt8(ascii: "\n")])).withUnsafeBufferPointer {
          try format.decode($0, origin: name, offset: 0, latest: .distantFuture)
        }
        rejected += result.rejected.count
        return .rows(result.batch, partition: partition)
      }
    }
    return (events, rejected)
  }
}

extension LogicalPlan {
  /// The plan with a time-to-live for its outermost GROUP BY.
  fileprivate func settingTimeToLive(_ span: TimeSpan) -> LogicalPlan {
    switch self {
    case .aggregate(var grouping, let input):
      grouping.timeToLive = span
      return .aggregate(grouping, input)
    case .alias(let name, let input): return .alias(name, input.settingTimeToLive(span))
    case .filter(let condition, let input): return .filter(condition, input.settingTimeToLive(span))
    case .project(let items, let input): return .project(items, input.settingTimeToLive(span))
    case .qualify(let condition, let input): return .qualify(condition, input.settingTimeToLive(span))
    case .stream, .watermark, .deduplicate, .invalid: return self
    }
  }

  /// The plan with duplicates dropped right above the stream.
  fileprivate func droppingDuplicates(_ columns: [String]) -> LogicalPlan {
    switch self {
    case .stream: return .deduplicate(columns, self)
    case .alias(let name, let input): return .alias(name, input.droppingDuplicates(columns))
    case .watermark(let column, let delay, let input):
      return .watermark(column: column, delay: delay, input.droppingDuplicates(columns))
    case .filter(let condition, let input): return .filter(condition, input.droppingDuplicates(columns))
    case .project(let items, let input): return .project(items, input.droppingDuplicates(columns))
    case .aggregate(let grouping, let input): return .aggregate(grouping, input.droppingDuplicates(columns))
    case .qualify(let condition, let input): return .qualify(condition, input.droppingDuplicates(columns))
    case .deduplicate(let names, let input): return .deduplicate(names, input.droppingDuplicates(columns))
    case .invalid: return self
    }
  }
}
