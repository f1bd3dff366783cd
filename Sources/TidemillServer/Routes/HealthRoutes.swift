#if Server
  import Hummingbird

  /// Whether the process lives, whether its results can be relied on, and its figures.
  struct HealthRoutes: Sendable {
    let job: ServedJob
    let metrics: ServerMetrics
    let seats: Seats
    let connections: Connections

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.get("/healthz", router) { _, _ in Answer.json(JSONText.object { $0.member("status", "ok") }) }
      table.get("/readyz", router) { _, _ in
        if let reason = await job.unreadiness { throw Problem(.serviceUnavailable, "Not ready", reason) }
        return Answer.json(JSONText.object { $0.member("status", "ready") })
      }
      table.get("/metrics", router) { _, _ in
        await metrics.measure(job, subscribers: seats.takenCount, connections: connections.count)
        return Response(
          status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
          body: Answer.body([ByteBuffer(string: metrics.text)]))
      }
    }
  }
#endif
