#if Server
  import HTTPTypes
  import Testing

  @testable import TidemillServer

  @Suite struct StreamRouteTests {
    @Test func eventsAreTakenAsLinesAndAsJSON() async throws {
      try await Shop.routes { client, shop in
        let lines = try await client.post(
          "/v1/streams/sales", "application/x-ndjson", Shop.sale("tea", 1) + "\n" + Shop.sale("tea", 2))
        #expect(lines.status == 202)
        #expect(lines.text.hasPrefix(#"{"accepted":2,"#) && lines.text.hasSuffix(#""duplicate":false,"durable":false}"#))
        let object = "{\"product\": \"tea\",\n  \"amount\": 4, \"ts\": \"2024-03-01T10:00:00Z\"}"
        #expect(try await client.post("/v1/streams/sales", "application/json", object).text.hasPrefix(#"{"accepted":1,"#))
        let array = "[\(Shop.sale("tea", 8)), \n \(Shop.sale("tea", 16))]"
        #expect(
          try await client.post("/v1/streams/sales", "application/json; charset=utf-8", array).text.hasPrefix(
            #"{"accepted":2,"#))
        var epoch = shop.view.changes.last
        while try await !client.get("/v1/views/hourly").text.contains(#""total":31"#) {
          guard case .change(let change) = try await shop.view.changes.next(after: epoch) else { break }
          epoch = change.epoch
        }
        #expect(try await client.get("/v1/views/hourly").text.contains(#""total":31"#))
      }
    }

    @Test func aRepetitionIsNotAddedAgain() async throws {
      try await Shop.routes { client, _ in
        let key: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "order-1"]
        let first = try await client.post("/v1/streams/sales", "text/plain", Shop.sale("tea", 1), key)
        #expect(first.text.contains(#""accepted":1"#))
        let second = try await client.post("/v1/streams/sales", "text/plain", Shop.sale("tea", 1), key)
        #expect(second.status == 202 && second.text.contains(#""accepted":0"#) && second.text.contains(#""duplicate":true"#))
        for wrong in [String(repeating: "k", count: 256), "a key", "schlüssel"] {
          let answer = try await client.post(
            "/v1/streams/sales", "text/plain", Shop.sale("tea", 1), [HTTPField.Name("Idempotency-Key")!: wrong])
          #expect(answer.status == 400)
        }
      }
    }

    @Test func bodiesOfAllRequestsTogetherAreBounded() async throws {
      let allowance = Allowance(10)
      var shares = [allowance.share(), allowance.share()]
      #expect(shares[0].take(6) && !shares[1].take(5) && shares[1].take(4) && !shares[0].take(1))
      shares.removeFirst()
      #expect(allowance.usedBytes == 4 && shares[0].take(6))
      shares = []
      #expect(allowance.usedBytes == 0)
      var options = Shop.writable
      options.limits.bodies = 100
      try await Shop.routes(options) { client, _ in
        let long = try await client.post("/v1/streams/sales", "text/plain", String(repeating: "x", count: 101))
        #expect(long.status == 503 && long.detail.contains("all requests together"))
        #expect(try await client.post("/v1/streams/sales", "text/plain", Shop.sale("tea", 1)).status == 202)
      }
    }

    @Test func whatIsNoEventIsRefused() async throws {
      try await Shop.routes { client, _ in
        #expect(try await client.post("/v1/streams/sales", "application/x-www-form-urlencoded", "x=1").status == 415)
        #expect(try await client.post("/v1/streams/sales", "application/json", "7").status == 400)
        #expect(try await client.post("/v1/streams/sales", nil, "").status == 400)
        #expect(try await client.post("/v1/streams/other", "text/plain", "{}").detail.contains("there is sales"))
        let packed = try await client.post("/v1/streams/sales", "text/plain", "…", [.contentEncoding: "gzip"])
        #expect(packed.status == 415)
      }
    }

    @Test func aBodyBeyondTheLimitIsRefused() async throws {
      var options = Shop.writable
      options.limits.body = 100
      try await Shop.routes(options) { client, _ in
        for (length, status) in [(100, 202), (101, 413)] {
          let answer = try await client.post("/v1/streams/sales", "text/plain", String(repeating: " ", count: length))
          #expect(answer.status == status)
        }
      }
    }

    @Test(arguments: [
      (#"{"a":1}"#, #"{"a":1}"#), (" [ ] ", ""),
      ("[{\"a\":\n[1,{}]},\r\n{\"b\":\"]}\\\"\"}]", "{\"a\": [1,{}]}\n{\"b\":\"]}\\\"\"}"),
    ])
    func jsonBecomesLines(_ body: String, _ lines: String) throws {
      let made = String(decoding: try JSONLines.lines(Array(body.utf8)), as: UTF8.self)
      #expect(made == (lines.isEmpty ? "" : lines + "\n"))
    }

    @Test(arguments: [
      "", "7", "[1]", "[{}", "{\"a\":1", "{} {}", "[{}] 1", "[{},]", "[,{}]", "{\"a\":\"\n\"}", "[{} {}]", "\"a\"",
    ])
    func otherJSONIsRefused(_ body: String) {
      #expect(throws: Problem.self) { try JSONLines.lines(Array(body.utf8)) }
    }
  }
#endif
