#if Server
  import HTTPTypes
  import HummingbirdTesting
  import Testing
  import Tidemill

  @testable import TidemillServer

  @Suite struct AccessTests {
    @Test func listeningWiderNeedsATokenOrToBeToldTwice() throws {
      var options = ServerOptions()
      options.address = ListenAddress(host: "0.0.0.0", port: 8080)
      let error = #expect(throws: TidemillError.self) { try options.validate() }
      #expect(error?.description.contains("--no-token twice") == true)
      options.isOpen = true
      try options.validate()
      options.isOpen = false
      options.token = try AccessToken("0123456789abcdef", from: "a test")
      try options.validate()
    }

    @Test func aTokenIsGivenByItsHeaderOnly() throws {
      let token = try AccessToken("0123456789abcdef\n", from: "a test")
      #expect(token.isGiven(by: "Bearer 0123456789abcdef") && token.isGiven(by: "bearer 0123456789abcdef"))
      for header in [
        nil, "", "Bearer", "Bearer ", "0123456789abcdef", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer x",
        "Basic  0123456789abcdef", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0123456789abcdef",
      ] { #expect(!token.isGiven(by: header), "\(header ?? "nothing")") }
      #expect("\(token)" == "…")
      for text in ["", "short", "with a space in it", "0123456789abcdéf"] {
        #expect(throws: TidemillError.self) { try AccessToken(text, from: "a test") }
      }
    }

    @Test func withATokenOnlyThePageAndHealthAreOpen() async throws {
      var options = Shop.writable
      options.token = try AccessToken("0123456789abcdef", from: "a test")
      try await Shop.routes(options) { client, _ in
        for path in ["/", "/view/hourly", "/assets/page.html", "/healthz", "/readyz", "/openapi.json"] {
          #expect(try await client.get(path).status == 200, "\(path)")
        }
        for path in ["/v1/queries", "/v1/views", "/v1/views/hourly", "/v1/views/hourly/changes", "/metrics", "//v1/queries", "/nowhere"] {
          let answer = try await client.get(path)
          #expect(answer.status == 401 && answer.headers[.wwwAuthenticate] == "Bearer realm=\"tidemill\"", "\(path)")
        }
        #expect(try await client.post("/v1/sql", "application/json", "{}").status == 401)
        #expect(try await client.get("/v1/queries", [.authorization: "Bearer 0123456789abcdef"]).status == 200)
        #expect(try await client.get("/v1/queries", [.authorization: "Bearer 0123456789abcdeg"]).status == 401)
      }
    }

    @Test(arguments: [
      ("localhost", true), ("localhost:8080", true), ("127.0.0.1:1", true), ("127.9.9.9", true), ("[::1]:8080", true), ("LOCALHOST", true),
      ("evil.example", false), ("localhost.evil.example", false), ("127.0.0.1.evil.example", false), ("10.0.0.1", false), ("", false),
      ("127.evil", false), ("[::2]", false),
    ])
    func onLoopbackOnlyItsNamesAreServed(_ authority: String, _ isServed: Bool) {
      let rules = HostRules(isLoopback: true)
      #expect((rules.refusal(authority: authority, origin: nil, site: nil, isWrite: false) == nil) == isServed)
      #expect(HostRules(isLoopback: false).refusal(authority: authority, origin: nil, site: nil, isWrite: false) == nil)
    }

    @Test(arguments: [
      (nil, nil, true), ("http://localhost:8080", nil, true), ("https://localhost:8080", nil, true), ("http://localhost:8081", nil, false),
      ("http://localhost", nil, false), ("null", nil, false), ("http://evil.example", "same-origin", false), (nil, "cross-site", false),
      (nil, "same-origin", true), (nil, "none", true), (nil, "same-site", false),
    ] as [(String?, String?, Bool)])
    func writesComeFromTheServersOwnPages(_ origin: String?, _ site: String?, _ isTaken: Bool) {
      let rules = HostRules(isLoopback: true)
      #expect((rules.refusal(authority: "localhost:8080", origin: origin, site: site, isWrite: true) == nil) == isTaken)
      #expect(rules.refusal(authority: "localhost:8080", origin: origin, site: site, isWrite: false) == nil)
    }

    @Test func everyAnswerSaysHowItMayBeUsed() async throws {
      try await Shop.routes { client, _ in
        for path in ["/", "/v1/queries", "/nowhere", "/v1/views/hourly", "/metrics"] {
          let answer = try await client.get(path)
          let policy = try #require(answer.headers[.contentSecurityPolicy])
          #expect(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"))
          #expect(answer.headers[.xContentTypeOptions] == "nosniff")
          #expect(answer.headers[HTTPField.Name("Referrer-Policy")!] == "no-referrer")
          #expect(answer.headers[.accessControlAllowOrigin] == nil)
        }
        #expect(try await client.get("/v1/queries").headers[.cacheControl] == "no-store")
      }
    }

    @Test func nothingOutsideTheAssetsIsServed() async throws {
      try await Shop.routes { client, _ in
        for path in [
          "/assets/../Package.swift", "/assets/..%2fPackage.swift", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets//etc/passwd",
          "/assets/", "/../../etc/passwd", "/view/../../etc/passwd", "/assets/%00",
        ] { #expect(try await client.get(path).status == 404, "\(path)") }
        let page = try await client.get("/assets/page.html")
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        #expect(try await client.get("/assets/page.html", [.ifNoneMatch: page.headers[.eTag]!]).status == 304)
      }
    }

    @Test func methodsThatARouteDoesNotTakeAreNamed() async throws {
      try await Shop.routes { client, _ in
        let post = try await client.send(.delete, "/v1/sql")
        #expect(post.status == 405 && post.headers[.allow] == "POST")
        let get = try await client.post("/v1/views/hourly")
        #expect(get.status == 405 && get.headers[.allow] == "GET, HEAD")
        let head = try await client.send(.head, "/v1/queries")
        #expect(head.status == 200 && head.text == "")
      }
    }
  }
#endif
