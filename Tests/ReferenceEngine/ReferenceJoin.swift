import TidemillColumns
import TidemillPlan

extension TableJoin {
  /// What a row becomes: itself with the values of each row of the table that belongs to it, found by looking at all of them.
  ///
  /// - Parameter table: all rows, under the table's own schema.
  func rows(of row: [Value], table: [[Value]], zone: SessionZone) -> [[Value]] {
    var found: [[Value]] = []
    let own = keys.map { evaluate($0, on: row, zone: zone) }
    for candidate in side.rows(of: table, zone: zone) {
      let values = Array(candidate.prefix(side.valueCount))
      let theirs = Array(candidate.dropFirst(side.valueCount))
      // NULL is equal to nothing, not even to NULL.
      guard !own.contains(.null), !theirs.contains(.null), RowKey(own.map(normalized)) == RowKey(theirs.map(normalized)) else {
        continue
      }
      let both = row + values
      if let condition, evaluate(condition, on: both, zone: zone) != .boolean(true) { continue }
      found.append(both)
    }
    if found.isEmpty, kind == .left { return [row + Array(repeating: .null, count: side.valueCount)] }
    return found
  }
}

extension TableSide {
  /// The values and keys of all rows that are left of a table.
  fileprivate func rows(of table: [[Value]], zone: SessionZone) -> [[Value]] {
    var rows = table.map { row in scanSchema.fields.map { row[self.table.schema.ordinal(of: $0.name)!] } }
    for stage in stages {
      switch stage {
      case .filter(let condition): rows = rows.filter { evaluate(condition, on: $0, zone: zone) == .boolean(true) }
      case .project(let items): rows = rows.map { row in items.map { evaluate($0.expression, on: row, zone: zone) } }
      case .deduplicate, .join, .aggregate, .topN: preconditionFailure("a table's side is filtered and projected only")
      }
    }
    return rows
  }
}
