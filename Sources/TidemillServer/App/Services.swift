#if Server
  import ServiceLifecycle
  import Synchronization
  import Tidemill

  /// The queries as a service: started when the server listens, stopped before it ends.
  struct JobService: Service {
    let job: ServedJob
    let listening: Latch
    let staysUp: Bool
    let start: @Sendable () async throws -> StreamingQuery
    let onEnd: @Sendable (Result<JobEnding, any Error>) -> Void

    func run() async throws {
      guard await listening.wait() else { return }
      let query: StreamingQuery
      do { query = try await start() } catch {
        job.end(.failure(error))
        return onEnd(.failure(error))
      }
      job.begin(query)
      let result: Result<JobEnding, any Error> = await withGracefulShutdownHandler {
        await withTaskCancellationHandler {
          do { return .success(try await query.awaitTermination()) } catch { return .failure(error) }
        } onCancel: {
          Task { await job.stop() }
        }
      } onGracefulShutdown: {
        Task { await job.stop() }
      }
      job.end(result)
      onEnd(result)
      if staysUp { try? await gracefulShutdown() }
    }
  }

  /// Tells followers now and then that nothing has happened, and at the end that there is nothing to come.
  struct Watch: Service {
    let feeds: Feeds
    let connections: Connections
    let limits: ServerLimits

    func run() async throws {
      try? await cancelWhenGracefulShutdown {
        while true {
          try await Task.sleep(for: limits.heartbeat / 4)
          feeds.wakeIdle(after: limits.heartbeat)
        }
      }
      feeds.close()
      // Not waited for: it is what ends the wait for those who do not take what is on its way to them.
      Task {
        try? await Task.sleep(for: limits.farewell)
        connections.closeAll()
      }
    }
  }

  /// A service that is cancelled when its graceful end takes too long.
  struct Ending<Inner: Service>: Service {
    let service: Inner
    let limit: Duration

    func run() async throws {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [service] in try await service.run() }
        group.addTask { [limit] in
          try await gracefulShutdown()
          try await Task.sleep(for: limit)
        }
        _ = try await group.next()
        // Waited for, too; that it was cancelled is no failure.
        group.cancelAll()
      }
    }
  }

  /// Something that happens once.
  final class Latch: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let isOpen = Atomic(false)

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() {
      isOpen.store(true, ordering: .sequentiallyConsistent)
      continuation.finish()
    }

    /// - Returns: whether it has happened, and not the end of everything.
    func wait() async -> Bool {
      for await _ in stream.cancelOnGracefulShutdown() {}
      return isOpen.load(ordering: .sequentiallyConsistent)
    }
  }

  /// A request to stop, which may come before there is what can be stopped.
  final class StopRequest: Sendable {
    private struct State {
      var isMade = false
      var meet: (@Sendable () async -> Void)?
    }

    private let state = Mutex(State())

    func make() {
      let meet = state.withLock { state in
        state.isMade = true
        return state.meet
      }
      if let meet { Task { await meet() } }
    }

    func meet(_ meet: @escaping @Sendable () async -> Void) {
      let isMade = state.withLock { state in
        state.meet = meet
        return state.isMade
      }
      if isMade { Task { await meet() } }
    }
  }
#endif
