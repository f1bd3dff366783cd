import TidemillColumns

/// One column of a database table, and which part of which column of the result it holds.
package struct TableColumn: Hashable, Sendable {
  /// What of the result's column is kept: a window takes two columns of a table.
  package enum Part: Hashable, Sendable {
    case whole, windowStart, windowEnd
  }

  package var name: String
  /// Never `.window`.
  package var type: DataType
  /// The column's ordinal in the result.
  package var source: Int
  package var part: Part

  /// The columns that hold a result of this schema: `w_start` and `w_end` for a window `w`.
  package static func of(_ schema: Schema) -> [TableColumn] {
    schema.fields.enumerated().flatMap { source, field in
      guard field.type == .window else {
        return [TableColumn(name: field.name, type: field.type, source: source, part: .whole)]
      }
      return [
        TableColumn(name: field.name + "_start", type: .timestamp, source: source, part: .windowStart),
        TableColumn(name: field.name + "_end", type: .timestamp, source: source, part: .windowEnd),
      ]
    }
  }
}
