#if Server
  import HTTPTypes
  import Testing

  @testable import TidemillServer

  @Suite struct ViewRouteTests {
    private static let rows = [
      #"{"product":"tea","total":7,"hour":{"start":"2024-03-01T10:00:00Z","end":"2024-03-01T11:00:00Z"}}"#,
      #"{"product":"jam","total":20,"hour":{"start":"2024-03-01T10:00:00Z","end":"2024-03-01T11:00:00Z"}}"#,
      #"{"product":"tea","total":1,"hour":{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T12:00:00Z"}}"#,
    ]

    private func stocked(_ test: @escaping @Sendable (Client, Shop) async throws -> Void) async throws {
      try await Shop.routes { client, shop in
        try await shop.sell(Shop.sale("tea", 7), Shop.sale("jam", 20), Shop.sale("tea", 1, at: "11:00:00"))
        try await test(client, shop)
      }
    }

    @Test func rowsComeInTheOrderAndNumberThatAreAskedFor() async throws {
      try await stocked { client, _ in
        let all = try await client.get("/v1/views/hourly?order=hour.start,-product")
        #expect(all.status == 200 && all.headers[.contentType] == "application/json")
        #expect(all.text.hasSuffix(#","cut":false,"rows":["# + Self.rows.joined(separator: ",") + "]}"))
        #expect(all.text.hasPrefix(#"{"epoch":1,"id":"1."#))
        let first = try await client.get("/v1/views/hourly?order=-total&limit=1")
        #expect(first.text.hasSuffix(#","cut":true,"rows":["# + Self.rows[1] + "]}"))
      }
    }

    @Test(arguments: [
      ("product=tea&hour.end.le=2024-03-01T11:00:00Z", [0]), ("total.gt=7", [1]), ("total.ge=7.0", [0, 1]),
      ("total.ne=7", [1, 2]),
      ("product.null=true", []), ("product.null=false&total.lt=5", [2]), ("product=t%65a&total=7", [0]), ("product=x+y", []),
      ("hour.start=2024-03-01T12:00:00%2B01:00", [2]),
    ])
    func conditionsLeaveRowsOut(_ query: String, _ rows: [Int]) async throws {
      try await stocked { client, _ in
        let answer = try await client.get("/v1/views/hourly?order=hour.start,-product&\(query)")
        #expect(
          answer.text.hasSuffix("\"rows\":[" + rows.map { Self.rows[$0] }.joined(separator: ",") + "]}"), "\(answer.text)")
      }
    }

    @Test(arguments: [
      ("nothing=1", "no column 'nothing'"), ("total=many", "takes a number"), ("hour=10", "compare hour.start"),
      ("hour.start=noon", "takes a time"), ("limit=0", "limit cannot be '0'"), ("limit=1e3", "limit cannot be"),
      ("limit=5&limit=6", "given 2 times"), ("order=-nothing", "no column 'nothing'"), ("total.null=maybe", "true or false"),
      ("format=xml", "format cannot be"), ("total=%zz", "percent-encoded"),
      (Array(repeating: "total=7", count: 33).joined(separator: "&"), "at most 32 may be"),
      ("order=" + Array(repeating: "total", count: 17).joined(separator: ","), "at most 16 may be"),
    ])
    func mistakesAreNamed(_ query: String, _ detail: String) async throws {
      try await stocked { client, _ in
        let answer = try await client.get("/v1/views/hourly?\(query)")
        #expect(answer.status == 400 && answer.headers[.contentType] == "application/problem+json")
        #expect(answer.detail.contains(detail), "\(answer.text)")
      }
    }

    @Test func theFormatIsChosenByParameterAndHeader() async throws {
      try await stocked { client, _ in
        let csv = "product,total,hour_start,hour_end\njam,20,2024-03-01T10:00:00Z,2024-03-01T11:00:00Z\n"
        let byName = try await client.get("/v1/views/hourly?product=jam&format=csv")
        #expect(byName.text == csv && byName.headers[HTTPField.Name("Tidemill-Cut")!] == "false")
        #expect(
          try await client.get("/v1/views/hourly?product=jam", [.accept: "text/html;q=1, text/csv;q=0.9, */*;q=0.1"]).text
            == csv)
        #expect(try await client.get("/v1/views/hourly", [.accept: "text/html, */*"]).text.hasPrefix("{"))
        #expect(try await client.get("/v1/views/hourly", [.accept: "image/png"]).status == 406)
        let stream = "application/vnd.apache.arrow.stream"
        for arrow in [
          try await client.get("/v1/views/hourly?format=arrow"),
          try await client.get("/v1/views/hourly", [.accept: "\(stream), application/json;q=0.9"]),
        ] {
          #if Lake
            #expect(arrow.status == 200 && arrow.headers[.contentType] == stream)
            // How each message begins; what is in it, other programs judge where streams are written.
            #expect(arrow.text.utf8.count > 100 && arrow.text.contains("product"))
          #else
            #expect(arrow.status == 406 || arrow.headers[.contentType] == "application/json")
          #endif
        }
      }
    }

    @Test func answersThatTakeTooMuchAreRefused() async throws {
      var options = Shop.writable
      options.limits.answers = 200
      try await Shop.routes(options) { client, shop in
        for number in 0..<4 { try await shop.sell(Shop.sale("a product with a long name \(number)", 1)) }
        let rows = try await client.get("/v1/views/hourly")
        #expect(rows.status == 400 && rows.detail.contains("take more than"), "\(rows.text)")
        let query = #"{"sql": "SELECT product, product AS again FROM hourly"}"#
        let sql = try await client.post("/v1/sql", "application/json", query)
        #expect(sql.status == 503 && sql.detail.contains("wait for their clients"), "\(sql.text)")
        #expect(try await client.get("/v1/views/hourly?limit=1").status == 200)
      }
    }

    @Test func whatHasNotChangedIsNotSentAgain() async throws {
      try await stocked { client, shop in
        let first = try await client.get("/v1/views/hourly")
        let tag = try #require(first.headers[.eTag])
        let second = try await client.get("/v1/views/hourly", [.ifNoneMatch: tag])
        #expect(second.status == 304 && second.text == "" && second.headers[.eTag] == tag)
        try await shop.sell(Shop.sale("tea", 1))
        let third = try await client.get("/v1/views/hourly?product=tea", [.ifNoneMatch: tag])
        #expect(third.status == 200 && third.headers[.eTag] != tag)
        #expect(third.text.contains(#""total":8"#))
      }
    }

    @Test func viewsAreListedWithTheirColumns() async throws {
      try await stocked { client, _ in
        let list = try await client.get("/v1/views")
        #expect(
          list.text == #"{"views":[{"name":"hourly","query":"hourly","columns":[{"name":"product","type":"STRING"},"#
            + #"{"name":"total","type":"BIGINT"},{"name":"hour","type":"WINDOW"}],"key":["product","hour"],"window":"hour","#
            + #""epoch":1,"rows":3,"retain":"7 days"}]}"#)
        let none = try await client.get("/v1/views/no%20such")
        #expect(none.status == 404 && none.detail == "no view is called 'no such'; there is hourly")
      }
    }

    @Test func aViewOfOneRowHasAnEmptyKeyAndOneOfAllRowsHasNone() async throws {
      let script = """
        CREATE STREAM sales (product STRING, amount INT) USING http;
        CREATE MATERIALIZED VIEW everything AS SELECT product, amount FROM sales;
        CREATE MATERIALIZED VIEW total AS SELECT SUM(amount) AS total FROM sales;
        """
      try await Shop.routes(script: script) { client, _ in
        let list = try await client.get("/v1/views").text
        #expect(list.contains(#""key":null,"window":null,"#) && list.contains(#""key":[],"window":null,"#), "\(list)")
        #expect(list.contains(#""retain":null}"#) && !list.contains("days"), "\(list)")
      }
    }
  }
#endif
