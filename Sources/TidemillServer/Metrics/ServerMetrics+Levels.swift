#if Server
  import Tidemill

  extension ServerMetrics {
    /// Sets what is a level and not a count to what it is now.
    func measure(_ job: ServedJob, subscribers: Int, connections: Int) async {
      let now = WallClock.now
      let isUp =
        switch job.phase {
        case .starting, .running, .stopping: true
        case .ended, .failed: false
        }
      for (name, query) in job.live.all {
        let labels = [("query", name)]
        set("tidemill_epoch", labels, Double(query.last.batchId.number))
        set("tidemill_state_bytes", labels, Double(query.last.stateBytes))
        set("tidemill_open_windows", labels, Double(query.last.openWindows))
        // Queries that have ended lag behind nothing.
        guard isUp else {
          remove("tidemill_watermark_lag_seconds", labels)
          continue
        }
        if let watermark = query.last.watermark, watermark != .distantPast, watermark != .distantFuture {
          let lag = (Double(now.microseconds) - Double(watermark.microseconds)) / 1e6
          set("tidemill_watermark_lag_seconds", labels, lag)
        }
      }
      let hasBegun = await job.unreadiness == nil
      for view in job.views where hasBegun {
        guard let (rows, epoch) = try? await job.counts.count(of: view) else { continue }
        set("tidemill_view_rows", [("view", view.name)], Double(rows))
        set("tidemill_view_epoch", [("view", view.name)], Double(epoch.number))
      }
      for stream in job.streams {
        set("tidemill_push_waiting_bytes", [("stream", stream.name)], Double(stream.waitingBytes))
        set("tidemill_push_limit_bytes", [("stream", stream.name)], Double(stream.waitingLimit))
      }
      set("tidemill_up", [], isUp ? 1 : 0)
      set("tidemill_sse_subscribers", [], Double(subscribers))
      set("tidemill_http_connections", [], Double(connections))
      set("process_start_time_seconds", [], Double(job.startedAt.microseconds) / 1e6)
    }
  }
#endif
