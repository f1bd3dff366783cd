import DeltaLog
import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// How a result lies in a Delta table: its columns, its partitions, and what tells its rows apart.
struct DeltaLayout: Sendable {
  /// The columns of data files, in the order of the result.
  let stored: Schema
  /// Ordinals of the result's columns that are stored.
  let storedSources: [Int]
  let partitions: [PartitionColumn]
  /// Ordinals of `stored` that tell rows of one partition apart; `nil` when equal rows may be there.
  let key: [Int]?
  /// The ordinal in `stored` of the window whose rows lie together; `nil` without one.
  let window: Int?
  let mode: OutputMode
  let zone: SessionZone
  /// The table's columns, in order.
  let tableSchema: DeltaSchema

  /// - Parameters:
  ///   - partitionBy: names of columns, `nil` when nobody said: then the day of the window, if there is one. A window stands for
  ///     its day.
  ///   - table: for messages.
  /// - Throws: `TidemillError` when columns collide, or a partition is not of the key.
  init(_ shape: ResultShape, partitionBy: [String]?, table: String) throws {
    let schema = shape.schema
    guard schema.count > 0 else {
      throw TidemillError(.invalidQuery, "\(table) would have no columns", hint: "select at least one")
    }
    mode = shape.mode
    zone = shape.zone
    let windows = schema.fields.indices.filter { schema[$0].type == .window }
    let keyWindow = windows.first { shape.key?.contains($0) ?? true } ?? windows.first
    var partitions: [PartitionColumn] = []
    if let partitionBy {
      for name in partitionBy {
        let column = try Self.column(name, schema, windows, table)
        if partitions.contains(where: { $0.name == column.name }) {
          throw TidemillError(.invalidQuery, "\(table) is partitioned by `\(column.name)` twice", hint: "name it once")
        }
        partitions.append(column)
      }
    } else if let keyWindow, shape.mode != .update || (shape.key?.contains(keyWindow) ?? true) {
      partitions = [Self.day(of: keyWindow, schema)]
    }
    for partition in partitions where partition.isDayOfWindow {
      if let other = schema.fields.first(where: { $0.name.lowercased() == partition.name.lowercased() }) {
        throw TidemillError(
          .invalidQuery,
          "\(table) would have two columns `\(partition.name)`: one is the day of the window, the other "
            + "the result's column `\(other.name)`",
          hint: "give the result's column another name with AS, or say partitionBy")
      }
    }
    if shape.mode == .update, let key = shape.key {
      // A row whose partition changes would have to be looked for in all of them.
      for partition in partitions where !key.contains(partition.source) {
        throw TidemillError(
          .invalidQuery,
          "\(table) cannot be partitioned by `\(partition.name)` in update mode: it is not of the key of the result"
            + (key.isEmpty ? "" : ", which is \(key.map { schema[$0].name }.joined(separator: ", "))"),
          hint: "partition by a column that the query groups by")
      }
    }
    var names: [String: String] = [:]
    for field in schema.fields {
      if let other = names.updateValue(field.name, forKey: field.name.lowercased()) {
        throw TidemillError(
          .invalidQuery, "\(table) would have two columns `\(other)` and `\(field.name)`, which readers take for one",
          hint: "give one of the result's columns another name with AS")
      }
    }
    let whole = Set(partitions.filter { !$0.isDayOfWindow }.map(\.source))
    let sources = schema.fields.indices.filter { !whole.contains($0) }
    guard !sources.isEmpty else {
      throw TidemillError(
        .invalidQuery, "\(table) is partitioned by all of its columns", hint: "leave at least one out of partitionBy")
    }
    self.partitions = partitions
    storedSources = sources
    stored = Schema(sources.map { schema[$0] })
    key = shape.key.map { key in
      // In the order of names, so that the order in which a query selects its columns means nothing for where rows lie.
      sources.indices.filter { key.contains(sources[$0]) }.sorted { schema[sources[$0]].name < schema[sources[$1]].name }
    }
    window = keyWindow.flatMap { keyWindow in
      shape.key?.contains(keyWindow) ?? false ? sources.firstIndex(of: keyWindow) : nil
    }
    tableSchema = DeltaSchema(
      schema.fields.map { DeltaField($0.name, DeltaType($0.type)) }
        + partitions.filter(\.isDayOfWindow).map { DeltaField($0.name, DeltaType($0.type)) })
  }

