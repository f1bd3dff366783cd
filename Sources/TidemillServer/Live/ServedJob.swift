#if Server
  import Synchronization
  import Tidemill

  /// The job behind the interface: what was planned, what runs of it, how it ended.
  final class ServedJob: Sendable {
    /// What a query is, before any of it has run.
    struct Description: Sendable {
      var name: String
      /// The view that it keeps.
      var view: String?
      var mode: String
      var source: String
      var sinks: [String]
    }

    enum Phase: Sendable {
      /// It has not been started, or what is in its checkpoint is being computed again.
      case starting
      case running
      case stopping
      /// Its input has ended, or it was stopped.
      case ended(JobEnding)
      case failed(TidemillError)
    }

    private struct State {
      var query: StreamingQuery?
      var phase = Phase.starting
    }

    let descriptions: [Description]
    let live = LiveQueries()
    let counts = RowCounts()
    let startedAt: EventTime
    let hasCheckpoint: Bool
    let memoryBudget: Int?
    private let state = Mutex(State())
    /// How queries stood when somebody last asked.
    private let inspections = Mutex<[String: QueryInspection]>([:])

    init(_ plan: ScriptPlan, hasCheckpoint: Bool, memoryBudget: Int?) {
      descriptions = plan.queries.map(Description.init)
      self.hasCheckpoint = hasCheckpoint
      self.memoryBudget = memoryBudget
      startedAt = WallClock.now
    }

    func description(of query: String) -> Description? { descriptions.first { $0.name == query } }

    // MARK: What happens to it

    func begin(_ query: StreamingQuery) { state.withLock { $0.query = query } }

    func take(_ progress: QueryProgress) {
      live.take(progress)
      state.withLock { if case .starting = $0.phase { $0.phase = .running } }
    }

    func end(_ result: Result<JobEnding, any Error>) {
      state.withLock { state in
        switch result {
        case .success(let ending): state.phase = .ended(ending)
        case .failure(let error): state.phase = .failed(error as? TidemillError ?? TidemillError(.io, "\(error)"))
        }
      }
    }

    /// Finishes the epoch that runs, and ends the job.
    func stop() async {
      let query = state.withLock { state -> StreamingQuery? in
        switch state.phase {
        case .starting, .running: state.phase = .stopping
        case .stopping, .ended, .failed: break
        }
        return state.query
      }
      await query?.stop()
    }

    // MARK: What is known of it

    var query: StreamingQuery? { state.withLock { $0.query } }
    var phase: Phase { state.withLock { $0.phase } }
    var views: [MaterializedView] { query?.views ?? [] }
    func view(_ name: String) -> MaterializedView? { views.first { $0.name == name } }
    var streams: [PushStream] { query?.pushStreams ?? [] }
    func stream(_ name: String) -> PushStream? { streams.first { $0.name == name } }

    /// How a query stands. However many ask, the job is asked once an epoch: it may have millions of groups to count.
    func inspection(of query: String) async -> QueryInspection? {
      let known = inspections.withLock { $0[query] }
      if let known, let last = live[query]?.last.batchId, known.epoch >= last { return known }
      guard let now = await self.query?.inspect(query) else { return nil }
      inspections.withLock { $0[query] = now }
      return now
    }

    /// What clients are told: `running`, `paused`, `stopping`, `stopped` or `failed`.
    var stateName: String {
      get async {
        switch phase {
        case .starting, .running: await query?.isPaused == true ? "paused" : "running"
        case .stopping: "stopping"
        case .ended: "stopped"
        case .failed: "failed"
        }
      }
    }

    /// Why nobody should ask for results; `nil` when they may. It is told to anyone: what has failed is not.
    var unreadiness: String? {
      get async {
        switch phase {
        case .starting:
          guard let query else { return "the queries have not been started" }
          return await query.isRecovered ? nil : "the queries are being recovered from the checkpoint"
        case .running, .ended: return nil
        case .stopping: return "the queries are stopping"
        case .failed: return "the queries have failed; /v1/queries says how"
        }
      }
    }
  }

  extension ServedJob.Description {
    init(_ query: ScriptPlan.Query) {
      name = query.name
      let views = query.outputs.filter { $0.sink.provider == "view" }
      view = views.first?.sink.name
      mode = (query.outputs.first?.mode ?? query.plan.outputMode).rawValue
      let stream = query.plan.stream
      source = stream.provider == stream.name ? stream.name : "\(stream.provider) \(stream.name)"
      sinks = query.outputs.isEmpty ? ["console"] : query.outputs.map { "\($0.sink.provider) \($0.sink.name)" }
    }
  }

  enum WallClock {
    static var now: EventTime { SystemClock().now() }
  }
#endif
