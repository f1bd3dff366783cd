#if Server
  import HTTPTypes
  import Hummingbird
  import Tidemill

  /// Responses as routes make them.
  enum Answer {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
      Response(
        status: status, headers: [.contentType: "application/json"],
        body: body([ByteBuffer(bytes: bytes)]))
    }

    /// How much is written at once.
    static let pieceSize = 1 << 16

    /// Small parts as one, so that they go out at once; large ones in pieces.
    ///
    /// - Parameter share: what they take of the bytes of all answers, until they are written.
    static func body(_ parts: [ByteBuffer], holding share: Allowance.Share? = nil) -> ResponseBody {
      let size = parts.reduce(0) { $0 + $1.readableBytes }
      guard size <= pieceSize else {
        return ResponseBody(contentLength: size) { writer in
          try await writer.write(inPieces: parts)
          withExtendedLifetime(share) {}
          try await writer.finish(nil)
        }
      }
      if parts.count == 1 { return ResponseBody(byteBuffer: parts[0]) }
      var whole = ByteBuffer()
      whole.reserveCapacity(size)
      for part in parts { whole.writeImmutableBuffer(part) }
      return ResponseBody(byteBuffer: whole)
    }
  }

  extension ResponseBodyWriter {
    /// Writes each piece when the channel has room again, so that whoever takes them slowly is seen to take them.
    mutating func write(inPieces parts: [ByteBuffer]) async throws {
      if parts.reduce(0, { $0 + $1.readableBytes }) <= Answer.pieceSize { return try await write(contentsOf: parts) }
      for part in parts {
        var rest = part
        while let piece = rest.readSlice(length: min(rest.readableBytes, Answer.pieceSize)), piece.readableBytes > 0 {
          try await write(piece)
        }
      }
    }
  }

  extension Request {
    /// The media type of the body without its parameters, in lower case; `nil` if the request does not say.
    var bodyType: String? {
      headers[.contentType].map { $0.prefix { $0 != ";" }.trimming(" \t").lowercased() }
    }

    /// The whole body.
    ///
    /// - Parameter share: what it takes of the bytes of all bodies.
    /// - Throws: `Problem` beyond `limit` bytes or what is left for all, and for encodings.
    func bytes(limit: Int, _ share: Allowance.Share) async throws -> [UInt8] {
      if let encoding = headers[.contentEncoding]?.lowercased(), encoding != "identity" {
        throw Problem(.unsupportedMediaType, "Encoded body", "a body is taken as it is, not encoded as '\(encoding)'")
      }
      func tooLong() -> Problem {
        Problem(.contentTooLarge, "Too large", "a body may have \(limit) bytes; send it in several requests")
      }
      if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLong() }
      var bytes: [UInt8] = []
      for try await part in body {
        if bytes.count + part.readableBytes > limit { throw tooLong() }
        guard share.take(part.readableBytes) else {
          throw Problem(
            .serviceUnavailable, "Too many bodies", "the bodies of all requests together have as many bytes as this server lets"
          ).retry(after: 1)
        }
        bytes.append(contentsOf: part.readableBytesView)
      }
      return bytes
    }
  }

  extension ServedJob {
    /// - Throws: `Problem` for a query that there is none of.
    func known(query name: String) throws -> Description {
      guard let description = description(of: name) else {
        throw Problem.noSuch("query", name, among: descriptions.map(\.name))
      }
      return description
    }

    /// - Throws: `Problem` for a view that there is none of, or that nobody can read yet.
    func readable(view name: String) async throws -> MaterializedView {
      guard descriptions.contains(where: { $0.view == name }) else {
        throw Problem.noSuch("view", name, among: descriptions.compactMap(\.view))
      }
      try await checkReadable()
      guard let view = view(name) else {
        throw Problem(.serviceUnavailable, "Not ready", "the view \(name) has not been opened").retry(after: 1)
      }
      return view
    }

    /// Views are read once recovery has brought them up to date; also when the queries have ended since.
    ///
    /// - Throws: `Problem` before that.
    func checkReadable() async throws {
      guard case .starting = phase, let reason = await unreadiness else { return }
      throw Problem(.serviceUnavailable, "Not ready", reason).retry(after: 1)
    }
  }

  /// Runs what may fail for reasons that `TidemillError` tells.
  func answering<Value>(_ text: String? = nil, _ work: () async throws -> Value) async throws -> Value {
    do { return try await work() } catch let error as TidemillError { throw Problem(error, in: text) }
  }
#endif
