#if Server
  import HTTPTypes
  import HummingbirdTesting
  import Testing
  import Tidemill

  @testable import TidemillServer

  @Suite struct QueryRouteTests {
    @Test func aQueryTellsWhatBecameOfItsRows() async throws {
      try await Shop.routes { client, shop in
        try await shop.sell(Shop.sale("tea", 7), Shop.sale("tea", 1, at: "11:30:00"))
        try await shop.sell(Shop.sale("late", 1), "{\"amount\":\"many\"}", Shop.sale("jam", 1, at: "11:30:00"))
        let list = try await client.get("/v1/queries").json
        #expect(list["state"] as? String == "running" && list["writable"] as? Bool == true)
        let detail = try await client.get("/v1/queries/hourly")
        let json = try detail.json
        #expect(json["id"] as? String == "hourly" && json["view"] as? String == "hourly" && json["mode"] as? String == "update")
        let ledger = json["ledger"] as? [String: Int]
        #expect(ledger == ["rowsIn": 5, "rejected": 1, "duplicate": 0, "filtered": 0, "late": 1, "aggregated": 3])
        #expect(json["watermark"] as? String == "2024-03-01T11:20:00Z" && json["delay"] as? String == "10 minutes")
        #expect(
          detail.text.contains(#""openWindowList":[{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T12:00:00Z","groups":2,"#))
        #expect(
          detail.text.contains("the watermark of partition 0 reaches 2024-03-01T12:00:00Z; it is at 2024-03-01T11:20:00Z"))
        #expect(detail.text.contains(#""heldBy":{"partition":0,"watermark":"2024-03-01T11:20:00Z"}"#))
        #expect(detail.text.contains(#""text":"{\"amount\":\"many\"}""#))
        #expect(detail.text.contains(#""lateSamples":[{"row":{"product":"late","amount":1,"ts":"2024-03-01T10:05:00Z"}"#))
        #expect((json["recent"] as? [Any])?.count == 2)
        #expect(try await client.get("/v1/queries/other").detail == "no query is called 'other'; there is hourly")
      }
    }

    @Test func aPausedQueryTakesNothingUntilItIsResumed() async throws {
      try await Shop.routes { client, shop in
        #expect(try await client.post("/v1/queries/hourly/pause").text == #"{"state":"paused","queries":["hourly"]}"#)
        let push = try await client.post("/v1/streams/sales", "application/x-ndjson", Shop.sale("tea", 7))
        #expect(push.status == 202)
        #expect(try await client.get("/v1/queries").json["state"] as? String == "paused")
        #expect(try await client.get("/v1/views/hourly").text.hasSuffix("\"rows\":[]}"))
        #expect(try await client.post("/v1/queries/hourly/resume").text == #"{"state":"running","queries":["hourly"]}"#)
        _ = try await shop.view.changes.next(after: .none)
        #expect(try await client.get("/v1/views/hourly").text.contains(#""total":7"#))
        #expect(try await client.post("/v1/queries/hourly/stop").text == #"{"state":"stopping","queries":["hourly"]}"#)
        #expect(try await client.post("/v1/queries/hourly/pause").status == 409)
        #expect(try await client.get("/readyz").status == 503)
      }
    }

    @Test func aServerThatOnlyReadsRefusesCommandsAndEvents() async throws {
      try await Shop.routes(ServerOptions()) { client, _ in
        for path in ["/v1/queries/hourly/pause", "/v1/queries/hourly/stop", "/v1/streams/sales"] {
          let answer = try await client.post(path, "application/json", "{}")
          #expect(answer.status == 403 && answer.detail.contains("--writable"))
        }
      }
    }

    @Test func metricsCountRowsAndRequests() async throws {
      try await Shop.routes { client, shop in
        try await shop.sell(Shop.sale("tea", 7), Shop.sale("jam", 1))
        for _ in 0..<3 { _ = try await client.get("/v1/views/hourly") }
        _ = try await client.get("/v1/views/other")
        // Who asks for what there is not must not fill the memory.
        for number in 0..<5 { _ = try await client.get("/\(number)") }
        let metrics = try await client.get("/metrics")
        #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        for line in [
          #"tidemill_rows_in_total{query="hourly"} 2"#, #"tidemill_view_rows{view="hourly"} 2"#,
          #"tidemill_http_requests_total{method="GET",route="/v1/views/{name}",status="200"} 3"#,
          #"tidemill_http_requests_total{method="GET",route="/v1/views/{name}",status="404"} 1"#,
          #"tidemill_http_requests_total{method="GET",route="none",status="404"} 5"#,
          #"tidemill_epoch_duration_seconds_count{query="hourly"} 1"#, "tidemill_up 1",
        ] { #expect(metrics.text.contains("\n" + line + "\n"), "\(line)") }
      }
    }

    @Test func readinessFollowsTheQueries() async throws {
      let shop = try Shop()
      try await shop.server.application().test(.router) { client in
        let client = Client(client: client)
        #expect(try await client.get("/healthz").status == 200)
        #expect(try await client.get("/readyz").detail == "the queries have not been started")
        #expect(try await client.get("/v1/views/hourly").status == 503)
        shop.server.job.end(.failure(TidemillError(.io, "the disk is full")))
        #expect(try await client.get("/readyz").detail == "the queries have failed; /v1/queries says how")
        let list = try await client.get("/v1/queries").json
        #expect(list["state"] as? String == "failed" && list["error"] as? String == "the disk is full")
        #expect(try await client.get("/healthz").status == 200)
      }
    }
  }
#endif
