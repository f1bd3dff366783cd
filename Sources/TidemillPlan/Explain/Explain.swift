import TidemillColumns

extension QueryPlan {
  /// The plan as a tree, the last step first, with what is known of its state and its result.
  public func explain() -> String { explain(heads: ["Output \(outputMode.rawValue)\(keyText)"]) }

  /// The same for a query whose results go to several sinks, by mode, or to one that does not get them each epoch.
  public func explain(outputs: [(mode: OutputMode, every: TimeSpan?, sink: String)]) -> String {
    explain(
      heads: outputs.map { output in
        "Output \(output.mode.rawValue)\(keyText)\(output.every.map { " every \($0)" } ?? "") to \(output.sink)"
      })
  }

  private func explain(heads: [String]) -> String {
    var lines = heads
    var depth = 1
    for index in stages.indices.reversed() {
      lines.append(indented(stages[index].text(over: schema(before: index)), depth))
      depth += 1
    }
    lines.append(indented(scanText, depth))
    lines.append("State: \(stateText)")
    lines += warnings.map { "Warning: \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func indented(_ text: String, _ depth: Int) -> String { String(repeating: "  ", count: depth) + text }

  private var keyText: String {
    resultKey.map { " key=[\($0.map { resultSchema[$0].name }.joined(separator: ", "))]" } ?? ""
  }

  private var scanText: String {
    var text = "Scan \(stream.name) [\(scanSchema)]"
    if let eventTime, let delay { text += " watermark \(scanSchema[eventTime].name) - \(delay)" }
    return text
  }

  /// What the query remembers, and until when.
  private var stateText: String {
    var parts: [String] = []
    for stage in stages {
      switch stage {
      case .filter, .project: break
      case .deduplicate(_, let withinWatermark):
        parts.append("distinct rows, \(withinWatermark ? "until the watermark passes them" : "for ever")")
      case .aggregate(let aggregation): parts.append(aggregation.stateText(in: outputMode))
      case .topN(let topN):
        parts.append("the rows of each partition\(topN.window == nil ? "" : ", until its window closes")")
      }
    }
    return parts.isEmpty ? "none" : parts.joined(separator: "; ")
  }
}

extension Aggregation {
  fileprivate func stateText(in mode: OutputMode) -> String {
    if mode == .complete { return "every group, for ever" }
    if let window {
      return window.followsWatermark ? "open windows, until the watermark passes them" : "every window, for ever"
    }
    if keys.isEmpty { return "one group" }
    return timeToLive.map { "groups, until \($0) after their last row" } ?? "every group, for ever"
  }
}
