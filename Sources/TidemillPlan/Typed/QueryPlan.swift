import TidemillColumns

/// One step of a query. Input ordinals refer to the output of the step before.
public enum Stage: Hashable, Sendable {
  /// Keeps rows for which the condition is true.
  case filter(TypedExpression)
  /// Replaces the columns by these, one for each expression.
  case project([NamedExpression])
  /// Keeps the first row of each combination of the columns at these ordinals.
  ///
  /// - Parameter withinWatermark: whether a combination is forgotten once the watermark has passed the row that was kept, and rows
  ///   behind the watermark are late; otherwise it is remembered for ever.
  case deduplicate([Int], withinWatermark: Bool)
  /// Looks rows up in a static table.
  case join(TableJoin)
  /// Groups rows; what comes out are changes of groups, not rows.
  case aggregate(Aggregation)
  /// Keeps the best rows of each partition.
  case topN(TopN)
}

extension Stage {
  /// The columns that come out when these go in.
  func outputSchema(over schema: Schema) -> Schema {
    switch self {
    case .filter, .deduplicate: schema
    case .project(let items): Schema(items.map { Field($0.name, $0.expression.type) })
    case .join(let join): Schema(schema.fields + join.side.values)
    case .aggregate(let aggregation): aggregation.outputSchema
    case .topN(let topN): Schema(schema.fields + (topN.rankName.map { [Field($0, .bigint)] } ?? []))
    }
  }
}

/// A query ready to run: one stream, a chain of stages, and what is known of its result.
public struct QueryPlan: Hashable, Sendable {
  /// What is read.
  public var stream: StreamDefinition
  /// The stream's columns that the query reads, in the stream's order.
  public var scanSchema: Schema
  /// The watermarked column's ordinal in `scanSchema`.
  public var eventTime: Int?
  /// The watermark's delay; `nil` without a watermark.
  public var delay: TimeSpan?
  /// The steps, in order.
  public var stages: [Stage]
  /// What the sink gets.
  public var outputMode: OutputMode
  /// The columns of the result.
  public var resultSchema: Schema
  /// Ordinals of `resultSchema` that identify a result row; `nil` when there is no such key, or it is not all selected.
  public var resultKey: [Int]?
  /// Plain warnings for the user: unbounded state, complete mode.
  public var warnings: [String]

  public init(
    stream: StreamDefinition, scanSchema: Schema, eventTime: Int?, delay: TimeSpan?, stages: [Stage],
    outputMode: OutputMode, resultSchema: Schema, resultKey: [Int]?, warnings: [String] = []
  ) {
    self.stream = stream
    self.scanSchema = scanSchema
    self.eventTime = eventTime
    self.delay = delay
    self.stages = stages
    self.outputMode = outputMode
    self.resultSchema = resultSchema
    self.resultKey = resultKey
    self.warnings = warnings
  }

  /// The schema that goes into stage `index`, and for `stages.count` the result's.
  public func schema(before index: Int) -> Schema {
    stages[..<index].reduce(scanSchema) { $1.outputSchema(over: $0) }
  }

  /// The joins with static tables, in order.
  public var joins: [TableJoin] {
    stages.compactMap { if case .join(let join) = $0 { join } else { nil } }
  }
}
