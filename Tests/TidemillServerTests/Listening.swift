#if Server
  import AsyncHTTPClient
  import NIOCore
  import Synchronization
  import Tidemill

  @testable import TidemillServer

  extension Shop {
    /// Serves on a free port while a test runs, then stops; both must come to their end.
    static func listening(
      _ options: ServerOptions = writable, client configuration: HTTPClient.Configuration = HTTPClient.Configuration(),
      _ test: @escaping @Sendable (Visitor, Shop) async throws -> Void
    ) async throws {
      let shop = try Shop(options)
      let (addresses, found) = AsyncStream<String>.makeStream()
      let ending = Task {
        // Also when it can't listen.
        defer { found.finish() }
        return try await shop.server.run(onListening: { found.yield($0) }) {
          let query = try shop.start()
          found.finish()
          return query
        }
      }
      var address = ""
      for await one in addresses { address = one }
      var configuration = configuration
      configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
      let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
      do {
        try await shop.becomeReady()
        try await test(Visitor(client: client, address: String(address.dropLast())), shop)
      } catch {
        shop.server.stop()
        _ = try? await ending.value
        try await client.shutdown()
        throw error
      }
      shop.server.stop()
      _ = try await ending.value
      try await client.shutdown()
    }
  }

  /// A client with connections.
  struct Visitor: Sendable {
    let client: HTTPClient
    let address: String

    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> HTTPClientResponse {
      var request = HTTPClientRequest(url: address + path)
      for (name, value) in headers { request.headers.add(name: name, value: value) }
      return try await client.execute(request, timeout: .seconds(60))
    }

    /// Follows a view.
    func events(_ path: String = "/v1/views/hourly/changes", after id: String? = nil) async throws -> Events {
      let response = try await get(path, id.map { [("Last-Event-ID", $0)] } ?? [])
      return Events(response: response)
    }
  }

  /// Server-sent events as they arrive.
  final class Events {
    struct Event {
      /// Empty for a comment.
      var name = ""
      var id = ""
      var data = ""
    }

    let response: HTTPClientResponse
    private var parts: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(response: HTTPClientResponse) {
      self.response = response
      parts = response.body.makeAsyncIterator()
    }

    /// `nil` at the end of the response.
    func next() async throws -> Event? {
      while true {
        if let end = text.firstRange(of: "\n\n") {
          var event = Event()
          for line in text[..<end.lowerBound].split(separator: "\n") {
            for (field, path) in [("event: ", \Event.name), ("id: ", \.id), ("data: ", \.data)] where line.hasPrefix(field) {
              event[keyPath: path] = String(line.dropFirst(field.count))
            }
          }
          text.removeSubrange(..<end.upperBound)
          return event
        }
        guard let part = try await parts.next() else { return nil }
        text += String(buffer: part)
      }
    }
  }
#endif
