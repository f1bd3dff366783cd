#if Server
  import Hummingbird

  /// All routes: how they are added to the router, which of them ask for the token, and what is wrong with a request for none.
  struct RouteTable: Sendable {
    private var methods: [String: [HTTPRequest.Method]] = [:]

    /// The routes as they are written, by which requests are counted.
    private(set) var paths: Set<String> = []

    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    mutating func get(_ path: String, _ router: Router<ServerContext>, _ handler: @escaping Handler) {
      methods[path, default: []] += [.get, .head]
      paths.insert(path)
      router.get(RouterPath(path), use: handler)
    }

    mutating func post(_ path: String, _ router: Router<ServerContext>, _ handler: @escaping Handler) {
      methods[path, default: []].append(.post)
      paths.insert(path)
      router.post(RouterPath(path), use: handler)
    }

    /// All but the page itself, and whether the server is well.
    func needsToken(_ path: String) -> Bool {
      guard let first = path.split(separator: "/").first else { return false }
      return !["assets", "view", "healthz", "readyz", "openapi.json"].contains(first)
    }

    /// What a request is counted as.
    func known(_ path: String?) -> String {
      guard let path else { return "none" }
      return paths.contains(path) ? path : "none"
    }

    func problem(path: String, method: HTTPRequest.Method) -> Problem {
      let parts = path.split(separator: "/")
      let matching = methods.first { route, _ in
        let names = route.split(separator: "/")
        return names.count == parts.count && zip(names, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
      }
      guard let matching else {
        return Problem(.notFound, "Not found", "there is nothing at \(path); /openapi.json says what there is")
      }
      let allowed = matching.value.map(\.rawValue).joined(separator: ", ")
      var problem = Problem(.methodNotAllowed, "Method not allowed", "\(path) takes \(allowed), not \(method.rawValue)")
      problem.headers[.allow] = allowed
      return problem
    }
  }
#endif
