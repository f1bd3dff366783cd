#if Server
  import Tidemill

  extension ServedJob {
    /// `GET /v1/queries`.
    func summary(isWritable: Bool) async -> [UInt8] {
      let stateName = await stateName
      let error: String? = if case .failed(let error) = phase { error.description } else { nil }
      let streams = streams
      let live = live.all
      return JSONText.object { json in
        json.member("state", stateName)
        json.member("error", error)
        json.member("now", WallClock.now)
        json.member("startedAt", startedAt)
        json.member("checkpoint", hasCheckpoint)
        json.member("writable", isWritable)
        json.object("memory") { json in
          json.member("stateBytes", live.values.reduce(0) { $0 + $1.last.stateBytes })
          json.member("budgetBytes", memoryBudget)
        }
        json.array("queries", descriptions) { json, query in
          json.object { query.write(live[query.name], to: &$0) }
        }
        json.array("streams", streams) { json, stream in
          json.object { json in
            json.member("name", stream.name)
            json.member("provider", "http")
            json.columns(stream.schema)
            json.member("waitingBytes", stream.waitingBytes)
            json.member("limitBytes", stream.waitingLimit)
          }
        }
      }
    }
  }

  extension ServedJob.Description {
    /// What a query is and how it is getting on.
    func write(_ live: LiveQueries.Query?, to json: inout JSONText) {
      let last = live?.last
      json.member("id", name)
      json.member("view", view)
      json.member("mode", mode)
      json.member("sinks", last?.sinks.map(\.description) ?? sinks)
      json.member("source", last?.sourceDescription ?? source)
      json.member("epoch", last?.batchId ?? Epoch.none)
      json.member("timestamp", last?.timestamp)
      json.member("watermark", last?.watermark)
      json.member("maxEventTime", last?.maxEventTime)
      json.member("inputRowsPerSecond", last?.inputRowsPerSecond ?? 0)
      json.member("epochMilliseconds", last?.batchDuration ?? 0)
      json.member("openWindows", last?.openWindows ?? 0)
      json.member("stateBytes", last?.stateBytes ?? 0)
      json.object("ledger") { $0.members(of: last?.totalLedger ?? RowLedger()) }
      json.array("recent", live?.recent ?? []) { json, epoch in
        json.object { json in
          json.member("epoch", epoch.epoch)
          json.member("timestamp", epoch.timestamp)
          json.member("rows", epoch.rows)
          json.member("milliseconds", epoch.milliseconds)
          json.member("late", epoch.late)
          json.member("rejected", epoch.rejected)
          json.member("stateBytes", epoch.stateBytes)
          json.member("outputRows", epoch.outputRows)
        }
      }
    }
  }

  extension JSONText {
    mutating func members(of ledger: RowLedger) {
      member("rowsIn", ledger.rowsIn)
      member("rejected", ledger.rejected)
      member("duplicate", ledger.duplicate)
      member("filtered", ledger.filtered)
      member("late", ledger.late)
      member("aggregated", ledger.aggregated)
    }

    /// `"columns":[{"name":"total","type":"BIGINT"}]`.
    mutating func columns(_ schema: Schema) {
      array("columns", schema.fields) { json, field in
        json.object { json in
          json.member("name", field.name)
          json.member("type", field.type == .window ? "WINDOW" : field.type.sqlName)
        }
      }
    }
  }
#endif
