import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillPlan

/// Posts the rows of each epoch to a server, at least once and in order; with the key that goes with each request, a receiver
/// makes it exactly once.
///
/// An epoch is cut into parts, sent one behind the other: the next one when the one before was answered with 2xx. Whenever the
/// epoch runs again, its parts hold the same rows under the same keys.
final class HTTPSink: Sink {
  private struct State: Sendable {
    var shape: ResultShape
    var key: String
  }

  let description: String
  private let owner: String
  private let options: HTTPOptions
  private let transport: any HTTPTransport
  private let directory: String?
  private let files: any FileSystem
  private let time: SinkTime
  private let newKey: @Sendable () -> String
  private let report: @Sendable (String) -> Void
  private let secrets: Secrets
  private let state = Mutex<State?>(nil)
  private let waiting = Mutex(Waiting())

  /// The pause before the next attempt, which ends early when the query is to end.
  private struct Waiting: Sendable {
    var isInterrupted = false
    var pause: Task<Void, any Error>?
  }

  /// - Throws: `TidemillError` for options that it does not take.
  init(
    _ context: SinkContext, files: any FileSystem, time: SinkTime = .system,
    newKey: @escaping @Sendable () -> String = SinkKey.random, transport: (HTTPOptions) throws -> any HTTPTransport
  ) throws {
    owner = "sink \(context.definition.name)"
    options = try HTTPOptions(context.definition)
    self.transport = try transport(options)
    directory = context.stateDirectory
    self.files = files
    self.time = time
    self.newKey = newKey
    report = context.report
    // An answer may repeat the request.
    secrets = Secrets(options.headers.map(\.value) + options.address.secrets)
    description = "HTTP requests to \(options.address.shown)"
  }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    if !options.headers.isEmpty, !options.address.isEncrypted, !options.address.isLocal {
      report("\(owner): its headers go to \(options.address.shown) without encryption; https:// would hide them")
    }
    let columns = shape.schema.fields.map { "\($0.name) \($0.type.sqlName)" }.joined(separator: ", ")
    let parts = "\(options.format.rawValue) \(options.rowsAPart) rows \(options.bytesAPart) bytes"
    let description = "\(parts) \(shape.mode.rawValue) \(shape.zone.name) (\(columns))"
    let key = try SinkKey.load(
      directory, files, shape: description.filter { !$0.isNewline }, new: newKey)
    state.withLock { $0 = State(shape: shape, key: key) }
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    guard let state = state.withLock({ $0 }) else { preconditionFailure("a sink is opened before it is written to") }
    guard batch.count > 0 else {
      // A whole result without rows is a result; no changes are nothing to tell.
      if state.shape.mode == .complete { try await send(RequestParts.empty(options.format), epoch, state) }
      return
    }
    var parts = RequestParts(
      batch, key: state.shape.key, writer: JSONWriter(zone: state.shape.zone), options: options)
    while let part = parts.next() { try await send(part, epoch, state) }
  }

  func close() async throws { await transport.close() }

  func interrupt() {
    let pause = waiting.withLock { waiting in
      waiting.isInterrupted = true
      return waiting.pause
    }
    pause?.cancel()
  }

  // MARK: Sending

  private func send(_ part: RequestParts.Part, _ epoch: Epoch, _ state: State) async throws {
    let post = HTTPPost(
      url: options.address.url, headers: headers(part, epoch, state), body: part.body, timeout: options.timeout)
    let began = time.elapsed()
    var attempt = 1
    while true {
      let problem: String
      var asked: TimeSpan?
      do {
        let answer = try await transport.post(post)
        switch RetryPolicy.verdict(answer.status) {
        case .taken:
          if attempt > 1 { report("\(owner): \(options.address.shown) took the request at attempt \(attempt)") }
          return
        case .refused: throw refusal(answer, part, epoch)
        case .again:
          problem = "answered \(answer.status)\(excerpt(answer))"
          asked = answer.retryAfter.flatMap { RetryAfter.span($0, now: time.now()) }
        }
      } catch let failure as HTTPFailure {
        problem = secrets.redacting(failure.problem)
      }
      let pause = asked.map { max($0, RetryPolicy.shortest) } ?? RetryPolicy.pause(after: attempt, chance: time.chance())
      let spent = TimeSpan(microseconds: time.elapsed().microseconds - began.microseconds)
      guard let limit = options.retryLimit, spent.microseconds + pause.microseconds <= limit.microseconds else {
        throw exhaustion(problem, asked: asked, attempts: attempt, part, epoch)
      }
      report(
        "\(owner): \(options.address.shown) \(problem); attempt \(attempt + 1) in \(Self.seconds(pause)) s, "
          + "giving up after \(limit)")
      guard try await hasPaused(pause) else {
        throw interruption(problem, part, epoch)
      }
      attempt += 1
    }
  }

  /// - Returns: whether the pause was not cut short because the query is to end.
  private func hasPaused(_ span: TimeSpan) async throws -> Bool {
    let time = time
    let pause = Task { try await time.sleep(span) }
    let isInterrupted = waiting.withLock { waiting in
      waiting.pause = pause
      return waiting.isInterrupted
    }
    if isInterrupted { pause.cancel() }
    defer { waiting.withLock { $0.pause = nil } }
    do {
      try await withTaskCancellationHandler {
        try await pause.value
      } onCancel: {
        pause.cancel()
      }
    } catch is CancellationError {
      return false
    }
    return true
  }

  private func headers(_ part: RequestParts.Part, _ epoch: Epoch, _ state: State) -> [HTTPOptions.Header] {
    var headers = options.headers
    func add(_ name: String, _ value: String) { headers.append(HTTPOptions.Header(name: name, value: value)) }
    if !headers.contains(where: { $0.name == "content-type" }) { add("Content-Type", options.format.contentType) }
    add("Idempotency-Key", "\(state.key)-\(epoch.number)-\(part.number)")
    add("Tidemill-Query", Self.encoded(state.shape.queryName))
    add("Tidemill-Job", state.key)
    add("Tidemill-Mode", state.shape.mode.rawValue)
    add("Tidemill-Epoch", String(epoch.number))
    add("Tidemill-Part", String(part.number))
    add("Tidemill-Rows", String(part.rows))
    add("Tidemill-Last", part.isLast ? "true" : "false")
    return headers
  }

  /// A name with `%` and two digits in place of what a header cannot hold.
  private static func encoded(_ name: String) -> String {
    name.utf8.reduce(into: "") { text, byte in
      if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
  }

  /// `0.5`, `12`.
  private static func seconds(_ span: TimeSpan) -> String {
    let tenths = (span.microseconds + 99_999) / 100_000
    return tenths % 10 == 0 || tenths >= 100 ? "\((tenths + 9) / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  // MARK: Messages

  private func refusal(_ answer: HTTPAnswer, _ part: RequestParts.Part, _ epoch: Epoch) -> TidemillError {
    let hint =
      switch answer.status {
      case 300..<400: "redirects are not followed, so that credentials go to no other server: give the address itself as url"
      case 401, 403: "check the credentials in its header options"
      case 413: "let less go into a request: batch.bytes or batch.rows"
      default: "see what the server says about it"
      }
    return TidemillError(
      .io,
      "\(owner): \(options.address.shown) refused \(name(part, epoch)) with \(answer.status)\(excerpt(answer))",
      hint: hint + "; \(goingOn)")
  }

  private func exhaustion(
    _ problem: String, asked: TimeSpan?, attempts: Int, _ part: RequestParts.Part, _ epoch: Epoch
  ) -> TidemillError {
    let wish = asked.map { ", and asks to wait \($0)" } ?? ""
    let count = "\(attempts) attempt\(attempts == 1 ? "" : "s")"
    let limit = options.retryLimit.map { "retry.limit is \($0)" } ?? "retry.limit is off"
    return TidemillError(
      .io, "\(owner): \(options.address.shown) \(problem)\(wish); given up after \(count) to send \(name(part, epoch))",
      hint: "\(limit); \(goingOn)", isRetryable: true)
  }

  private func interruption(_ problem: String, _ part: RequestParts.Part, _ epoch: Epoch) -> TidemillError {
    TidemillError(
      .io, "\(owner): stopped before \(name(part, epoch)) was sent: \(options.address.shown) \(problem)", hint: goingOn,
      isRetryable: true)
  }

  private func name(_ part: RequestParts.Part, _ epoch: Epoch) -> String { "part \(part.number) of epoch \(epoch)" }

  private var goingOn: String {
    directory == nil
      ? "without a checkpoint the next start begins anew"
      : "the next start with the same checkpoint sends the epoch again, with the same keys"
  }

  /// What the server said, for people: on one line, cut, and without credentials.
  private func excerpt(_ answer: HTTPAnswer) -> String {
    let text = secrets.redacting(String(decoding: answer.beginning, as: UTF8.self))
    let line = String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    let words = line.split(separator: " ").joined(separator: " ")
    if words.isEmpty { return "" }
    return ": " + (words.count > 200 ? words.prefix(200) + "…" : words)
  }
}
