import TidemillColumns

extension Relation {
  /// The rows of a stream.
  init(_ stream: StreamDefinition, as name: String, at range: TextRange?) {
    let fields = stream.schema.fields
    self.init(
      stream: stream, place: range,
      physical: fields.enumerated().map { PhysicalColumn(name: $1.name, type: $1.type, streamOrdinal: $0) },
      visible: fields.enumerated().map { VisibleColumn(name: $1.name, ordinal: $0) }, qualifiers: [name])
  }

  /// The rows of a static table.
  init(_ table: TableDefinition, as name: String, at range: TextRange?) {
    let fields = table.schema.fields
    self.init(
      stream: StreamDefinition(name: table.name, schema: table.schema, provider: table.provider), table: table, place: range,
      physical: fields.map { PhysicalColumn(name: $0.name, type: $0.type) },
      visible: fields.enumerated().map { VisibleColumn(name: $1.name, ordinal: $0) }, qualifiers: [name])
  }

  /// Says that a query over a table alone would have nothing to wait for.
  func checkIsStream() throws {
    guard let table else { return }
    throw TidemillError(
      .unsupported, "a query reads a stream, and `\(table.name)` is a table",
      hint: "join a stream with it: FROM events JOIN \(table.name) ON …; or declare it with CREATE STREAM", at: place)
  }

  /// Says which column of the result has another's name, as those of a join can.
  func checkNames() throws {
    var seen: Set<String> = []
    for column in visible where !seen.insert(column.name).inserted {
      throw TidemillError(
        .invalidQuery, "two columns of the result are called `\(column.name)`",
        hint: "select the columns, one of them under another name", at: place)
    }
  }
}
