import TidemillColumns

extension Relation {
  /// Says which column is the event time, and how late its rows may be.
  func watermarked(_ name: String, _ delay: TimeSpan, at range: TextRange?) throws -> Relation {
    try checkNoRank()
    guard eventTime == nil else {
      throw TidemillError(
        .invalidQuery, "the stream `\(stream.name)` has a watermark already, for `\(stream.schema[eventTime!].name)`",
        hint: "define it once, in CREATE STREAM or by withWatermark", at: range)
    }
    guard !isAggregated else {
      throw TidemillError(
        .invalidQuery, "a watermark must be defined before the rows are aggregated",
        hint: "move it to the stream", at: range)
    }
    guard delay >= .zero else {
      throw TidemillError(
        .invalidQuery, "the watermark's delay of \(delay) is negative", hint: "a row cannot be late before its time",
        at: range)
    }
    let column = try scope.lookUp(name.split(separator: ".").map(String.init), at: range)
    guard case .column(let ordinal) = column.kind, let streamOrdinal = physical[ordinal].streamOrdinal,
      column.type == .timestamp
    else {
      throw TidemillError(
        .invalidQuery, "the watermark's column `\(name)` must be a timestamp column of the stream, and it is \(column.type)",
        hint: "declare it as TIMESTAMP", at: range)
    }
    var result = self
    result.eventTime = streamOrdinal
    result.delay = delay
    for index in result.physical.indices where result.physical[index].streamOrdinal == streamOrdinal {
      result.physical[index].followsWatermark = true
    }
    return result
  }

  func deduplicating(_ names: [String]) throws -> Relation {
    try checkNoRank()
    let ordinals =
      names.isEmpty
      ? visible.filter { !$0.isHidden }.map(\.ordinal)
      : try names.map { name in
        let column = try scope.lookUp(name.split(separator: ".").map(String.init), at: nil)
        guard case .column(let ordinal) = column.kind else {
          throw TidemillError(.invalidQuery, "duplicates can be told by whole columns only, not by `\(name)`")
        }
        return ordinal
      }
    if isAggregated {
      // A result with its whole key selected has no duplicates.
      if let key, names.isEmpty, key.allSatisfy(ordinals.contains) { return self }
      throw TidemillError(
        .unsupported, "DISTINCT and dropDuplicates work on a stream's rows, not on aggregated results",
        hint: "group by those columns instead, or drop duplicates before aggregating")
    }
    var result = self
    var seen: Set<Int> = []
    // DISTINCT means what it says: only rows that carry their event time can be forgotten, since a repeat of one is late by then.
    // Duplicates by given columns are those that come within the watermark.
    let carriesTime = ordinals.contains { followsWatermark(TypedExpression(physical[$0].type, .column($0))) }
    let withinWatermark = eventTime != nil && (!names.isEmpty || carriesTime)
    result.stages.append(
      .deduplicate(ordinals.filter { seen.insert($0).inserted }, withinWatermark: withinWatermark))
    result.steps.append(StatefulStep(kind: .deduplicate(withinWatermark: withinWatermark)))
    return result
  }

  /// The relation that a GROUP BY gives: the keys, then the aggregates.
  func aggregated(
    _ keys: [GroupKey], calls: [AggregateCall], timeToLive: TimeSpan?, place: TextRange?
  ) -> Relation {
    var result = self
    var window = keys.last?.window
    if let named = keys.last, window != nil { window!.name = named.names.first ?? window!.name }
    let plain = keys.filter { $0.window == nil }
    let aggregation = Aggregation(
      keys: plain.map {
        NamedExpression($0.names.first ?? DefaultNames.text(of: $0.expression, qualifiers: qualifiers), $0.typed!)
      }, window: window, calls: calls, timeToLive: timeToLive)
    result.physical = aggregation.keys.map { PhysicalColumn(name: $0.name, type: $0.expression.type) }
    if let window {
      var column = PhysicalColumn(name: window.name, type: .window, followsWatermark: window.followsWatermark)
      switch window.kind {
      case .fixed: column.isFixedWindow = true
      case .session: column.isFixedWindow = false
      case .existing:
        if case .column(let ordinal) = window.time.kind { column.isFixedWindow = physical[ordinal].isFixedWindow }
      }
      result.physical.append(column)
    }
    result.physical += calls.map { PhysicalColumn(name: $0.name, type: $0.resultType) }
    result.visible = result.physical.enumerated().map { VisibleColumn(name: $1.name, ordinal: $0) }
    result.qualifiers = []
    result.key = Array(0..<aggregation.keyCount)
    result.isAggregated = true
    result.stages.append(.aggregate(aggregation))
    result.steps.append(StatefulStep(kind: .aggregate(aggregation), range: place))
    return result
  }
}
