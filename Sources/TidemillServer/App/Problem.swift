#if Server
  import Hummingbird
  import Tidemill

  /// What is wrong with a request, as `application/problem+json` (RFC 9457).
  struct Problem: Error {
    var status: HTTPResponse.Status
    /// The same for each such problem.
    var title: String
    /// What, where, and what to do.
    var detail: String
    var headers = HTTPFields()

    init(_ status: HTTPResponse.Status, _ title: String, _ detail: String) {
      self.status = status
      self.title = title
      self.detail = detail
    }

    /// Says when to come again, in seconds.
    func retry(after seconds: Int) -> Problem {
      var copy = self
      copy.headers[.retryAfter] = String(seconds)
      return copy
    }

    var response: Response {
      let body = JSONText.object { json in
        json.member("title", title)
        json.member("status", status.code)
        json.member("detail", detail)
      }
      var headers = headers
      headers[.contentType] = "application/problem+json"
      return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
  }

  extension Problem {
    /// - Parameter text: what the error's place refers to, if it is one in a text of the request.
    init(_ error: TidemillError, in text: String? = nil) {
      // With the line of the text and a caret under the place, as on a terminal.
      let detail =
        text.map { String(Diagnostics.render(error, in: $0, file: "sql").trimmingPrefix("error: ")) } ?? error.description
      switch error.code {
      case .invalidQuery, .unsupported, .badInput, .outOfRange: self.init(.badRequest, "Wrong request", detail)
      case .outOfMemory: self.init(.badRequest, "Too much", detail)
      case .io, .checkpoint: self.init(.internalServerError, "Failed", detail)
      }
    }

    static func tooSlow(_ what: String) -> Problem {
      Problem(.serviceUnavailable, "Too slow", "\(what) takes longer than this server lets; ask for less")
    }

    static func noSuch(_ kind: String, _ name: String, among names: [String]) -> Problem {
      let known = names.isEmpty ? "there is none" : "there is " + names.sorted().prefix(20).joined(separator: ", ")
      return Problem(.notFound, "No such \(kind)", "no \(kind) is called '\(name)'; \(known)")
    }
  }
#endif
