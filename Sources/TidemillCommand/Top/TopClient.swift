#if Server
  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  import AsyncHTTPClient
  import NIOCore
  import Tidemill
  import TidemillServer

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// A server that has nothing to show yet, such as while it recovers its queries.
  struct TopWait: Error {
    var words: String
  }

  /// Asks a server how it does.
  struct TopClient: Sendable {
    /// Without a slash at its end.
    let address: String
    private let authorization: String?
    private let client: HTTPClient
    /// More than the largest answer that is asked for.
    private static let mostBytes = 64 << 20

    /// - Throws: `TidemillError` for what is no address, and for a token that cannot be read.
    init(_ url: String, tokenFile: String?) throws {
      var address = url.contains("://") ? url : "http://\(url)"
      while address.hasSuffix("/") { address.removeLast() }
      guard address.hasPrefix("http://") || address.hasPrefix("https://"), URL(string: address)?.host() != nil else {
        throw TidemillError(.invalidQuery, "'\(url)' is no address of a server", hint: "such as http://127.0.0.1:8080")
      }
      self.address = address
      if let tokenFile {
        // Read as the server does, so that both take the same file.
        _ = try AccessToken(file: tokenFile)
        authorization = "Bearer " + (try String(contentsOfFile: tokenFile, encoding: .utf8)).filter { !$0.isWhitespace }
      } else {
        authorization = getenv("TIDEMILL_TOKEN").map { "Bearer " + String(cString: $0).filter { !$0.isWhitespace } }
      }
      var configuration = HTTPClient.Configuration()
      configuration.redirectConfiguration = .disallow
      // A server that is not there is told at once, and asked again in sight.
      configuration.connectionPool.retryConnectionEstablishment = false
      client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Must be called at the end.
    func close() async { try? await client.shutdown() }

    /// All that is shown: the job, its views, and the first rows of each.
    ///
    /// - Parameter limit: the most rows of a view.
    func picture(limit: Int) async throws -> TopPicture {
      let job = try await get(TopJob.self, "/v1/queries")
      let views = try await get(TopViews.self, "/v1/views").views
      var tables: [TopTable] = []
      for view in views {
        let order = [view.window.map { "-\($0).start" }, view.value.map { "-\($0)" }].compactMap(\.self).joined(separator: ",")
        var path = "/v1/views/\(Self.escaped(view.name))?limit=\(limit)"
        if !order.isEmpty { path += "&order=\(Self.escaped(order))" }
        tables.append(TopTable(view: view, answer: try await get(TopRows.self, path)))
      }
      return TopPicture(address: address, job: job, tables: tables)
    }

    private static func escaped(_ text: String) -> String {
      var result = ""
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ","):
          result.unicodeScalars.append(Unicode.Scalar(byte))
        default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }
      return result
    }

    private func get<Answer: Decodable>(_ type: Answer.Type, _ path: String) async throws -> Answer {
      var request = HTTPClientRequest(url: address + path)
      if let authorization { request.headers.add(name: "Authorization", value: authorization) }
      let status: Int
      let body: ByteBuffer
      do {
        let response = try await client.execute(request, timeout: .seconds(10))
        status = Int(response.status.code)
        body = try await response.body.collect(upTo: Self.mostBytes)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw TidemillError(
          .io, "no answer from \(address): \(Self.words(error))",
          hint: "is `tidemill serve` running there, and is this its address?")
      }
      let bytes = Data(body.readableBytesView)
      guard status == 200 else {
        let problem = try? JSONDecoder().decode(TopProblem.self, from: bytes)
        let detail = TopText.plain(problem?.detail ?? problem?.title ?? "HTTP status \(status)")
        if status == 401 {
          throw TidemillError(
            .invalidQuery, authorization == nil ? "\(address) asks for a token" : "\(address) does not take this token",
            hint: "give it with --token-file, or in the environment's TIDEMILL_TOKEN")
        }
        if status == 503 { throw TopWait(words: detail) }
        throw TidemillError(.io, "\(address)\(path) answers with \(status): \(detail)")
      }
      do { return try JSONDecoder().decode(Answer.self, from: bytes) } catch {
        throw TidemillError(
          .io, "\(address)\(path) does not answer as a server of Tidemill does", hint: "is something else listening there?")
      }
    }

    private static func words(_ error: any Error) -> String {
      if let error = error as? HTTPClientError { return error.shortDescription }
      // What could not be connected has a type of NIO's POSIX module, with an error for each address that was tried.
      let text = "\(error)"
      return text.contains("refused") ? "the connection was refused" : text
    }
  }
#endif
