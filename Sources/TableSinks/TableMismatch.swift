import TidemillColumns

/// How a table that was there already differs from what a query needs.
package enum TableMismatch: Hashable, Sendable {
  /// There is no such column.
  case missing(column: String, wanted: String)
  /// A column of another type.
  case type(column: String, found: String, wanted: String)
  /// A column that the query does not fill, and that takes no NULL.
  case unfilled(column: String)
  /// Nothing makes the key unique.
  case key(columns: [String], statement: String)
  /// No table at all, but something else of that name.
  case noTable(found: String)

  package func error(_ table: String) -> TidemillError {
    let elsewhere = "write to another table, or drop it: tidemill makes it as it needs it"
    switch self {
    case .missing(let column, let wanted):
      return TidemillError(
        .badInput, "table \(table) has no column `\(column)`, and the query gives one of type \(wanted)",
        hint: "add it with ALTER TABLE, or \(elsewhere)")
    case .type(let column, let found, let wanted):
      return TidemillError(
        .badInput, "column `\(column)` of table \(table) is \(found), and the query needs \(wanted)",
        hint: "cast in the query, change the column, or \(elsewhere)")
    case .unfilled(let column):
      return TidemillError(
        .badInput, "column `\(column)` of table \(table) is NOT NULL without a default, and the query does not give it",
        hint: "select it in the query, give it a default, or \(elsewhere)")
    case .key(let columns, let statement):
      return TidemillError(
        .badInput, "nothing in table \(table) makes the key of the result unique: \(columns.joined(separator: ", "))",
        hint: "\(statement), or \(elsewhere)")
    case .noTable(let found):
      return TidemillError(.badInput, "\(table) is a \(found), not a table", hint: "write to another table")
    }
  }
}
