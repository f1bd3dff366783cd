import TidemillColumns

extension Stage {
  /// The stage on one line, over its input's columns.
  func text(over schema: Schema) -> String {
    switch self {
    case .filter(let condition): "Filter \(condition.text(over: schema))"
    case .project(let items): "Project \(items.map { $0.text(over: schema) }.joined(separator: ", "))"
    case .deduplicate(let columns, let withinWatermark):
      "Deduplicate by [\(Self.names(columns, schema))]\(withinWatermark ? " within the watermark" : "")"
    case .aggregate(let aggregation): aggregation.text(over: schema)
    case .topN(let topN): topN.text(over: schema)
    }
  }

  fileprivate static func names(_ ordinals: [Int], _ schema: Schema) -> String {
    ordinals.map { schema[$0].name }.joined(separator: ", ")
  }
}

extension NamedExpression {
  func text(over schema: Schema) -> String {
    let text = expression.text(over: schema)
    return text == name ? name : "\(text) AS \(name)"
  }
}

extension Aggregation {
  func text(over schema: Schema) -> String {
    var text = "Aggregate keys=[\(keys.map { $0.text(over: schema) }.joined(separator: ", "))]"
    if let window { text += " window=[\(window.text(over: schema))]" }
    text += " aggregates=[\(calls.map { $0.text(over: schema) }.joined(separator: ", "))]"
    if let timeToLive { text += " ttl=[\(timeToLive)]" }
    return text
  }
}

extension WindowAssignment {
  func text(over schema: Schema) -> String {
    let what =
      switch kind {
      case .fixed(let size, let slide, let start):
        (slide == size ? "\(size) tumbling" : "\(size) sliding by \(slide)") + (start == .zero ? "" : " from \(start)")
      case .session(let gap): "session with gap \(gap)"
      case .existing: "the window"
      }
    return "\(what) \(kind == .existing ? "" : "on ")\(time.text(over: schema))\(followsWatermark ? "" : ", never closing")"
  }
}

extension AggregateCall {
  func text(over schema: Schema) -> String {
    let argument = argument?.text(over: schema) ?? ""
    let call =
      switch function {
      case .countRows: "count(*)"
      case .countDistinct: "count(DISTINCT \(argument))"
      default: "\(function.rawValue)(\(argument))"
      }
    return call + (filter.map { " FILTER (WHERE \($0.text(over: schema)))" } ?? "")
  }
}

extension TopN {
  func text(over schema: Schema) -> String {
    let order = order.map {
      let direction = $0.ascending ? "ASC" : "DESC"
      return
        "\(schema[$0.ordinal].name) \(direction)\($0.nullsFirst == $0.ascending ? "" : $0.nullsFirst ? " NULLS FIRST" : " NULLS LAST")"
    }
    return "TopN \(limit) partition=[\(Stage.names(partition, schema))] order=[\(order.joined(separator: ", "))]"
      + (rankName.map { " rank=\($0)" } ?? "")
  }
}
