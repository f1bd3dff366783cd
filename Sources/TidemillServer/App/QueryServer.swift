#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdCore
  import Logging
  import NIOCore
  import ServiceLifecycle
  import Synchronization
  import Tidemill

  /// Serves the queries of a script over HTTP: how they are getting on, their views and how these change, and a page that shows it.
  ///
  /// *For example:*
  /// ```swift
  /// let session = Session()
  /// let plan = try session.plan(script)
  /// let server = try QueryServer(plan, options: ServerOptions())
  /// var start = StartOptions()
  /// start.onProgress = { server.take($0) }
  /// try await server.run { try session.start(plan, start) { _ in MemorySink() } }
  /// ```
  public final class QueryServer: Sendable {
    let options: ServerOptions
    let job: ServedJob
    let metrics = ServerMetrics()
    let connections: Connections
    let feeds: Feeds
    private let responder: Front
    private let secureTransport: SecureTransport?
    private let stopping = StopRequest()

    /// Listens to nothing yet.
    ///
    /// - Parameters:
    ///   - checkpoint: the job's, if it has one.
    ///   - memoryBudget: the job's, in bytes.
    /// - Throws: `TidemillError` for options that are not safe, and for certificates that cannot be read.
    public init(
      _ plan: ScriptPlan, options: ServerOptions = ServerOptions(), checkpoint: String? = nil, memoryBudget: Int? = nil
    ) throws {
      try options.validate()
      self.options = options
      secureTransport = try options.tls.map { try SecureTransport(certificate: $0.certificate, key: $0.key) }
      job = ServedJob(plan, hasCheckpoint: checkpoint != nil, memoryBudget: memoryBudget)
      connections = Connections(stall: options.limits.stall, metrics: metrics)
      let answers = Allowance(options.limits.answers)
      let snapshots = Snapshots(limit: options.limits.cache, answers: answers, deadline: options.limits.queryTime)
      feeds = Feeds(job, snapshots)
      let followers = Seats(options.limits.subscribers)
      let bodies = Allowance(options.limits.bodies)
      let router = Router(context: ServerContext.self, options: [.autoGenerateHeadEndpoints])
      var table = RouteTable()
      PageRoutes().add(to: router, &table)
      QueryRoutes(job: job, isWritable: options.isWritable).add(to: router, &table)
      ViewRoutes(job: job, snapshots: snapshots, feeds: feeds, seats: followers).add(to: router, &table)
      SQLRoute(
        job: job, seats: Seats(options.limits.queries), bodies: bodies, answers: answers, deadline: options.limits.queryTime
      ).add(to: router, &table)
      StreamRoutes(
        job: job, isWritable: options.isWritable, bodyLimit: options.limits.body, bodies: bodies, metrics: metrics
      ).add(to: router, &table)
      HealthRoutes(job: job, metrics: metrics, seats: followers, connections: connections).add(to: router, &table)
      responder = Front(
        router: router.buildResponder(), routes: table, token: options.token,
        hosts: HostRules(isLoopback: options.address.isLoopback), connections: connections,
        connectionLimit: options.limits.connections, metrics: metrics)
    }

    /// Told of each epoch: `StartOptions.onProgress`.
    public func take(_ progress: QueryProgress) {
      job.take(progress)
      metrics.take(progress)
    }

    /// Listens, then starts the queries. Returns when they have ended and all clients are gone, which takes at most the farewell of
    /// the options.
    ///
    /// - Parameters:
    ///   - staysUp: whether it goes on when the queries have ended or failed, until `stop`.
    ///   - onListening: told once where it listens, such as `http://127.0.0.1:8080/`.
    ///   - onEnd: told when the queries have ended, or how they have failed.
    ///   - start: starts the queries. What it throws ends the server.
    /// - Throws: `TidemillError` when it cannot listen, and what the queries have failed with.
    public func run(
      staysUp: Bool = false, onListening: @escaping @Sendable (String) -> Void = { _ in },
      onEnd: @escaping @Sendable (Result<JobEnding, any Error>) -> Void = { _ in },
      start: @escaping @Sendable () async throws -> StreamingQuery
    ) async throws -> JobEnding {
      let listening = Latch()
      let outcome = Mutex<Result<JobEnding, any Error>?>(nil)
      let service = JobService(job: job, listening: listening, staysUp: staysUp, start: start) { result in
        outcome.withLock { $0 = result }
        onEnd(result)
      }
      let application = application { [address = options.address, isSecure = secureTransport != nil] channel in
        var address = address
        address.port = channel.localAddress?.port ?? address.port
        onListening("\(isSecure ? "https" : "http")://\(address)/")
        listening.open()
      }
      // They are told to end from the last to the first: the queries, then whoever follows them, then the rest.
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [
            .init(service: Ending(service: application, limit: options.limits.farewell * 3), serviceName: "server"),
            .init(service: Watch(feeds: feeds, connections: connections, limits: options.limits), serviceName: "followers"),
            .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup, serviceName: "queries"),
          ], logger: Self.logger))
      stopping.meet { await group.triggerGracefulShutdown() }
      do {
        try await group.run()
      } catch {
        if let outcome = outcome.withLock({ $0 }) { _ = try outcome.get() }
        throw ListenFailure.translated(error, options.address)
      }
      guard let result = outcome.withLock({ $0 }) else { return .stopped }
      return try result.get()
    }

    /// Finishes the epoch that runs, commits it, says goodbye to clients and ends. May be called before `run`, too.
    public func stop() { stopping.make() }

    /// The server without its queries.
    func application(
      onListening: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> Application<Front> {
      var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
      decoder.maxHeaderFieldSize = options.limits.head
      decoder.maxHeaderListSize = options.limits.head
      decoder.maxHeaderFieldCount = 100
      let connections = connections
      let plain = HTTPServerBuilder.http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: [connections.handler()],
          idleTimeout: .seconds(options.limits.stall.components.seconds), httpDecoderConfiguration: decoder))
      FileDescriptors.raiseLimit()
      return Application(
        responder: responder, server: secureTransport?.over(plain) ?? plain,
        configuration: ApplicationConfiguration(
          address: .hostname(options.address.host, port: options.address.port), backlog: 1024,
          // Those above the limit get an answer; many more than that wait to be let in.
          availableConnectionsDelegate: MaximumAvailableConnections(options.limits.connections + 256, logger: Self.logger)),
        onServerRunning: onListening, logger: Self.logger)
    }

    /// The server says what it has to say in answers and metrics.
    private static var logger: Logger { Logger(label: "tidemill") { _ in SwiftLogNoOpLogHandler() } }
  }
#endif
