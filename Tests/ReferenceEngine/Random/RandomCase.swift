import TidemillColumns
import TidemillPlan

/// What random queries may contain.
public struct RandomOptions: Sendable {
  public enum Grouping: Hashable, Sendable, CaseIterable {
    /// No aggregate at all.
    case stateless
    /// Plain keys, kept for ever.
    case plain
    case timeToLive
    case tumbling
    case sliding
    case session
  }

  public var modes = OutputMode.allCases
  public var groupings = Grouping.allCases
  public var allowsTopN = true
  public var allowsChaining = true
  public var allowsDeduplication = true
  public var allowsIdleness = true
  /// Whether there are joins with static tables, which change between epochs.
  public var allowsJoins = false
  /// Whether the stream begins with a history in no order.
  public var hasHistory = false
  public var partitions = 1...3
  public var rows = 0...200
  /// Whether the events end with `endOfInput`, rather than with an epoch after which the query could go on.
  public var endsInput = true

  public init() {}
}

/// A random query with random events for it, made from one seed. What it gives does not depend on the order in which a group's
/// rows are added up: doubles that are summed are small multiples of 1/4.
public struct RandomCase: Sendable {
  public let seed: UInt64
  public let plan: QueryPlan
  public let events: [ReferenceEvent]

  public init(seed: UInt64, options: RandomOptions = RandomOptions()) {
    self.seed = seed
    var plans = RandomPlans(seed: seed, options: options)
    plan = plans.plan()
    var streams = RandomEvents(seed: seed ^ 0x5EED, options: options)
    events = streams.events(for: plan)
  }

  public func referenceResult() throws -> ReferenceResult { try run(plan, events: events) }
}

extension RandomCase: CustomStringConvertible {
  /// Enough to see what the query is, for a failing test's message.
  public var description: String {
    let stages = plan.stages.map { "  \($0)" }.joined(separator: "\n")
    let delay = plan.delay.map { "delay \($0)" } ?? "no watermark"
    return "seed \(seed): \(plan.outputMode), \(delay), \(events.count) events\n\(stages)"
  }
}
