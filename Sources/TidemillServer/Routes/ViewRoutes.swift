#if Server
  import HTTPTypes
  import Hummingbird
  import Tidemill

  /// `/v1/views`: results as they are now, and as they change.
  struct ViewRoutes: Sendable {
    let job: ServedJob
    let snapshots: Snapshots
    let feeds: Feeds
    let seats: Seats

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.get("/v1/views", router) { request, _ in
        try QueryItems(request.uri.query).allow(only: [])
        return try await list()
      }
      table.get("/v1/views/{name}", router) { request, context in try await read(context.name(), request) }
      table.get("/v1/views/{name}/changes", router) { request, context in try await follow(context.name(), request) }
    }

    private func list() async throws -> Response {
      try await job.checkReadable()
      var counts: [(view: MaterializedView, count: (rows: Int, epoch: Epoch)?)] = []
      // One that was never opened, since the queries failed before, has no rows to tell of.
      for view in job.views { counts.append((view, try? await job.counts.count(of: view))) }
      return Answer.json(
        JSONText.object { json in
          json.array("views", counts) { json, entry in
            json.object { json in
              json.member("name", entry.view.name)
              json.member("query", job.descriptions.first { $0.view == entry.view.name }?.name)
              json.columns(entry.view.schema)
              // Rows of a view without a key are told apart by nothing; an empty one means a single row.
              if let key = entry.view.key {
                json.member("key", key.map { entry.view.schema[$0].name })
              } else {
                json.member("key", nil as String?)
              }
              json.member("window", entry.view.window.map { entry.view.schema[$0].name })
              json.member("epoch", entry.count?.epoch)
              json.member("rows", entry.count?.rows)
              json.member("retain", entry.view.window.map { _ in entry.view.options.retain.description })
            }
          }
        })
    }

    private func read(_ name: String, _ request: Request) async throws -> Response {
      let view = try await job.readable(view: name)
      let items = try QueryItems(request.uri.query)
      let query = try ViewRequest(view: view).query(items, others: ["format"])
      let format = try AnswerFormat.chosen(parameter: items.value("format"), accept: request.headers[.accept])
      if let known = request.headers[.ifNoneMatch], let token = snapshots.token(of: view),
        known.split(separator: ",").contains(where: { $0.trimming(" \t") == tag("\(view.changes.last).\(token)") })
      {
        return Response(status: .notModified, headers: headers("\(view.changes.last).\(token)"))
      }
      let snapshot = try await answering { try await snapshots.read(view, query, format) }
      var headers = headers(snapshot.id)
      headers[.contentType] = format.contentType
      guard format == .json else {
        headers[Self.cut] = snapshot.isCut ? "true" : "false"
        return Response(status: .ok, headers: headers, body: Answer.body([snapshot.rows], holding: snapshot.share))
      }
      let head = EventText.rowsHead(
        epoch: snapshot.epoch, id: snapshot.id, watermark: job.watermark(of: name)(), isCut: snapshot.isCut)
      let body = Answer.body([ByteBuffer(bytes: head), snapshot.rows, ByteBuffer(string: "}")], holding: snapshot.share)
      return Response(status: .ok, headers: headers, body: body)
    }

    /// Weak: the watermark may be another one while the rows are the same.
    private func tag(_ id: String) -> String { "W/\"\(id)\"" }

    private func headers(_ id: String) -> HTTPFields { [.eTag: tag(id), .vary: "Accept", .cacheControl: "no-cache"] }

    private static let cut = HTTPField.Name("Tidemill-Cut")!
    private static let lastEventID = HTTPField.Name("Last-Event-ID")!
    private static let buffering = HTTPField.Name("X-Accel-Buffering")!

    private func follow(_ name: String, _ request: Request) async throws -> Response {
      let view = try await job.readable(view: name)
      let items = try QueryItems(request.uri.query)
      try items.allow(only: ["limit", "order"])
      let query = ViewQuery(
        order: try ViewRequest(view: view).order(try items.value("order") ?? ""),
        limit: try items.number("limit", in: 1...ViewRequest.highestLimit, default: 10_000))
      guard let seat = seats.take() else {
        throw Problem(.serviceUnavailable, "Too many followers", "as many follow changes as this server lets").retry(after: 10)
      }
      var resumed: Epoch?
      if let id = request.headers[Self.lastEventID] {
        if snapshots.token(of: view) == nil {
          _ = try await answering { try await snapshots.read(view, ViewQuery(limit: 1), .json) }
        }
        resumed = snapshots.token(of: view).flatMap { EventText.epoch(of: id, token: $0) }
        if let epoch = resumed, epoch > view.changes.last { resumed = nil }
      }
      let stream = ChangeStream(
        feed: feeds.feed(of: view), snapshots: snapshots, query: query, watermark: job.watermark(of: name), resumed: resumed,
        seat: seat)
      let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store", Self.buffering: "no"]
      let body = request.body
      return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
          nonisolated(unsafe) var out = writer
          // A client that goes is noticed at once, not when something is next written.
          try await body.consumeWithCancellationOnInboundClose { _ in try await stream.write(to: &out) }
          try await out.finish(nil)
        })
    }
  }
#endif
