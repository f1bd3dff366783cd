#if Server
  import Tidemill

  extension QueryInspection {
    /// The same members of a query of which nothing is known.
    static func writeNothing(to json: inout JSONText) {
      json.member("delay", nil as String?)
      json.member("partitions", [])
      json.member("openWindowCount", 0)
      json.member("openWindowList", [])
      json.member("heldBy", nil as String?)
      json.member("rejectedSamples", [])
      json.member("lateSamples", [])
    }

    /// What `GET /v1/queries/{id}` says beyond the list of queries.
    func write(to json: inout JSONText) {
      json.member("delay", delay?.description)
      json.array("partitions", partitions) { json, partition in
        json.object { json in
          json.member("partition", partition.number)
          json.member("watermark", partition.watermark)
          json.member("maxEventTime", partition.highest)
          json.member("idle", partition.isIdle)
          json.object("ledger") { $0.members(of: partition.ledger) }
        }
      }
      json.member("openWindowCount", openWindowCount)
      json.array("openWindowList", openWindows) { json, window in
        json.object { json in
          json.member("start", window.start)
          json.member("end", window.end)
          json.member("groups", window.groups)
          json.member("closesWhen", closing(of: window))
        }
      }
      json.key("heldBy")
      if let held = holdingPartition {
        json.object { json in
          json.member("partition", held.number)
          json.member("watermark", held.watermark)
        }
      } else {
        json.raw("null".utf8)
      }
      json.array("rejectedSamples", rejected) { json, sample in
        json.object { json in
          json.member("reason", sample.reason.rawValue)
          json.member("detail", sample.detail)
          json.member("origin", sample.origin)
          json.member("line", sample.line)
          json.member("text", sample.text)
          json.member("epoch", sample.epoch)
        }
      }
      json.array("lateSamples", late) { json, sample in
        json.object { json in
          json.key("row")
          json.raw((sample.json.isEmpty ? "{}" : sample.json).utf8)
          json.member("eventTime", sample.eventTime)
          json.member("watermark", sample.watermark)
          json.member("epoch", sample.epoch)
        }
      }
    }

    private var holdingPartition: Partition? { holding.flatMap { number in partitions.first { $0.number == number } } }

    private func closing(of window: OpenWindow) -> String {
      let holder = holdingPartition.map { "the watermark of partition \($0.number)" } ?? "the watermark"
      guard let watermark, watermark != .distantPast else { return "\(holder) reaches \(window.end); there is none yet" }
      return "\(holder) reaches \(window.end); it is at \(watermark)"
    }
  }
#endif