  private static func day(of window: Int, _ schema: Schema) -> PartitionColumn {
    PartitionColumn(name: schema[window].name + "_date", type: .date, source: window, isDayOfWindow: true)
  }

  private static func column(_ name: String, _ schema: Schema, _ windows: [Int], _ table: String) throws -> PartitionColumn {
    if let window = windows.first(where: { [schema[$0].name, schema[$0].name + "_date"].contains(name) }) {
      return day(of: window, schema)
    }
    guard let source = schema.ordinal(of: name) else {
      throw TidemillError(
        .invalidQuery, "\(table) cannot be partitioned by `\(name)`: the result has no such column",
        hint: "its columns are \(schema.fields.map(\.name).joined(separator: ", "))")
    }
    let field = schema[source]
    if field.type == .window { return day(of: source, schema) }
    return PartitionColumn(name: field.name, type: field.type, source: source, isDayOfWindow: false)
  }

  /// What places in files rest on: the columns of the key, as a file's tag names them.
  var keyTag: String {
    JSONValue.array((key ?? Array(stored.fields.indices)).map { .string(stored[$0].name) }).serialized
  }

  /// The columns of a result that files hold.
  func storedRows(_ batch: Batch) -> Batch {
    Batch(schema: stored, count: batch.count, columns: storedSources.map { batch.columns[$0] }, weights: batch.weights)
  }

  /// Checks whether the result fits into a table that is there.
  ///
  /// - Throws: `TidemillError` naming the first column that does not.
  func check(against metadata: TableMetadata, table: String) throws {
    let there = try DeltaSchema(text: metadata.schemaString)
    let elsewhere = "write to another table, or let the query give the columns that this one has"
    for field in tableSchema.fields {
      guard let found = there.fields.first(where: { $0.name == field.name }) else {
        throw TidemillError(
          .badInput, "\(table) has no column `\(field.name)`, and the query gives one of type \(field.type.name)",
          hint: "add it to the table, or \(elsewhere)")
      }
      if !Self.fits(field.type, found.type) {
        throw TidemillError(
          .badInput, "column `\(field.name)` of \(table) is \(found.type.name), and the query gives \(field.type.name)",
          hint: "cast in the query, or \(elsewhere)")
      }
      if !found.isNullable {
        throw TidemillError(
          .unsupported, "column `\(field.name)` of \(table) takes no NULL, and tidemill cannot promise that", hint: elsewhere)
      }
    }
    for field in there.fields where !field.isNullable && !tableSchema.fields.contains(where: { $0.name == field.name }) {
      throw TidemillError(
        .badInput, "column `\(field.name)` of \(table) takes no NULL, and the query does not give it", hint: elsewhere)
    }
    let names = partitions.map(\.name)
    if metadata.partitionColumns != names {
      func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
      throw TidemillError(
        .badInput, "\(table) is partitioned by \(list(metadata.partitionColumns)), and the sink by \(list(names))",
        hint: "say partitionBy '\(metadata.partitionColumns.joined(separator: ", "))', or write to another table")
    }
  }

  /// The same types, whatever else is noted about their parts.
  private static func fits(_ wanted: DeltaType, _ found: DeltaType) -> Bool {
    switch (wanted, found) {
    case (.structure(let wanted), .structure(let found)):
      wanted.count == found.count
        && zip(wanted, found).allSatisfy { $0.name == $1.name && $1.isNullable && fits($0.type, $1.type) }
    case (.primitive, .primitive):
      wanted.dataType == found.dataType && wanted.name.filter { $0 != " " } == found.name.filter { $0 != " " }
    default: wanted == found
    }
  }
}
