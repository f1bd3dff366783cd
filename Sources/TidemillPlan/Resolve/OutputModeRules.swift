import TidemillColumns

/// What each output mode asks of a query, and what state it keeps for ever.
struct OutputModeRules {
  var relation: Relation
  var options: ResolveOptions

  /// - Returns: Warnings about state without a bound.
  /// - Throws: When the mode and the query do not go together.
  func check() throws -> [String] {
    for step in relation.steps {
      if case .aggregate(let aggregation) = step.kind { try checkTimeToLive(aggregation, at: step.range) }
    }
    switch options.outputMode {
    case .append:
      for step in relation.steps { try checkAppend(step) }
    case .complete:
      guard relation.isAggregated else {
        throw TidemillError(
          .invalidQuery, "complete mode needs an aggregation: without one the result is the whole stream",
          hint: "use append mode", at: relation.steps.first?.range)
      }
    case .update: break
    }
    if options.isSparkCompatible { try checkSpark() }
    if options.outputMode == .complete {
      return ["complete mode keeps every group for ever and gives the whole result each time; state is not bounded"]
    }
    return options.closesAtEnd ? [] : relation.steps.compactMap(unboundedState)
  }

  private func checkAppend(_ step: StatefulStep) throws {
    switch step.kind {
    case .deduplicate: return
    case .aggregate(let aggregation):
      if options.closesAtEnd || aggregation.window?.followsWatermark == true { return }
      let (message, hint): (String, String) =
        switch aggregation.window {
        case nil:
          (
            "append mode gives a result when it is final, and a group without a window never is",
            "group by a window of event time, or use update mode"
          )
        case _? where relation.eventTime == nil:
          (
            "append mode gives a window when the watermark has passed it, and the stream has no watermark",
            "add `WATERMARK FOR ts AS ts - INTERVAL '10 minutes'` to the stream, or use update mode"
          )
        default:
          (
            "append mode needs a window over the watermarked column `\(eventTimeName)`, and this one is over another",
            "use window(\(eventTimeName), …), or update mode"
          )
        }
      throw TidemillError(.invalidQuery, message, hint: hint, at: step.range)
    case .topN(_, let hasWindow):
      if hasWindow { return }
      throw TidemillError(
        .invalidQuery, "in append mode a row number must be partitioned by the window: else no rank is ever final",
        hint: "add the window to PARTITION BY, or use update mode", at: step.range)
    }
  }

  private var eventTimeName: String { relation.eventTime.map { relation.stream.schema[$0].name } ?? "ts" }

  private func checkTimeToLive(_ aggregation: Aggregation, at range: TextRange?) throws {
    guard let timeToLive = aggregation.timeToLive else { return }
    let problem: (message: String, hint: String)
    if timeToLive <= .zero {
      problem = ("a time to live must be longer than nothing", "write it as '1 day'")
    } else if aggregation.window != nil {
      problem = ("a window needs no time to live: it ends with the watermark", "leave out the ttl, or the window")
    } else if relation.eventTime == nil {
      problem = (
        "a time to live counts in event time, and the stream has no watermark",
        "add `WATERMARK FOR ts AS ts - INTERVAL '10 minutes'` to the stream"
      )
    } else {
      return
    }
    throw TidemillError(.invalidQuery, problem.message, hint: problem.hint, at: range)
  }

  private func checkSpark() throws {
    for step in relation.steps {
      guard case .aggregate(let aggregation) = step.kind, case .session? = aggregation.window?.kind,
        options.outputMode == .update
      else { continue }
      throw TidemillError(
        .unsupported, "Spark has no session windows in update mode, and compatibility = 'spark' is set",
        hint: "use append or complete mode, or leave the compatible mode", at: step.range)
    }
  }

  private func unboundedState(_ step: StatefulStep) -> String? {
    switch step.kind {
    case .aggregate(let aggregation):
      guard let window = aggregation.window else {
        if aggregation.keys.isEmpty || aggregation.timeToLive != nil { return nil }
        let keys = aggregation.keys.map(\.name).joined(separator: ", ")
        return "state is not bounded: groups of \(keys) are kept for ever; group by a window as well, or give them a ttl"
      }
      if window.followsWatermark { return nil }
      if relation.eventTime == nil {
        return "state is not bounded: without a watermark no window ever closes; define one for the stream"
      }
      return "state is not bounded: \(window.name) is not over the watermarked column \(eventTimeName), so it never closes"
    case .deduplicate(let withinWatermark):
      if withinWatermark { return nil }
      return relation.eventTime == nil
        ? "state is not bounded: without a watermark every distinct row is remembered for ever"
        : "state is not bounded: DISTINCT rows without their event time are remembered for ever"
    case .topN(let windowFollowsWatermark, _):
      if windowFollowsWatermark { return nil }
      return "state is not bounded: the row number is not partitioned by a window that closes, so it keeps every group"
    }
  }
}
