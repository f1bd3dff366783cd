import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// How a result lies in a database table.
package struct TableLayout: Sendable {
  package var columns: [TableColumn]
  /// Ordinals of `columns` that tell rows apart; `nil` when equal rows may be in the table. No ordinals: there is one row at most.
  package var key: [Int]?
  package var mode: OutputMode

  /// - Parameters:
  ///   - table: for messages.
  ///   - distinguishesCase: whether the database takes `a` and `A` for two columns.
  /// - Throws: `TidemillError` when two columns would have one name.
  package init(_ shape: ResultShape, table: String, distinguishesCase: Bool) throws {
    columns = TableColumn.of(shape.schema)
    mode = shape.mode
    // A final row comes once for each window. A key without a window may come again once its time to live is over.
    let isUnique = shape.mode != .append || (shape.key ?? []).contains { shape.schema[$0].type == .window }
    key =
      isUnique
      ? shape.key.map { key in columns.indices.filter { key.contains(columns[$0].source) } } : nil
    var seen: [String: TableColumn] = [:]
    for column in columns {
      let name = distinguishesCase ? column.name : column.name.lowercased()
      guard let other = seen.updateValue(column, forKey: name) else { continue }
      let parts = [other, column].filter { $0.part != .whole }.map {
        "`\($0.name)` of the window `\(shape.schema[$0.source].name)`"
      }
      throw TidemillError(
        .invalidQuery,
        "table \(table) would have two columns `\(column.name)`"
          + (parts.isEmpty ? "" : ": one of them is \(parts.joined(separator: ", another "))"),
        hint: "give one of the result's columns another name with AS")
    }
    guard !columns.isEmpty else {
      throw TidemillError(.invalidQuery, "table \(table) would have no columns", hint: "select at least one")
    }
  }

  /// Ordinals of the columns that are not in the key.
  package var rest: [Int] { columns.indices.filter { !(key ?? []).contains($0) } }

  /// The names of the key's columns, for messages.
  package var keyText: String { (key ?? []).map { columns[$0].name }.joined(separator: ", ") }
}
