#if Server
  import Hummingbird
  import ServiceLifecycle
  import Tidemill

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// `POST /v1/sql`: one `SELECT` over views.
  struct SQLRoute: Sendable {
    let job: ServedJob
    let seats: Seats
    let bodies: Allowance
    let answers: Allowance
    /// How long a query may take.
    let deadline: Duration

    /// Bytes of a body.
    static let bodyLimit = 1 << 20

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.post("/v1/sql", router) { request, _ in
        try QueryItems(request.uri.query).allow(only: [])
        return try await answer(request)
      }
    }

    private func answer(_ request: Request) async throws -> Response {
      guard request.bodyType == "application/json" else {
        throw Problem(
          .unsupportedMediaType, "Wrong kind of body",
          "a query comes as application/json: {\"sql\": \"SELECT …\", \"limit\": 1000}")
      }
      let asked = try SQLRequest(await request.bytes(limit: Self.bodyLimit, bodies.share()))
      try await job.checkReadable()
      guard let seat = seats.take() else {
        throw Problem(.serviceUnavailable, "Too many queries", "as many queries run as this server lets").retry(after: 1)
      }
      let result = try await answering(asked.sql) { try await run(asked, seat) }
      let zone = job.views.first?.zone ?? .utc
      let head = JSONText.object { json in
        json.object("epochs") { json in
          for (view, epoch) in result.epochs.sorted(by: { $0.key < $1.key }) { json.member(view, epoch) }
        }
        json.columns(result.schema)
        json.member("cut", result.isCut)
        json.key("rows")
      }.dropLast()
      let rows = try Snapshots.bytes(of: result.batch, .json, zone: zone)
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: Answer.body(
          [ByteBuffer(bytes: head), ByteBuffer(bytes: rows), ByteBuffer(string: "}")], holding: try answers.share(rows.count)))
    }

    /// What the query gives. It is cancelled at the deadline and when the server ends, and nobody waits for it then; it keeps
    /// its seat until it has come to its end.
    ///
    /// - Throws: `Problem` at the deadline, `CancellationError` when the server ends.
    private func run(_ asked: SQLRequest, _ seat: Seats.Seat) async throws -> AdHocResult {
      let (results, first) = AsyncStream<Result<AdHocResult, any Error>>.makeStream(bufferingPolicy: .bufferingOldest(1))
      let views = job.views
      let deadline = deadline
      let query = Task<Void, Never> {
        do {
          let result = try await Session.query(asked.sql, over: views, rowLimit: asked.limit)
          _ = first.yield(.success(result))
        } catch {
          _ = first.yield(.failure(error))
        }
        withExtendedLifetime(seat) {}
      }
      let timer = Task<Void, Never> {
        do { try await Task.sleep(for: deadline) } catch { return }
        _ = first.yield(.failure(Problem.tooSlow("the query")))
      }
      defer {
        query.cancel()
        timer.cancel()
      }
      return try await withTaskCancellationOrGracefulShutdownHandler {
        for await result in results { return try result.get() }
        throw CancellationError()
      } onCancelOrGracefulShutdown: {
        first.finish()
      }
    }
  }

  /// `{"sql": "SELECT …", "limit": 1000}`.
  private struct SQLRequest: Decodable {
    let sql: String
    let limit: Int

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }

      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      if let other = members.allKeys.first(where: { !["sql", "limit"].contains($0.stringValue) }) {
        throw Problem(.badRequest, "Wrong body", "there is no member '\(other.stringValue)'; taken are sql and limit")
      }
      guard let sql = try? members.decode(String.self, forKey: Key(stringValue: "sql")), !sql.isEmpty else {
        throw Problem(.badRequest, "Wrong body", "the member sql is no text; it takes a SELECT")
      }
      self.sql = sql
      let limit = Key(stringValue: "limit")
      if members.contains(limit) {
        guard let number = try? members.decode(Int.self, forKey: limit), 1...ViewRequest.highestLimit ~= number else {
          throw Problem(
            .badRequest, "Wrong body", "the member limit takes a number from 1 to \(ViewRequest.highestLimit)")
        }
        self.limit = number
      } else {
        self.limit = ViewRequest.usualLimit
      }
    }

    /// - Throws: `Problem` for a body that is something else.
    init(_ bytes: [UInt8]) throws {
      do {
        self = try JSONDecoder().decode(SQLRequest.self, from: Data(bytes))
      } catch let problem as Problem {
        throw problem
      } catch {
        throw Problem(
          .badRequest, "Wrong body", "the body is no JSON object; it takes {\"sql\": \"SELECT …\", \"limit\": 1000}")
      }
    }
  }
#endif
