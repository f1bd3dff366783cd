import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillPlan

@testable import HTTPConnector

/// A time that passes only while somebody sleeps, which takes no time.
final class TestTime: Sendable {
  private struct State: Sendable {
    var now = EventTime(microseconds: 1_792_568_880_000_000)
    var pauses: [TimeSpan] = []
  }

  private let state = Mutex(State())

  /// How long the sink slept, in order.
  var pauses: [TimeSpan] { state.withLock { $0.pauses } }
  var now: EventTime { state.withLock { $0.now } }

  var sinkTime: SinkTime {
    SinkTime(
      elapsed: { TimeSpan(microseconds: self.now.microseconds) }, now: { self.now },
      sleep: { span in
        try Task.checkCancellation()
        self.state.withLock { state in
          state.pauses.append(span)
          state.now = state.now + span
        }
      },
      chance: { 0 })
  }
}

/// What is said to somebody who takes sentences.
final class Reports: Sendable {
  private let texts = Mutex<[String]>([])
  var all: [String] { texts.withLock { $0 } }
  func take(_ text: String) { texts.withLock { $0.append(text) } }
}

/// A transport that answers what a test says, without a network.
final class ScriptedTransport: HTTPTransport {
  typealias Answer = @Sendable (HTTPPost, _ attempt: Int) throws -> HTTPAnswer
  private let answer: Answer
  private let sent = Mutex<[HTTPPost]>([])

  init(_ answer: @escaping Answer = { _, _ in HTTPAnswer(status: 200) }) { self.answer = answer }

  var posts: [HTTPPost] { sent.withLock { $0 } }

  func post(_ post: HTTPPost) async throws -> HTTPAnswer {
    let attempt = sent.withLock { sent in
      sent.append(post)
      return sent.count
    }
    return try answer(post, attempt)
  }

  func close() async {}
}

extension TimeSpan {
  static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(microseconds: count * 1000) }
}

extension HTTPPost {
  func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
  var text: String { String(decoding: body, as: UTF8.self) }
}

enum TestSink {
  static let schema = Schema(Field("product", .string), Field("total", .bigint))

  static func shape(
    _ mode: OutputMode = .update, schema: Schema = schema, key: [Int]? = [0], query: String = "totals"
  ) -> ResultShape {
    ResultShape(schema: schema, key: key, mode: mode, zone: .utc, queryName: query)
  }

  static func context(
    _ options: [String: String], mode: OutputMode = .update, directory: String? = nil, _ reports: Reports = Reports()
  ) -> SinkContext {
    SinkContext(
      definition: SinkDefinition(name: "totals", provider: "http", options: options), mode: mode, stateDirectory: directory,
      report: reports.take)
  }

  /// A sink that was opened, under the key `k`.
  static func opened(
    _ options: [String: String], shape: ResultShape = shape(), directory: String? = nil, time: TestTime = TestTime(),
    reports: Reports = Reports(), _ transport: any HTTPTransport
  ) async throws -> HTTPSink {
    var options = options
    options["url"] = options["url"] ?? "http://localhost/hook"
    let sink = try HTTPSink(
      context(options, mode: shape.mode, directory: directory, reports), files: SimulatedFileSystem(), time: time.sinkTime,
      newKey: { "k" }
    ) { _ in transport }
    try await sink.open(shape, lastEpoch: .none)
    return sink
  }

  static func rows(_ rows: (String, Int64)..., weights: [Int8]? = nil) -> Batch {
    Batch(schema: schema, rows: rows.map { [.string($0.0), .integer($0.1)] }, weights: weights)
  }

  static let empty = Batch.empty(schema)
}

/// The error that something throws.
func failure(of body: () async throws -> Void) async -> TidemillError? {
  do {
    try await body()
    return nil
  } catch { return error as? TidemillError }
}
