import TidemillColumns
import TidemillPlan

extension PreparedBatch {
  /// Gives each row the values of the table's rows that belong to it.
  func join(_ table: JoinTable, _ evaluator: ExpressionEvaluator) {
    let join = table.join
    let (columns, count) = (current.columns, current.count)
    let keepsAll = join.kind == .left
    let keys = join.keys.map { evaluator.evaluate($0, columns, count: count) }
    let rowBytes = Schema(current.schema.fields + join.side.values).valueBytes
    let limit = table.byteLimit / rowBytes
    guard let matches = table.matches(keys, count: count, keepsAll: keepsAll, limit: limit) else {
      failure = TidemillError(
        .outOfMemory,
        "the join with table \(join.side.table.name) makes more than \(limit) rows of \(count)",
        hint: "a key of the table has very many rows; join by more columns, or aggregate the table before")
      // What comes behind goes on with no rows of the join's columns, until the epoch ends with the failure.
      current = .empty(Schema(current.schema.fields + join.side.values))
      rows = []
      return
    }
    if let condition = join.condition {
      let candidates = pairs(matches, table).columns
      matches.keep(evaluator.selection(condition, candidates, count: matches.count), keepsAll: keepsAll)
    }
    let joined = pairs(matches, table)
    note(matches)
    current = joined
    joinedRowBytes = rowBytes
  }

  /// The rows of pairs, with the table's values behind their own.
  private func pairs(_ matches: JoinMatches, _ table: JoinTable) -> Batch {
    let own =
      matches.isIdentity(over: current.count)
      ? current.columns : current.columns.map { $0.selecting(matches.left.base, count: matches.count) }
    return Batch(
      schema: Schema(current.schema.fields + table.join.side.values), count: matches.count,
      columns: own + table.values.map { $0.looked(up: matches) })
  }

  /// Takes note of where the rows of pairs come from, and of rows that have gone.
  private func note(_ matches: JoinMatches) {
    let count = matches.count
    if matches.isIdentity(over: current.count) { return }
    let left = matches.left.base
    var distinct = 0
    var last = UInt32.max
    for position in 0..<count {
      distinct &+= left[position] == last ? 0 : 1
      last = left[position]
    }
    noteFiltered(current.count - distinct)
    if let old = rows {
      rows = (0..<count).map { old[Int(left[$0])] }
    } else {
      rows = (0..<count).map { Int(left[$0]) }
    }
    if distinct < count { beginFates() }
  }
}
