#if Server
  import HTTPTypes
  import Hummingbird

  /// What every request goes through: who may ask, what is counted, and what every answer says.
  struct Front: HTTPResponder {
    typealias Context = ServerContext

    let router: RouterResponder<ServerContext>
    let routes: RouteTable
    let token: AccessToken?
    let hosts: HostRules
    let connections: Connections
    let connectionLimit: Int
    let metrics: ServerMetrics

    func respond(to request: Request, context: ServerContext) async throws -> Response {
      let began = ContinuousClock.now
      let path = request.uri.path
      var response: Response
      do {
        try admit(request, path: path)
        response = try await router.respond(to: request, context: context)
        if response.status == .notFound, context.endpointPath == "NotFound" {
          response = routes.problem(path: path, method: request.method).response
        }
      } catch let problem as Problem {
        response = problem.response
      } catch let error where error is CancellationError {
        response = Problem(.serviceUnavailable, "Stopping", "the server is stopping").response
      } catch let error as HTTPError {
        response = Problem(error.status, "Wrong request", error.body ?? error.status.reasonPhrase).response
      } catch {
        response = Problem(.internalServerError, "Failed", "\(error)").response
      }
      SecurityHeaders.add(to: &response)
      metrics.count(route: routes.known(context.endpointPath), request.method, response.status, ContinuousClock.now - began)
      return response
    }

    private func admit(_ request: Request, path: String) throws {
      let count = connections.count
      if count > connectionLimit {
        var problem = Problem(.serviceUnavailable, "Too many connections", "\(count) connections are open").retry(after: 5)
        problem.headers[.connection] = "close"
        throw problem
      }
      let isWrite = request.method != .get && request.method != .head
      if let refusal = hosts.refusal(
        authority: request.head.authority, origin: request.headers[.origin], site: request.headers[Self.site], isWrite: isWrite)
      {
        throw refusal
      }
      if let token, routes.needsToken(path), !token.isGiven(by: request.headers[.authorization]) {
        var problem = Problem(
          .unauthorized, "Token needed", "this server asks for the header `Authorization: Bearer …` with its token")
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"tidemill\""
        throw problem
      }
    }

    private static let site = HTTPField.Name("Sec-Fetch-Site")!
  }
#endif
