#if HTTP
  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  import AsyncHTTPClient
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL
  import Synchronization
  import TidemillColumns

  /// Requests through AsyncHTTPClient. The client is made for the first of them, so that a query that sends nothing costs nothing.
  final class AsyncHTTPTransport: HTTPTransport {
    private let trustRoots: NIOSSLTrustRoots
    private let client = Mutex<HTTPClient?>(nil)

    /// - Throws: `TidemillError` when there are no certificates in the file.
    init(certificateFile: String? = nil) throws {
      guard let path = certificateFile else {
        trustRoots = .default
        return
      }
      do {
        trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
      } catch {
        throw TidemillError(
          .badInput, "no certificates can be read from \(path)", hint: "tls.ca is a file of certificates in PEM")
      }
    }

    deinit {
      // Without a close, such as after a failed start: a client must not go before it has been shut down.
      client.withLock { $0 }?.shutdown { _ in }
    }

    private func currentClient(_ timeout: TimeSpan) -> HTTPClient {
      client.withLock { client in
        if let client { return client }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = trustRoots
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout = HTTPClient.Configuration.Timeout(
          connect: .microseconds(timeout.microseconds), read: .microseconds(timeout.microseconds))
        // The sink tries again itself, where it can be seen.
        configuration.connectionPool.retryConnectionEstablishment = false
        let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        client = made
        return made
      }
    }

    func post(_ post: HTTPPost) async throws -> HTTPAnswer {
      var request = HTTPClientRequest(url: post.url)
      request.method = .POST
      for header in post.headers { request.headers.add(name: header.name, value: header.value) }
      request.body = .bytes(ByteBuffer(bytes: post.body))
      let deadline = NIODeadline.now() + .microseconds(post.timeout.microseconds)
      let response: HTTPClientResponse
      do {
        response = try await currentClient(post.timeout).execute(request, deadline: deadline)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw HTTPFailure(problem: Self.words(for: error))
      }
      return HTTPAnswer(
        status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
        beginning: await Self.beginning(of: response.body, until: deadline))
    }

    /// As much of a body as comes and is wanted. The status has said what became of the request, whatever becomes of the body.
    private static func beginning(of body: HTTPClientResponse.Body, until deadline: NIODeadline) async -> [UInt8] {
      var bytes: [UInt8] = []
      do {
        // A body that is read to its end leaves a connection for the next request.
        for try await piece in body {
          bytes += piece.readableBytesView.prefix(HTTPAnswer.longestBeginning - bytes.count)
          if bytes.count == HTTPAnswer.longestBeginning || NIODeadline.now() > deadline { break }
        }
      } catch {}
      return bytes
    }

    func close() async {
      let last = client.withLock { client in
        defer { client = nil }
        return client
      }
      // What is wrong with connections that nobody needs any more is of no use to anybody.
      try? await last?.shutdown()
    }

    private static func words(for error: any Error) -> String {
      switch error {
      case let error as HTTPClientError:
        switch error {
        case .deadlineExceeded, .readTimeout, .writeTimeout: "did not answer in time"
        case .connectTimeout, .getConnectionFromPoolTimeout: "could not be reached in time"
        case .remoteConnectionClosed: "closed the connection without an answer"
        case .tlsHandshakeTimeout: "did not finish the TLS handshake in time"
        default: "could not be asked (\(error.shortDescription))"
        }
      case let error as NIOConnectionError: "cannot be reached: \(reason(error))"
      case let error as NIOSSLError: "is not trusted or speaks no TLS (\(error))"
      case let error as IOError where error.errnoCode == ECONNREFUSED: "cannot be reached: it refuses connections"
      case let error as IOError: "broke the connection: \(error)"
      default: "could not be asked (\(error))"
      }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
      if let first = error.connectionErrors.first {
        return (first.error as? IOError)?.errnoCode == ECONNREFUSED ? "it refuses connections" : "\(first.error)"
      }
      if let dns = error.dnsAAAAError ?? error.dnsAError { return "\(dns)" }
      return "\(error)"
    }
  }
#endif
