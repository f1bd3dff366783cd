#if Server
  import NIOCore
  import NIOPosix
  import Synchronization
  import Testing
  import Tidemill

  @testable import TidemillServer

  @Suite struct ChangesTests {
    @Test func aFollowerGetsASnapshotAndThenEachChange() async throws {
      try await Shop.listening { visitor, shop in
        try await shop.sell(Shop.sale("tea", 7))
        let events = try await visitor.events()
        #expect(events.response.headers.first(name: "Content-Type") == "text/event-stream")
        let snapshot = try #require(await events.next())
        #expect(snapshot.name == "snapshot" && snapshot.id.hasPrefix("1."))
        #expect(snapshot.data.contains(#""cut":false,"rows":[{"product":"tea","total":7"#))
        try await shop.sell(Shop.sale("tea", 1))
        try await shop.sell(Shop.sale("jam", 2))
        let first = try #require(await events.next())
        #expect(first.name == "change" && first.id.hasPrefix("2."))
        #expect(first.data.hasPrefix(#"{"epoch":2,"watermark":"#))
        #expect(
          first.data.hasSuffix(
            #""rows":[{"product":"tea","total":8,"hour":{"start":"2024-03-01T10:00:00Z","end":"2024-03-01T11:00:00Z"}}]}"#))
        #expect(try #require(await events.next()).data.contains(#""product":"jam","total":2"#))
        await shop.server.job.stop()
        #expect(try #require(await events.next()).name == "end")
        #expect(try await events.next() == nil)
      }
    }

    @Test func whoComesBackGoesOnBehindTheLastEvent() async throws {
      try await Shop.listening { visitor, shop in
        try await shop.sell(Shop.sale("tea", 1))
        let snapshot = try #require(await visitor.events().next())
        try await shop.sell(Shop.sale("tea", 1))
        try await shop.sell(Shop.sale("tea", 1))
        let resumed = try await visitor.events(after: snapshot.id)
        // First a comment, so that the client knows that it is connected.
        #expect(try #require(await resumed.next()).name == "")
        for epoch in 2...3 {
          let change = try #require(await resumed.next())
          #expect(change.name == "change" && change.id.hasPrefix("\(epoch)."))
        }
        // Ids of another database, of an epoch to come, and of none.
        let token = snapshot.id.dropFirst(2)
        for id in ["1.0123456789abcdef", "9.\(token)", "1", "", "x.\(token)"] {
          #expect(try #require(await visitor.events(after: id).next()).name == "snapshot", "\(id)")
        }
      }
    }

    @Test func whoHasMissedTooMuchGetsASnapshot() async throws {
      try await Shop.listening { visitor, shop in
        try await shop.sell(Shop.sale("tea", 1))
        let snapshot = try #require(await visitor.events().next())
        for _ in 0..<shop.view.options.changeCountLimit + 1 { try await shop.sell(Shop.sale("tea", 1)) }
        let resumed = try await visitor.events(after: snapshot.id)
        #expect(try #require(await resumed.next()).name == "")
        let next = try #require(await resumed.next())
        #expect(next.name == "snapshot" && next.data.contains("\"total\":\(shop.view.options.changeCountLimit + 2)"))
      }
    }

    @Test func followersOfOneViewShareItsEvents() async throws {
      try await Shop.listening { visitor, shop in
        var followers: [Events] = []
        for _ in 0..<20 { followers.append(try await visitor.events()) }
        for events in followers { #expect(try #require(await events.next()).name == "snapshot") }
        let feed = shop.server.feeds.feed(of: shop.view)
        // Who is ahead of the feed, or far behind it, has an event made for itself: not that of each sale is shared.
        var isShared = false
        for number in 1...100 where !isShared || number <= 3 {
          let epoch = try await shop.sell(Shop.sale("tea", 1))
          for events in followers { try await Self.follow(events, from: number - 1, to: number) }
          guard case .event(let one) = try await feed.next(after: Epoch(epoch.number - 1)),
            case .event(let other) = try await feed.next(after: Epoch(epoch.number - 1))
          else { continue }
          let places = [one, other].map { event in event.bytes.withUnsafeReadableBytes { $0.baseAddress } }
          if places[0] == places[1] { isShared = true }
        }
        #expect(isShared)
      }
    }

    /// Reads events until one tells the last total; none may tell less than those before it.
    private static func follow(_ events: Events, from first: Int, to last: Int) async throws {
      var total = first
      while total < last {
        let event = try #require(await events.next())
        // Comments, and snapshots without rows.
        guard let place = event.data.firstRange(of: "\"total\":") else { continue }
        let told = try #require(Int(event.data[place.upperBound...].prefix { $0.isNumber }))
        #expect(total <= told && told <= last)
        total = max(total, told)
      }
    }

    /// Connects a client that asks for changes and then takes nothing.
    private static func connectDeaf(
      to visitor: Visitor, request: String = "GET /v1/views/hourly/changes HTTP/1.1\r\nHost: localhost\r\n\r\n"
    ) async throws -> any Channel {
      let port = Int(visitor.address.split(separator: ":").last!)!
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(ChannelOptions.autoRead, value: false)
        .connect(host: "127.0.0.1", port: port).get()
      try await channel.writeAndFlush(ByteBuffer(string: request)).get()
      return channel
    }

    @Test func thereAreOnlySoManyFollowers() async throws {
      var options = Shop.writable
      options.limits.subscribers = 2
      try await Shop.listening(options) { visitor, shop in
        var first: Events? = try await visitor.events()
        let second = try await visitor.events()
        let third = try await visitor.events()
        #expect(third.response.status == .serviceUnavailable && third.response.headers.first(name: "Retry-After") == "10")
        #expect(try #require(await first?.next()).name == "snapshot")
        // Who goes makes room, without anything being written to find out.
        first = nil
        while try await visitor.events().response.status != .ok { await Task.yield() }
        _ = second
      }
    }

    @Test func whenNothingChangesCommentsKeepTheConnection() async throws {
      var options = Shop.writable
      options.limits.heartbeat = .milliseconds(1)
      try await Shop.listening(options) { visitor, _ in
        let events = try await visitor.events()
        #expect(try #require(await events.next()).name == "snapshot")
        for _ in 0..<3 { #expect(try #require(await events.next()).name == "") }
      }
    }

    @Test func whoTakesNothingIsCutOff() async throws {
      var options = Shop.writable
      options.limits.stall = .seconds(1)
      options.limits.heartbeat = .seconds(600)
      try await Shop.listening(options) { visitor, shop in
        // A snapshot larger than what sockets hold, to a client that never reads.
        let sale = Shop.sale(String(repeating: "x", count: 1 << 20), 1)
        for number in 0..<16 { try await shop.sell(sale.replacing("xx\"", with: "\(number)\"")) }
        var clients: [any Channel] = []
        while !shop.server.metrics.text.contains("\ntidemill_http_connections_cut_total ") {
          // On a machine that is busy for so long one may be closed before it has asked for anything, which does not count.
          if shop.server.connections.count == 0 { clients.append(try await Self.connectDeaf(to: visitor)) }
          try await Task.sleep(for: .milliseconds(5))
        }
        while shop.server.connections.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        for client in clients { try? await client.close() }
      }
    }

    /// Whether its request is being taken, or was refused and is read for the sake of the next one.
    @Test(arguments: ["/v1/streams/sales", "/v1/streams/nothing"])
    func whoSendsTooSlowlyIsCutOff(path: String) async throws {
      var options = Shop.writable
      options.limits.stall = .seconds(1)
      try await Shop.listening(options) { visitor, shop in
        let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
        // On a machine that is busy for so long the server may not even wait for the request.
        var channel: (any Channel)?
        while channel == nil { channel = try? await Self.connectDeaf(to: visitor, request: head) }
        var written = 0
        while (try? await channel!.writeAndFlush(ByteBuffer(string: "x")).get()) != nil {
          written += 1
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(written < 100_000, "it was let send all that it had promised")
        try? await channel!.close()
      }
    }

    @Test func theServerEndsWithoutWaitingForThoseWhoTakeNothing() async throws {
      var options = Shop.writable
      options.limits.farewell = .milliseconds(10)
      options.limits.stall = .seconds(3600)
      let held = Mutex<(server: QueryServer, client: any Channel)?>(nil)
      try await Shop.listening(options) { visitor, shop in
        let sale = Shop.sale(String(repeating: "x", count: 1 << 20), 1)
        for number in 0..<16 { try await shop.sell(sale.replacing("xx\"", with: "\(number)\"")) }
        let client = try await Self.connectDeaf(to: visitor)
        while shop.server.connections.count == 0 { await Task.yield() }
        held.withLock { $0 = (shop.server, client) }
      }
      // The server has ended, and closed the connection, while the client is still there and has taken nothing.
      let both = held.withLock { $0 }
      let (server, client) = try #require(both)
      while server.connections.count > 0 { await Task.yield() }
      try? await client.close()
    }

    @Test func connectionsBeyondTheLimitAreToldSo() async throws {
      var options = Shop.writable
      options.limits.connections = 2
      try await Shop.listening(options) { visitor, _ in
        let first = try await visitor.events()
        let second = try await visitor.events()
        #expect(try await visitor.get("/healthz").status == .serviceUnavailable)
        _ = (first, second)
      }
    }
  }
#endif
