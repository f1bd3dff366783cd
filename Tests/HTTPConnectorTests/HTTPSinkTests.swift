import Testing
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillPlan

@testable import HTTPConnector

/// What the sink sends, and what it makes of the answers.
struct HTTPSinkTests {
  @Test func anEpochIsAnArrayOfItsRowsByKey() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened([:], transport)
    try await sink.write(TestSink.rows(("tea", 2), ("cake", 1)), epoch: Epoch(7))
    let post = try #require(transport.posts.first)
    #expect(transport.posts.count == 1)
    #expect(post.text == "[{\"product\":\"cake\",\"total\":1},\n{\"product\":\"tea\",\"total\":2}]")
    #expect(
      post.headers.map { "\($0.name): \($0.value)" } == [
        "Content-Type: application/json", "Idempotency-Key: k-7-0", "Tidemill-Query: totals", "Tidemill-Job: k",
        "Tidemill-Mode: update", "Tidemill-Epoch: 7", "Tidemill-Part: 0", "Tidemill-Rows: 2", "Tidemill-Last: true",
      ])
  }

  @Test func anEpochIsLinesIfItIsAskedFor() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened(["format": "lines", "header.x-team": "a b"], transport)
    try await sink.write(TestSink.rows(("tea", 2), ("cake\n", 1)), epoch: Epoch(1))
    let post = try #require(transport.posts.first)
    #expect(post.text == "{\"product\":\"cake\\n\",\"total\":1}\n{\"product\":\"tea\",\"total\":2}\n")
    #expect(post.header("content-type") == "application/x-ndjson")
    #expect(post.header("x-team") == "a b")
  }

  @Test func aContentTypeOfOnesOwnTakesThePlaceOfTheUsualOne() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened(["header.content-type": "text/plain"], transport)
    try await sink.write(TestSink.rows(("tea", 2)), epoch: Epoch(1))
    #expect(transport.posts[0].headers.filter { $0.name.lowercased() == "content-type" }.map(\.value) == ["text/plain"])
  }

  @Test func whatIsTakenBackComesFirstAndIsMarkedAsInFiles() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened([:], shape: TestSink.shape(key: nil), transport)
    try await sink.write(TestSink.rows(("a", 2), ("b", 1), ("b", 5), weights: [1, -1, 1]), epoch: Epoch(1))
    let rows = [
      #"{"product":"b","total":1,"_op":"delete"}"#, #"{"product":"a","total":2}"#, #"{"product":"b","total":5}"#,
    ]
    #expect(transport.posts[0].text == "[" + rows.joined(separator: ",\n") + "]")
  }

  @Test(arguments: [OutputMode.append, .update])
  func anEpochWithoutChangesSendsNothing(mode: OutputMode) async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened([:], shape: TestSink.shape(mode), transport)
    try await sink.write(TestSink.empty, epoch: Epoch(1))
    #expect(transport.posts.isEmpty)
  }

  @Test func aWholeResultWithoutRowsIsSent() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened([:], shape: TestSink.shape(.complete), transport)
    try await sink.write(TestSink.rows(("tea", 2)), epoch: Epoch(1))
    try await sink.write(TestSink.empty, epoch: Epoch(2))
    #expect(transport.posts.map(\.text) == ["[{\"product\":\"tea\",\"total\":2}]", "[]"])
    #expect(transport.posts.map { $0.header("tidemill-last") } == ["true", "true"])
  }

  @Test func rowsAreCutIntoPartsOfWhichTheLastOneSaysSo() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened(["batch.rows": "2"], transport)
    try await sink.write(TestSink.rows(("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)), epoch: Epoch(3))
    #expect(transport.posts.map { $0.header("idempotency-key") } == ["k-3-0", "k-3-1", "k-3-2"])
    #expect(transport.posts.map { $0.header("tidemill-rows") } == ["2", "2", "1"])
    #expect(transport.posts.map { $0.header("tidemill-last") } == ["false", "false", "true"])
  }

  @Test func aQuerysNameIsWrittenAsAHeaderCanHoldIt() async throws {
    let transport = ScriptedTransport()
    let sink = try await TestSink.opened([:], shape: TestSink.shape(query: "umsätze\r\n50%"), transport)
    try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(1))
    #expect(transport.posts[0].header("tidemill-query") == "ums%C3%A4tze%0D%0A50%25")
  }

  // MARK: Trying again

  @Test func aServerThatFailsIsAskedAgainWithTheSameKeyAndLongerPauses() async throws {
    let transport = ScriptedTransport { _, attempt in
      switch attempt {
      case 1: HTTPAnswer(status: 500, beginning: Array("broken\npipe".utf8))
      case 2: throw HTTPFailure(problem: "closed the connection without an answer")
      case 3: HTTPAnswer(status: 429, retryAfter: "7")
      case 4: HTTPAnswer(status: 503, retryAfter: "Wed, 21 Oct 2026 07:49:00 GMT")
      case 5: HTTPAnswer(status: 408)
      default: HTTPAnswer(status: 202)
      }
    }
    let time = TestTime()
    let reports = Reports()
    let sink = try await TestSink.opened([:], time: time, reports: reports, transport)
    try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(1))
    #expect(Set(transport.posts.map { $0.header("idempotency-key") }) == ["k-1-0"])
    #expect(Set(transport.posts.map(\.text)).count == 1)
    #expect(time.pauses == [.milliseconds(500), .seconds(1), .seconds(7), .milliseconds(51_500), .seconds(8)])
    #expect(reports.all.count == 6)
    #expect(
      reports.all.first
        == "sink totals: http://localhost answered 500: broken pipe; attempt 2 in 0.5 s, giving up after 10 minutes")
    #expect(reports.all.last == "sink totals: http://localhost took the request at attempt 6")
  }

  @Test func pausesDoubleUpToAMinuteAndAreShortenedByChance() {
    let whole = (1...12).map { RetryPolicy.pause(after: $0, chance: 0).microseconds }
    #expect(whole.prefix(4) == [500_000, 1_000_000, 2_000_000, 4_000_000])
    #expect(whole.last == 60_000_000 && whole == whole.sorted())
    #expect(RetryPolicy.pause(after: 1000, chance: 1) == .seconds(30))
  }

  @Test func aServerThatDoesNotRecoverEndsTheJobWithoutLosingAnything() async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: 503) }
    let time = TestTime()
    let sink = try await TestSink.opened(["retry.limit": "10 seconds"], directory: "state", time: time, transport)
    let error = try #require(await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) })
    #expect(time.pauses.map(\.microseconds).reduce(0, +) <= 10_000_000)
    #expect(transport.posts.count == 5)
    #expect(error.isRetryable && error.code == .io)
    #expect(error.message == "sink totals: http://localhost answered 503; given up after 5 attempts to send part 0 of epoch 4")
    #expect(
      error.hint
        == "retry.limit is 10 seconds; the next start with the same checkpoint sends the epoch again, with the same keys")
  }

  @Test func aWaitThatIsLongerThanTheLimitIsNotBegun() async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: 429, retryAfter: "3600") }
    let time = TestTime()
    let sink = try await TestSink.opened([:], time: time, transport)
    let error = await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) }
    #expect(error?.message.contains("answered 429, and asks to wait 1 hour; given up after 1 attempt to") == true)
    #expect(time.pauses == [])
  }

  @Test func aServerThatAsksToBeAskedAtOnceIsNotAskedForEver() async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: 429, retryAfter: "0") }
    let time = TestTime()
    let sink = try await TestSink.opened(["retry.limit": "1 second"], time: time, transport)
    let error = await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) }
    #expect(error?.message.contains("given up after 11 attempts") == true)
    #expect(time.pauses == Array(repeating: .milliseconds(100), count: 10))
  }

  @Test func nothingIsTriedAgainIfThatIsOff() async throws {
    let transport = ScriptedTransport { _, _ in throw HTTPFailure(problem: "cannot be reached") }
    let sink = try await TestSink.opened(["retry.limit": "off"], transport)
    let error = await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) }
    #expect(transport.posts.count == 1)
    #expect(error?.hint == "retry.limit is off; without a checkpoint the next start begins anew")
  }

  @Test func aQueryThatIsToEndDoesNotWaitForItsServer() async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: 503) }
    let time = TestTime()
    let sink = try await TestSink.opened([:], directory: "state", time: time, transport)
    sink.interrupt()
    let error = await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) }
    #expect(error?.message == "sink totals: stopped before part 0 of epoch 4 was sent: http://localhost answered 503")
    #expect(time.pauses == [])
  }

  @Test func whatStopsAJobPassesThrough() async throws {
    struct Crash: Error {}
    let sink = try await TestSink.opened([:], ScriptedTransport { _, _ in throw Crash() })
    await #expect(throws: Crash.self) { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(1)) }
  }

  // MARK: Refusals

  @Test(arguments: [
    (400, "see what the server says about it"), (401, "check the credentials"), (404, "see what the server says"),
    (413, "batch.bytes"), (301, "redirects are not followed"), (307, "redirects are not followed"), (101, "see what"),
  ])
  func aServerThatRefusesEndsTheJobAndIsQuoted(status: Int, hint: String) async throws {
    let transport = ScriptedTransport { _, _ in HTTPAnswer(status: status, beginning: Array("no\u{1B}[31m\tgood".utf8)) }
    let sink = try await TestSink.opened([:], directory: "state", transport)
    let error = try #require(await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) })
    #expect(error.message == "sink totals: http://localhost refused part 0 of epoch 4 with \(status): no [31m good")
    #expect(error.hint?.hasPrefix(hint) == true || error.hint?.contains(hint) == true)
    #expect(error.hint?.hasSuffix("sends the epoch again, with the same keys") == true)
    #expect(transport.posts.count == 1)
  }

  @Test func anAnswerThatRepeatsTheRequestGivesNoCredentialAway() async throws {
    let secret = "canary-1f4b9c"
    let long = String(repeating: "x", count: 190)
    for beginning in ["Bearer \(secret)", "no token \(secret)!", "/hooks/\(secret)", "\(long) \(secret)"] {
      let transport = ScriptedTransport { post, _ in
        HTTPAnswer(status: 400, beginning: Array((beginning + post.url).utf8))
      }
      let sink = try await TestSink.opened(
        ["url": "https://example.com/hooks/\(secret)", "header.authorization": "Bearer \(secret)"], transport)
      let error = try #require(await failure { try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(4)) })
      #expect(!"\(error)".contains(secret), "\(error)")
      #expect(!sink.description.contains(secret))
    }
  }

  @Test func headersWithoutEncryptionAreWarnedOf() async throws {
    for (url, isWarned) in [("http://example.com", true), ("https://example.com", false), ("http://127.0.0.1:80", false)] {
      let reports = Reports()
      _ = try await TestSink.opened(["url": url, "header.x-key": "1234567"], reports: reports, ScriptedTransport())
      #expect(reports.all.contains { $0.contains("without encryption") } == isWarned)
    }
  }

  // MARK: Keys

  @Test func aJobKeepsItsKeyAsLongAsItsPartsAreMadeAlike() async throws {
    let files = SimulatedFileSystem()
    func key(_ options: [String: String] = [:], _ mode: OutputMode = .update, new: String) async throws -> String? {
      let transport = ScriptedTransport()
      var options = options
      options["url"] = "http://localhost/\(new)"
      let sink = try HTTPSink(
        TestSink.context(options, mode: mode, directory: "state/sink-totals"), files: files, time: TestTime().sinkTime,
        newKey: { new }
      ) { _ in transport }
      try await sink.open(TestSink.shape(mode), lastEpoch: .none)
      try await sink.write(TestSink.rows(("a", 1)), epoch: Epoch(1))
      files.crash(seed: 1)
      return transport.posts[0].header("tidemill-job")
    }
    #expect(try await key(new: "one") == "one")
    #expect(try await key(["header.x": "y", "timeout": "1 second"], new: "two") == "one")
    #expect(try await key(["batch.rows": "10"], new: "three") == "three")
    #expect(try await key(["batch.rows": "10", "format": "lines"], new: "four") == "four")
    #expect(try await key(["batch.rows": "10", "format": "lines"], .append, new: "five") == "five")
    #expect(SinkKey.random().count == 32 && SinkKey.random() != SinkKey.random())
  }

  @Test func aKeyThatIsSentIsDurable() throws {
    for point in 1... {
      let files = SimulatedFileSystem(losesSectors: true)
      files.crash(atFailPoint: point)
      let first = try? SinkKey.load("job/sink", files, shape: "s", new: { "one" })
      files.crash(seed: UInt64(point))
      let second = try SinkKey.load("job/sink", files, shape: "s", new: { "two" })
      if let first {
        #expect(second == first, "after a crash behind fail point \(point)")
        return
      }
    }
  }
}
