import TidemillColumns

extension Stage {
  /// The stage on one line, over its input's columns.
  func text(over schema: Schema) -> String {
    switch self {
    case .filter(let condition): "Filter \(condition.text(over: schema))"
    case .project(let items): "Project \(items.map { $0.text(over: schema) }.joined(separator: ", "))"
    case .deduplicate(let columns, let withinWatermark):
      "Deduplicate by [\(Self.names(columns, schema))]\(withinWatermark ? " within the watermark" : "")"
    case .join(let join): join.text(over: schema)
    case .aggregate(let aggregation): aggregation.text(over: schema)
    case .topN(let topN): topN.text(over: schema)
    }
  }

  fileprivate static func names(_ ordinals: [Int], _ schema: Schema) -> String {
    ordinals.map { schema[$0].name }.joined(separator: ", ")
  }
}

extension TableJoin {
  /// On one line, the table's part too, so that joins that differ have texts that differ.
  func text(over schema: Schema) -> String {
    "\(summary(over: schema)) with \(side.texts.joined(separator: ", then "))"
  }

  /// What is joined, without what the table's side does.
  func summary(over schema: Schema) -> String {
    let sideSchema = side.outputSchema
    let equalities = keys.enumerated().map { position, key in
      "\(key.text(over: schema)) = \(sideSchema[side.valueCount + position].name)"
    }
    var text = "Join \(kind.rawValue) \(side.table.name) on [\(equalities.joined(separator: ", "))]"
    if let condition { text += " and \(condition.text(over: Schema(schema.fields + side.values)))" }
    return text
  }
}

extension TableSide {
  /// What is read of the table, then each step that its rows go through.
  var texts: [String] {
    var texts = ["Table \(table.name) [\(scanSchema)] using \(table.provider)"]
    var schema = scanSchema
    for stage in stages {
      texts.append(stage.text(over: schema))
      schema = stage.outputSchema(over: schema)
    }
    return texts
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
