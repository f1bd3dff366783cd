#if HTTP
  import Synchronization
  import Testing
  import Tidemill
  import TidemillFiles
  import TidemillStorage
  import TidemillTesting

  @testable import HTTPConnector

  /// A receiver that makes it exactly once: it takes what comes under a key that it does not know.
  final class Receiver: Sendable {
    private struct State: Sendable {
      var bodies: [String: String] = [:]
      var taken: [String] = []
      var deliveries = 0
      var complaints: [String] = []
      /// The epoch and part that came last, by first arrival.
      var last = (epoch: 0, part: -1, isLast: true)
    }

    private let state = Mutex(State())

    func take(_ request: TestServer.Request) {
      let epoch = Int(request.headers["tidemill-epoch"] ?? "") ?? -1
      let part = Int(request.headers["tidemill-part"] ?? "") ?? -1
      state.withLock { state in
        state.deliveries += 1
        if let known = state.bodies[request.key] {
          if known != request.body { state.complaints.append("two bodies under the key \(request.key)") }
          return
        }
        let follows =
          state.last.isLast ? epoch > state.last.epoch && part == 0 : epoch == state.last.epoch && part == state.last.part + 1
        if !follows { state.complaints.append("part \(part) of epoch \(epoch) comes behind \(state.last)") }
        state.last = (epoch, part, request.headers["tidemill-last"] == "true")
        state.bodies[request.key] = request.body
        state.taken.append("\(epoch)/\(part) \(request.body)")
      }
    }

    /// What it has, in the order in which it came first.
    var taken: [String] { state.withLock { $0.taken } }
    var deliveries: Int { state.withLock { $0.deliveries } }
    var complaints: [String] { state.withLock { $0.complaints } }
  }

  /// Kills the process at a request: before it goes, or when the server has it and the answer has not been seen.
  private final class DeadlyTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let state: Mutex<(left: Int?, moment: FailPoint.Moment)>
    private let sent = Mutex(0)

    init(_ base: any HTTPTransport, at number: Int?, _ moment: FailPoint.Moment) {
      self.base = base
      state = Mutex((number, moment))
    }

    var postCount: Int { sent.withLock { $0 } }

    func post(_ post: HTTPPost) async throws -> HTTPAnswer {
      sent.withLock { $0 += 1 }
      let (isDeadly, moment) = state.withLock { state in
        state.left = state.left.map { $0 - 1 }
        return (state.left == 0, state.moment)
      }
      if isDeadly, moment == .before { throw SimulatedCrash() }
      let answer = try await base.post(post)
      if isDeadly { throw SimulatedCrash() }
      return answer
    }

    func close() async {}
  }

  /// A job that posts what it computes, through lives that end by crashes. Input, disk, clock and server outlive them.
  private final class Story {
    static let query =
      "SELECT k, window(ts, '1 minute') AS w, sum(v) AS total, avg(d) AS mean FROM events GROUP BY k, window(ts, '1 minute')"
    static let arrivals: [[(key: Int, seconds: Int)]] = [
      (0..<12).map { ($0 % 5, $0) }, (0..<9).map { ($0 % 4, 40 + $0 * 3) }, [(1, 190)], (0..<7).map { ($0, 200 + $0) },
      [(2, 400)],
    ]

    let mode: OutputMode
    let plan: ScriptPlan
    let input = SimulatedInput(
      "events", schema: Schema(Field("k", .string), Field("v", .bigint), Field("d", .double), Field("ts", .timestamp)),
      eventTime: "ts", seed: 5)
    let disk = SimulatedFileSystem()
    let clock = ManualClock()
    let history = SimulationHistory()
    let time = TestTime()
    let transport: DeadlyTransport
    let url: String
    private var lives = 0

    init(_ mode: OutputMode, _ url: String, _ transport: DeadlyTransport) throws {
      self.mode = mode
      self.url = url
      self.transport = transport
      plan = try Session().plan(
        """
        CREATE STREAM events (k STRING, v BIGINT, d DOUBLE, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5 seconds')
          USING simulated;
        CREATE SINK totals USING http OPTIONS (url '\(url)', batch.rows 2);
        INSERT INTO totals WITH (mode '\(mode)') \(Self.query)
        """)
    }

    private func begin() throws -> (driver: JobDriver, checkpoint: RecordingCheckpoint) {
      lives += 1
      let life = lives
      let sink = try HTTPSink(
        SinkContext(definition: plan.queries[0].outputs[0].sink, mode: mode, stateDirectory: "job/sink-totals"), files: disk,
        time: time.sinkTime,
        newKey: { "key of life \(life)" }
      ) { _ in transport }
      let query = QueryDefinition(name: "totals", plan: plan.queries[0].plan, sink: sink)
      let checkpoint = RecordingCheckpoint(
        try Checkpoint.open("job", identity: Job.identity(of: [query]), fileSystem: disk), history)
      var options = JobOptions()
      // Other lanes take other rows in each life: the order of an epoch's rows is not the same.
      options.lanes = 1 + lives % 3
      options.snapshotByteInterval = SimulatedInput.rowBytes * 15
      let driver = try JobDriver(
        [StreamInput(name: "events", source: input.source(), schema: input.schema, queries: [query])], checkpoint: checkpoint,
        options: options, clock: clock)
      return (driver, checkpoint)
    }

    /// Runs to the end through all crashes.
    ///
    /// - Returns: how many there were.
    func live() async throws -> Int {
      var crashes = 0
      var life: (driver: JobDriver, checkpoint: RecordingCheckpoint)?
      for rows in Self.arrivals {
        input.arrive(
          rows.map {
            [
              .string("k\($0.key)"), .integer(Int64($0.seconds)), .double(Double($0.seconds) / 8),
              .timestamp(clock.now() + .seconds(Int64($0.seconds))),
            ]
          })
        while true {
          do {
            if life == nil { life = try begin() }
            while try await life!.driver.job.step() { await life!.checkpoint.waitForSnapshots() }
            break
          } catch is SimulatedCrash {
            crashes += 1
            await life?.checkpoint.waitForSnapshots()
            life = nil
            if crashes.isMultiple(of: 2) { disk.restart() } else { disk.crash(seed: UInt64(crashes)) }
          }
        }
      }
      return crashes
    }
  }

  @Suite
  struct DeliveryTests {
    private func run(
      _ mode: OutputMode, at number: Int? = nil, _ moment: FailPoint.Moment = .before, diskPoint: Int? = nil,
      misbehaving seed: UInt64? = nil
    ) async throws -> (receiver: Receiver, posts: Int, crashes: Int, diskPoints: Int) {
      let receiver = Receiver()
      let random = Mutex(SplitMix64(seed: seed ?? 0))
      let server = try await TestServer { request in
        guard seed != nil else {
          receiver.take(request)
          return .answer(200)
        }
        switch random.withLock({ $0.next() % 8 }) {
        case 0: return .answer(500)
        case 1: return .hangUp
        case 2: return .answer(429, headers: ["Retry-After": "3"])
        case 3:
          receiver.take(request)
          return .hangUp
        case 4:
          receiver.take(request)
          return .answer(502, body: "who knows")
        default:
          receiver.take(request)
          return .answer(201)
        }
      }
      let client = try AsyncHTTPTransport()
      let transport = DeadlyTransport(client, at: number, moment)
      let story = try Story(mode, server.url, transport)
      if let diskPoint { story.disk.crash(atFailPoint: diskPoint) }
      let crashes = try await story.live()
      await client.close()
      try await server.close()
      return (receiver, transport.postCount, crashes, story.disk.failPointCount)
    }

    @Test(arguments: [OutputMode.append, .update, .complete])
    func aReceiverThatKnowsTheKeysHasEverythingOnceAfterACrashAtAnyRequest(mode: OutputMode) async throws {
      let calm = try await run(mode)
      #expect(calm.receiver.complaints == [] && calm.crashes == 0)
      #expect(calm.receiver.deliveries == calm.posts && calm.receiver.taken.count == calm.posts && calm.posts > 4)
      var repeats = 0
      for number in 1...calm.posts {
        for moment in [FailPoint.Moment.before, .after] {
          let (receiver, _, crashes, _) = try await run(mode, at: number, moment)
          #expect(crashes == 1)
          #expect(receiver.complaints == [], "after a crash \(moment) request \(number)")
          #expect(receiver.taken == calm.receiver.taken, "after a crash \(moment) request \(number)")
          repeats += receiver.deliveries - receiver.taken.count
        }
      }
      // It is the keys that make it once: without them something would have come twice.
      #expect(repeats >= calm.posts)
    }

    @Test func aReceiverThatKnowsTheKeysHasEverythingOnceAfterACrashAtAnyStepOfTheDisk() async throws {
      let calm = try await run(.update)
      for point in stride(from: 1, through: calm.diskPoints, by: 3) {
        let (receiver, _, _, _) = try await run(.update, diskPoint: point)
        #expect(receiver.complaints == [], "after a crash at fail point \(point)")
        #expect(receiver.taken == calm.receiver.taken, "after a crash at fail point \(point)")
      }
    }

    @Test(arguments: 1...6)
    func aServerThatMisbehavesLosesNothing(seed: Int) async throws {
      let calm = try await run(.update)
      let (receiver, _, _, _) = try await run(.update, at: 2 + seed, .after, misbehaving: UInt64(seed))
      #expect(receiver.complaints == [])
      #expect(receiver.taken == calm.receiver.taken)
    }
  }
#endif
