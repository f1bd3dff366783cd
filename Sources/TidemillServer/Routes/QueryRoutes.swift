#if Server
  import Hummingbird
  import Tidemill

  /// `/v1/queries`: how the queries are getting on, and holding them.
  struct QueryRoutes: Sendable {
    let job: ServedJob
    let isWritable: Bool

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.get("/v1/queries", router) { request, _ in
        try QueryItems(request.uri.query).allow(only: [])
        return Answer.json(await job.summary(isWritable: isWritable))
      }
      table.get("/v1/queries/{id}", router) { request, context in
        try QueryItems(request.uri.query).allow(only: [])
        return try await one(context.name("id"))
      }
      table.post("/v1/queries/{id}/pause", router) { _, context in
        try await hold(context.name("id"), "pause") { await $0.pause() }
      }
      table.post("/v1/queries/{id}/resume", router) { _, context in
        try await hold(context.name("id"), "resume") { await $0.resume() }
      }
      table.post("/v1/queries/{id}/stop", router) { _, context in
        try await hold(context.name("id"), "stop") { _ in await job.stop() }
      }
    }

    private func one(_ id: String) async throws -> Response {
      let description = try job.known(query: id)
      let inspection = await job.inspection(of: id)
      let live = job.live[id]
      return Answer.json(
        JSONText.object { json in
          description.write(live, to: &json)
          json.key("progress")
          json.raw((live?.last.json ?? "null").utf8)
          if let inspection { inspection.write(to: &json) } else { QueryInspection.writeNothing(to: &json) }
        })
    }

    /// The queries of a job share their streams and epochs: what is done to one is done to all.
    private func hold(_ id: String, _ name: String, _ action: (StreamingQuery) async -> Void) async throws -> Response {
      _ = try job.known(query: id)
      try checkWritable(isWritable)
      switch job.phase {
      case .ended, .failed: throw Problem(.conflict, "Over", "the queries have ended; there is nothing to \(name)")
      case .stopping where name != "stop":
        throw Problem(.conflict, "Stopping", "the queries are stopping; none can \(name) now")
      case .starting, .running, .stopping: break
      }
      guard let query = job.query else { throw Problem(.serviceUnavailable, "Not ready", "the queries have not been started") }
      await action(query)
      let state = await job.stateName
      return Answer.json(
        JSONText.object { json in
          json.member("state", state)
          json.member("queries", job.descriptions.map(\.name))
        })
    }
  }

  /// - Throws: `Problem` for a server that only reads.
  func checkWritable(_ isWritable: Bool) throws {
    if isWritable { return }
    throw Problem(.forbidden, "Read only", "this server takes no events and no commands; it was started without --writable")
  }
#endif
