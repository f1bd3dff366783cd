import TidemillColumns
import TidemillPlan

/// What options outside of a query's text add to its meaning.
extension LogicalPlan {
  /// The plan with a time-to-live on the grouping of the stream's rows, if that has no window and no time-to-live of its own.
  /// Groupings of its result are left alone.
  func keepingKeys(for span: TimeSpan?) -> LogicalPlan {
    guard let span else { return self }
    return rewriting(groupings: { grouping, input in
      guard !input.groups else { return grouping }
      var grouping = grouping
      let hasWindow = grouping.keys.contains {
        if case .call("window", _) = $0.node { return true }
        if case .call("session_window", _) = $0.node { return true }
        return false
      }
      if grouping.timeToLive == nil, !hasWindow, !grouping.keys.isEmpty { grouping.timeToLive = span }
      return grouping
    })
  }

  /// The plan in which streams with the option `deduplicate 'a, b'` give only the first row of each combination of these columns.
  func droppingDuplicates(of streams: [String: StreamDefinition]) -> LogicalPlan {
    rewriting(streams: { name, range in
      guard let columns = streams[name]?.options["deduplicate"] else { return .stream(name, at: range) }
      let names = columns.split(separator: ",").map { part in
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      return .alias(name, .deduplicate(names, .stream(name, at: range)))
    })
  }

  private func rewriting(
    streams: (String, TextRange?) -> LogicalPlan = { .stream($0, at: $1) },
    groupings: (Grouping, LogicalPlan) -> Grouping = { grouping, _ in grouping }
  ) -> LogicalPlan {
    func rewritten(_ plan: LogicalPlan) -> LogicalPlan {
      switch plan {
      case .invalid: plan
      case .stream(let name, let range): streams(name, range)
      case .alias(let name, let input): .alias(name, rewritten(input))
      case .watermark(let column, let delay, let input): .watermark(column: column, delay: delay, rewritten(input))
      case .filter(let condition, let input): .filter(condition, rewritten(input))
      case .project(let items, let input): .project(items, rewritten(input))
      case .qualify(let condition, let input): .qualify(condition, rewritten(input))
      case .deduplicate(let columns, let input): .deduplicate(columns, rewritten(input))
      case .aggregate(let grouping, let input): .aggregate(groupings(grouping, input), rewritten(input))
      case .join(let join):
        .join(Join(join.kind, rewritten(join.left), rewritten(join.right), join.condition, at: join.range))
      }
    }
    return rewritten(self)
  }

  /// Whether there is a grouping in it.
  private var groups: Bool {
    switch self {
    case .aggregate: true
    case .stream, .invalid: false
    case .join(let join): join.left.groups
    case .alias(_, let input), .watermark(_, _, let input), .filter(_, let input), .project(_, let input),
      .qualify(_, let input), .deduplicate(_, let input):
      input.groups
    }
  }
}
