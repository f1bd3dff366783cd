#if HTTP
  import CertificateTesting
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL
  import Synchronization

  /// A real HTTP server on the loopback interface that does what a test tells it.
  final class TestServer: Sendable {
    struct Request: Sendable {
      var method: String
      var path: String
      /// By name in lower case.
      var headers: [String: String]
      var body: String
      /// From 1, over all connections.
      var number: Int

      var key: String { headers["idempotency-key"] ?? "" }
    }

    enum Reply: Sendable {
      case answer(Int, headers: [String: String] = [:], body: String = "")
      /// The connection goes without an answer.
      case hangUp
      /// The connection stays, and nothing comes.
      case silence
    }

    private struct State: Sendable {
      var requests: [Request] = []
      var connections = 0
    }

    private let channel: any Channel
    private let scheme: String
    private let shared = SharedState()

    /// - Parameter reply: called with each request once it is complete, before anything is answered.
    init(tls: Bool = false, reply: @escaping @Sendable (Request) -> Reply = { _ in .answer(204) }) async throws {
      let state = shared
      let context = try tls ? Self.tlsContext() : nil
      channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 16)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(Handler(state: state, reply: reply))
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
      scheme = tls ? "https" : "http"
    }

    var port: Int { channel.localAddress!.port! }
    var url: String { "\(scheme)://localhost:\(port)/hook" }
    var requests: [Request] { shared.state.withLock { $0.requests } }
    var connections: Int { shared.state.withLock { $0.connections } }

    func close() async throws { try await channel.close() }

    private final class SharedState: Sendable {
      let state = Mutex(State())
    }

    private static func tlsContext() throws -> NIOSSLContext {
      let certificate = try NIOSSLCertificate(bytes: Array(TestCertificate.certificate.utf8), format: .pem)
      let key = try NIOSSLPrivateKey(bytes: Array(TestCertificate.key.utf8), format: .pem)
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: [.certificate(certificate)], privateKey: .privateKey(key)))
    }

    private final class Handler: ChannelInboundHandler {
      typealias InboundIn = HTTPServerRequestPart
      typealias OutboundOut = HTTPServerResponsePart

      private let shared: SharedState
      private let reply: @Sendable (Request) -> Reply
      private var head: HTTPRequestHead?
      private var body = ByteBuffer()

      init(state: SharedState, reply: @escaping @Sendable (Request) -> Reply) {
        shared = state
        self.reply = reply
      }

      func channelActive(context: ChannelHandlerContext) { shared.state.withLock { $0.connections += 1 } }

      func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
          self.head = head
          body.clear()
        case .body(var piece): body.writeBuffer(&piece)
        case .end:
          let head = head!
          var request = Request(
            method: head.method.rawValue, path: head.uri,
            headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            body: String(buffer: body), number: 0)
          request = shared.state.withLock { state in
            request.number = state.requests.count + 1
            state.requests.append(request)
            return request
          }
          answer(reply(request), context)
        }
      }

      private func answer(_ reply: Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .silence: break
        case .hangUp: context.close(promise: nil)
        case .answer(let status, let headers, let body):
          var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
          if status != 204 { fields.add(name: "Content-Length", value: String(body.utf8.count)) }
          let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
          context.write(wrapOutboundOut(.head(head)), promise: nil)
          if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil) }
          context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
      }

      // A client that goes away is none of the server's business.
      func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
  }
#endif
