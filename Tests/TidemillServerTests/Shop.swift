#if Server
  import Foundation
  import Hummingbird
  import HummingbirdTesting
  import Tidemill

  @testable import TidemillServer

  /// A server over a stream that a test pushes sales into.
  final class Shop: Sendable {
    static let script = """
      CREATE STREAM sales (product STRING, amount INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '10 minutes') USING http;
      CREATE MATERIALIZED VIEW hourly AS
      SELECT product, SUM(amount) AS total, window(ts, '1 hour') AS hour FROM sales GROUP BY product, window(ts, '1 hour');
      """

    let server: QueryServer
    let session = Session()
    let plan: ScriptPlan

    init(_ options: ServerOptions = ServerOptions(), script: String = script) throws {
      plan = try session.plan(script)
      server = try QueryServer(plan, options: options)
    }

    var view: MaterializedView { server.job.view("hourly")! }

    /// Options that let a test write.
    static var writable: ServerOptions {
      var options = ServerOptions()
      options.isWritable = true
      options.address = ListenAddress(host: "127.0.0.1", port: 0)
      // However slow the machine is, no comment comes where an event is waited for.
      options.limits.heartbeat = .seconds(3600)
      return options
    }

    func start() throws -> StreamingQuery {
      var start = StartOptions()
      start.lanes = 1
      start.onProgress = { [server] in server.take($0) }
      return try session.start(plan, start) { _ in MemorySink() }
    }

    /// Returns when the queries have begun.
    func becomeReady() async throws {
      while let reason = await server.job.unreadiness {
        guard case .starting = server.job.phase else { throw NotReady(reason: reason) }
        await Task.yield()
      }
    }

    struct NotReady: Error {
      var reason: String
    }

    /// Pushes sales, and returns when the view has them and the server has been told.
    @discardableResult
    func sell(_ lines: String...) async throws -> Epoch {
      let before = view.changes.last
      _ = try await server.job.stream("sales")!.push(Array((lines.joined(separator: "\n") + "\n").utf8), key: nil)
      guard case .change(let change) = try await view.changes.next(after: before) else { throw CancellationError() }
      while (server.job.live["hourly"]?.last.batchId ?? .none) < change.epoch { await Task.yield() }
      return change.epoch
    }

    static func sale(_ product: String, _ amount: Int, at time: String = "10:05:00") -> String {
      #"{"product":"\#(product)","amount":\#(amount),"ts":"2024-03-01T\#(time)Z"}"#
    }

    /// Sends requests to the routes, without a connection, while the queries run.
    static func routes(
      _ options: ServerOptions = writable, script: String = script,
      _ test: @Sendable (Client, Shop) async throws -> Void
    ) async throws {
      let shop = try Shop(options, script: script)
      let query = try shop.start()
      shop.server.job.begin(query)
      try await shop.becomeReady()
      try await shop.server.application().test(.router) { client in try await test(Client(client: client), shop) }
      await query.stop()
      try await query.awaitTermination()
    }
  }

  /// What tests ask, and what they get.
  struct Client: Sendable {
    let client: any TestClientProtocol

    struct Answer: Sendable {
      var status: Int
      var headers: HTTPFields
      var text: String

      var json: [String: any Sendable] {
        get throws { try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: any Sendable] ?? [:] }
      }

      /// What a problem says.
      var detail: String { (try? json["detail"] as? String) ?? "" }
    }

    func get(_ uri: String, _ headers: HTTPFields = [:]) async throws -> Answer { try await send(.get, uri, headers) }

    func post(_ uri: String, _ type: String? = nil, _ body: String = "", _ headers: HTTPFields = [:]) async throws -> Answer {
      var headers = headers
      if let type { headers[.contentType] = type }
      return try await send(.post, uri, headers, body)
    }

    func send(
      _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields = [:], _ body: String? = nil
    ) async throws -> Answer {
      try await client.execute(uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }) {
        Answer(status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body))
      }
    }
  }
#endif
