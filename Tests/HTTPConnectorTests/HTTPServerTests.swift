#if HTTP
  import CertificateTesting
  import Foundation
  import Testing
  import Tidemill
  import TidemillFiles

  @testable import HTTPConnector

  /// The sink before a real server.
  @Suite
  struct HTTPServerTests {
    private func transport() throws -> AsyncHTTPTransport { try AsyncHTTPTransport() }

    private func post(_ url: String, timeout: TimeSpan = .seconds(60)) -> HTTPPost {
      HTTPPost(
        url: url, headers: [HTTPOptions.Header(name: "X-One", value: "1")], body: Array("[1]".utf8), timeout: timeout)
    }

    /// - Returns: why no answer came.
    private func problem(of body: () async throws -> HTTPAnswer) async throws -> String? {
      do {
        _ = try await body()
        return nil
      } catch let failure as HTTPFailure { return failure.problem }
    }

    @Test func aRequestArrivesAsItWasMeantAndItsAnswerComesBack() async throws {
      let server = try await TestServer { _ in .answer(429, headers: ["Retry-After": "5"], body: "slow down") }
      let transport = try transport()
      let answer = try await transport.post(post(server.url))
      #expect(answer.status == 429 && answer.retryAfter == "5")
      #expect(String(decoding: answer.beginning, as: UTF8.self) == "slow down")
      let request = try #require(server.requests.first)
      #expect(request.method == "POST" && request.path == "/hook" && request.body == "[1]")
      #expect(request.headers["x-one"] == "1" && request.headers["content-length"] == "3")
      await transport.close()
      try await server.close()
    }

    @Test func requestsShareAConnection() async throws {
      let server = try await TestServer { _ in .answer(200, body: "thanks") }
      let transport = try transport()
      for _ in 0..<5 { _ = try await transport.post(post(server.url)) }
      #expect(server.connections == 1 && server.requests.count == 5)
      await transport.close()
      try await server.close()
    }

    @Test func onlyTheBeginningOfALongAnswerIsKept() async throws {
      let server = try await TestServer { _ in .answer(400, body: String(repeating: "x", count: 1 << 20)) }
      let transport = try transport()
      #expect(try await transport.post(post(server.url)).beginning.count == HTTPAnswer.longestBeginning)
      await transport.close()
      try await server.close()
    }

    @Test func aRedirectIsNotFollowed() async throws {
      let other = try await TestServer()
      let url = other.url
      let server = try await TestServer { _ in .answer(307, headers: ["Location": url]) }
      let transport = try transport()
      #expect(try await transport.post(post(server.url)).status == 307)
      #expect(other.requests.isEmpty)
      await transport.close()
      try await server.close()
      try await other.close()
    }

    @Test func aServerThatHangsUpGaveNoAnswer() async throws {
      let server = try await TestServer { _ in .hangUp }
      let transport = try transport()
      let problem = try await problem { try await transport.post(post(server.url)) }
      #expect(problem == "closed the connection without an answer")
      await transport.close()
      try await server.close()
    }

    @Test func aServerThatIsNotThereIsNamedAsSuch() async throws {
      // Not one that has just been given up: another test may have it by then.
      let url = "http://127.0.0.1:1/"
      let transport = try transport()
      let problem = try await problem { try await transport.post(post(url)) }
      #expect(problem?.contains("cannot be reached") == true, "\(problem ?? "nothing")")
      await transport.close()
    }

    @Test func aServerThatSaysNothingIsNotWaitedForForEver() async throws {
      let server = try await TestServer { _ in .silence }
      let transport = try transport()
      // However slow the machine is: the answer never comes.
      let problem = try await problem { try await transport.post(post(server.url, timeout: .milliseconds(20))) }
      #expect(problem?.contains("in time") == true, "\(problem ?? "nothing")")
      await transport.close()
      try await server.close()
    }

    @Test func onlyACertificateThatIsTrustedIsSpokenTo() async throws {
      let server = try await TestServer(tls: true)
      let stranger = try transport()
      let problem = try await problem { try await stranger.post(post(server.url)) }
      #expect(problem?.contains("CERTIFICATE_VERIFY_FAILED") == true, "\(problem ?? "nothing")")
      #expect(server.requests.isEmpty)
      let path = NSTemporaryDirectory() + "tidemill-ca-\(UUID().uuidString).pem"
      defer { try? FileManager.default.removeItem(atPath: path) }
      try Data(TestCertificate.certificate.utf8).write(to: URL(fileURLWithPath: path))
      let friend = try AsyncHTTPTransport(certificateFile: path)
      #expect(try await friend.post(post(server.url)).status == 204)
      // The name counts as well: the certificate is for localhost and its address.
      await stranger.close()
      await friend.close()
      try await server.close()
    }

    @Test func aFileWithoutCertificatesIsRefused() {
      let error = #expect(throws: TidemillError.self) { try AsyncHTTPTransport(certificateFile: "/there/is/nothing.pem") }
      #expect(error?.message == "no certificates can be read from /there/is/nothing.pem")
    }

    @Test func noCredentialGetsIntoTheCheckpoint() async throws {
      let canary = "canary-5be1a8"
      let directory = NSTemporaryDirectory() + "tidemill-http-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let server = try await TestServer { _ in .answer(204) }
      let session = Session()
      let clicks = session.memoryStream("clicks", schema: Schema(Field("user", .string)))
      clicks.push([[.string("ada")], [.string("bob")]])
      clicks.finish()
      let plan = try session.plan(
        """
        CREATE SINK alerts USING http OPTIONS (url '\(server.url)/\(canary)', header.Authorization 'Bearer \(canary)');
        INSERT INTO alerts SELECT user, COUNT(*) AS n FROM clicks GROUP BY user
        """)
      var options = StartOptions()
      options.trigger = .once
      options.checkpoint = directory
      let told = Reports()
      options.onProgress = { told.take($0.json) }
      try await session.start(plan, options) { _ in preconditionFailure("nothing is shown") }.awaitTermination()
      #expect(server.requests.first?.headers["authorization"] == "Bearer \(canary)")
      let files = try FileManager.default.subpathsOfDirectory(atPath: directory)
      #expect(files.contains("sink-alerts/key"))
      for file in files {
        let bytes = FileManager.default.contents(atPath: directory + "/" + file) ?? Data()
        #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(file)")
      }
      #expect(told.all.count == 1 && !told.all[0].contains(canary))
      try await server.close()
    }

    @Test func aQueryInSQLPostsItsResult() async throws {
      let server = try await TestServer { _ in .answer(204) }
      let session = Session()
      let clicks = session.memoryStream("clicks", schema: Schema(Field("user", .string), Field("at", .timestamp)))
      clicks.push(["ada", "bob", "ada"].map { [.string($0), .timestamp(EventTime(microseconds: 0))] })
      clicks.finish()
      let plan = try session.plan(
        """
        CREATE SINK alerts USING http OPTIONS (url '\(server.url)', header.Authorization 'Bearer abc', batch.rows 1);
        INSERT INTO alerts SELECT user, COUNT(*) AS n FROM clicks GROUP BY user
        """)
      var options = StartOptions()
      options.trigger = .once
      try await session.start(plan, options) { _ in preconditionFailure("nothing is shown") }.awaitTermination()
      #expect(server.requests.map(\.body) == ["[{\"user\":\"ada\",\"n\":2}]", "[{\"user\":\"bob\",\"n\":1}]"])
      #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer abc", "Bearer abc"])
      #expect(server.requests.map { $0.headers["tidemill-query"] } == ["alerts", "alerts"])
      try await server.close()
    }
  }
#else
  import Testing
  import Tidemill

  struct BuildWithoutHTTPTests {
    @Test func aBuildWithoutItSaysWhichTraitBuildsIt() throws {
      let session = Session()
      _ = session.memoryStream("clicks", schema: Schema(Field("user", .string)))
      let plan = try session.plan(
        "CREATE SINK alerts USING http OPTIONS (url 'http://localhost'); INSERT INTO alerts SELECT user FROM clicks")
      let error = #expect(throws: TidemillError.self) { _ = try session.start(plan) { _ in preconditionFailure() } }
      #expect(error?.message == "sink alerts: this build of tidemill has no sink USING http")
      #expect(error?.hint == "build it with swift build --traits HTTP, or with make build, which takes all traits")
    }
  }
#endif
