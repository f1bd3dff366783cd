#if Server
  import Hummingbird
  import Tidemill

  /// One follower of a view's changes: a snapshot, then each change, as fast as the client takes them.
  struct ChangeStream: Sendable {
    let feed: ViewFeed
    let snapshots: Snapshots
    let query: ViewQuery
    let watermark: @Sendable () -> EventTime?
    /// The epoch that the client has, if it comes back and that is still known.
    var resumed: Epoch?
    /// Counts the follower for as long as it is there.
    let seat: Seats.Seat

    /// Writes until the changes end or the client goes.
    func write(to writer: inout any ResponseBodyWriter) async throws {
      var epoch: Epoch
      if let resumed {
        epoch = resumed
        try await writer.write(EventText.heartbeat)
      } else {
        epoch = try await writeSnapshot(to: &writer)
      }
      while true {
        switch try await feed.next(after: epoch) {
        case .event(let event):
          try await writer.write(inPieces: [event.bytes])
          epoch = event.epoch
        case .lost: epoch = try await writeSnapshot(to: &writer)
        case .idle: try await writer.write(EventText.heartbeat)
        case .ended: return try await writer.write(EventText.end)
        }
      }
    }

    private func writeSnapshot(to writer: inout any ResponseBodyWriter) async throws -> Epoch {
      let snapshot = try await snapshots.read(feed.view, query, .json)
      let head = EventText.head(
        "snapshot", epoch: snapshot.epoch, token: snapshot.token, watermark: watermark(), isCut: snapshot.isCut)
      try await writer.write(inPieces: [ByteBuffer(bytes: head), snapshot.rows, ByteBuffer(bytes: EventText.tail)])
      withExtendedLifetime(snapshot.share) {}
      return snapshot.epoch
    }
  }
#endif
