#if Server
  import HTTPTypes
  import Hummingbird
  import Tidemill

  /// `POST /v1/streams/{name}`: events for a stream `USING http`.
  struct StreamRoutes: Sendable {
    let job: ServedJob
    let isWritable: Bool
    let bodyLimit: Int
    let bodies: Allowance
    let metrics: ServerMetrics

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.post("/v1/streams/{name}", router) { request, context in
        try QueryItems(request.uri.query).allow(only: [])
        return try await push(context.name(), request)
      }
    }

    private static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    private static let longestKey = 255

    private func push(_ name: String, _ request: Request) async throws -> Response {
      try checkWritable(isWritable)
      guard let stream = job.stream(name) else {
        if job.query == nil {
          throw Problem(.serviceUnavailable, "Not ready", "the queries have not been started").retry(after: 1)
        }
        throw Problem.noSuch("stream to push to", name, among: job.streams.map(\.name))
      }
      let key = request.headers[Self.idempotencyKey]
      if let key, !(1...Self.longestKey ~= key.utf8.count && key.utf8.allSatisfy { 0x21...0x7E ~= $0 }) {
        throw Problem(
          .badRequest, "Wrong key", "an Idempotency-Key has 1 to \(Self.longestKey) printable ASCII characters and no spaces")
      }
      // Before the body: what will not be taken need not be read.
      switch job.phase {
      case .ended, .failed: throw over(name)
      case .starting, .running, .stopping: break
      }
      if stream.waitingBytes >= stream.waitingLimit { throw tooFast(name, stream, retryAfter: 1) }
      let share = bodies.share()
      defer { withExtendedLifetime(share) {} }
      let lines = try await lines(of: request, share)
      if lines.isEmpty, request.bodyType == nil {
        throw Problem(.badRequest, "Wrong body", "the body is empty; it takes one event a line")
      }
      do {
        let receipt = try await answering { try await stream.push(lines, key: key) }
        if !receipt.isDuplicate { metrics.count(push: name, lines: receipt.lines, bytes: receipt.bytes) }
        return Answer.json(
          JSONText.object { json in
            json.member("accepted", receipt.lines)
            json.member("bytes", receipt.bytes)
            json.member("duplicate", receipt.isDuplicate)
            json.member("durable", receipt.isDurable)
          }, status: .accepted)
      } catch PushRefusal.full(let wait) {
        throw tooFast(name, stream, retryAfter: wait)
      } catch PushRefusal.ended {
        throw over(name)
      }
    }

    /// Counts the refusal, too.
    private func tooFast(_ name: String, _ stream: PushStream, retryAfter wait: Int) -> Problem {
      metrics.count(push: name, lines: 0, bytes: 0, isRefused: true)
      return Problem(
        .tooManyRequests, "Too fast",
        "\(stream.waitingBytes) bytes wait to be read, and at most \(stream.waitingLimit) may; send it again later"
      ).retry(after: wait)
    }

    private func over(_ name: String) -> Problem {
      Problem(.conflict, "Over", "the queries have ended; nobody reads the stream \(name)")
    }

    /// The body as lines, each of them one event.
    private func lines(of request: Request, _ share: Allowance.Share) async throws -> [UInt8] {
      switch request.bodyType {
      case nil, "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "text/plain",
        "text/csv",
        "application/octet-stream":
        return try await request.bytes(limit: bodyLimit, share)
      case "application/json":
        return try JSONLines.lines(await request.bytes(limit: bodyLimit, share))
      case let other?:
        throw Problem(
          .unsupportedMediaType, "Wrong kind of body",
          "events come as application/x-ndjson, application/json or text/plain, not as \(other); "
            + "with curl: -H 'Content-Type: application/x-ndjson' --data-binary @events.jsonl")
      }
    }
  }
#endif
