import TidemillColumns
import TidemillPlan

/// The rows of one group, in order of arrival.
private struct Group {
  var keys: [Value]
  var span: WindowSpan
  var rows: [[Value]]
}

extension Aggregation {
  /// The aggregation of all rows at once, one output row a group, in order of the groups' first rows.
  ///
  /// - Parameter watermark: when given, only groups with windows that it has closed.
  func groups(
    _ rows: [StageRow], closedBy watermark: EventTime?, behindSessions: Bool, zone: SessionZone
  ) throws -> [[Value]] {
    var found = makesSessions ? sessions(rows, zone) : plainGroups(rows, zone)
    if let watermark {
      found = found.filter { isClosed($0.span, by: watermark, behindSessions: behindSessions) }
    } else if window == nil, timeToLive != nil {
      found = newestOfEachKey(found)
    }
    return try found.map { group in
      var output = group.keys
      if window != nil { output.append(.window(start: group.span.start, end: group.span.end)) }
      let name = describe(output)
      return try output + calls.map { try $0.result(over: group.rows, of: name, zone: zone) }
    }
  }

  private func keys(of row: StageRow, _ zone: SessionZone) -> [Value] {
    keys.map { normalized(evaluate($0.expression, on: row.values, zone: zone)) }
  }

  private func plainGroups(_ rows: [StageRow], _ zone: SessionZone) -> [Group] {
    var groups: [Group] = []
    var positions: [RowKey: Int] = [:]
    for row in rows {
      let keys = keys(of: row, zone)
      for span in row.windows ?? windows(of: row, zone: zone) ?? [] {
        let key = RowKey(keys + [.window(start: span.start, end: span.end)])
        if let position = positions[key] {
          groups[position].rows.append(row.values)
        } else {
          positions[key] = groups.count
          groups.append(Group(keys: keys, span: span, rows: [row.values]))
        }
      }
    }
    return groups
  }

  /// Each key's rows in order of time, cut where a row does not touch the span of those before it.
  private func sessions(_ rows: [StageRow], _ zone: SessionZone) -> [Group] {
    var order: [RowKey] = []
    var singles: [RowKey: [Group]] = [:]
    for row in rows {
      let keys = keys(of: row, zone)
      let key = RowKey(keys)
      if singles[key] == nil { order.append(key) }
      for span in row.windows ?? windows(of: row, zone: zone) ?? [] {
        singles[key, default: []].append(Group(keys: keys, span: span, rows: [row.values]))
      }
    }
    var sessions: [Group] = []
    for key in order {
      var ofKey: [Group] = []
      let byTime = (singles[key] ?? []).enumerated().sorted {
        ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset)
      }
      for (_, single) in byTime {
        if let last = ofKey.last, single.span.start <= last.span.end {
          ofKey[ofKey.count - 1].span.end = max(last.span.end, single.span.end)
          ofKey[ofKey.count - 1].rows += single.rows
        } else {
          ofKey.append(single)
        }
      }
      sessions += ofKey
    }
    return sessions
  }

  private func newestOfEachKey(_ groups: [Group]) -> [Group] {
    var newest: [RowKey: EventTime] = [:]
    for group in groups {
      newest[RowKey(group.keys)] = max(newest[RowKey(group.keys)] ?? .distantPast, group.span.start)
    }
    return groups.filter { newest[RowKey($0.keys)] == $0.span.start }
  }

  /// `product_id = 17, window = {…}`, for errors.
  private func describe(_ identity: [Value]) -> String {
    let names = keys.map(\.name) + (window.map { [$0.name] } ?? [])
    return identity.isEmpty ? "all rows" : zip(names, identity).map { "\($0) = \($1)" }.joined(separator: ", ")
  }
}
