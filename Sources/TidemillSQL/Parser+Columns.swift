import TidemillColumns
import TidemillPlan

extension Parser {
  /// `product_id STRING, amount INT NOT NULL, user STRUCT<id: STRING>`.
  mutating func parseColumns() throws -> Schema {
    var columns = ColumnList()
    repeat { try parseColumn(into: &columns) } while acceptSymbol(",")
    return Schema(columns.fields)
  }

  /// The parentheses of CREATE STREAM: columns and at most one WATERMARK, in any order.
  mutating func parseStreamColumns() throws -> (Schema, WatermarkDefinition?) {
    let opening = try expectSymbol("(").range
    var columns = ColumnList()
    var watermark: (definition: WatermarkDefinition, range: TextRange)?
    repeat {
      guard isAt("WATERMARK", "FOR") else {
        try parseColumn(into: &columns)
        continue
      }
      let start = current.range
      let parsed = try parseWatermark()
      if watermark != nil {
        throw TidemillError(
          .invalidQuery, "the stream has two watermarks", hint: "keep one", at: range(from: start))
      }
      watermark = parsed
    } while acceptSymbol(",")
    try expectClosing(opening)
    let schema = Schema(columns.fields)
    if let watermark, schema.count > 0 { try check(watermark.definition, in: schema, at: watermark.range) }
    return (schema, watermark?.definition)
  }

  private func check(_ watermark: WatermarkDefinition, in schema: Schema, at range: TextRange) throws {
    guard let ordinal = schema.ordinal(of: watermark.column) else {
      throw TidemillError(
        .invalidQuery, "there is no column `\(watermark.column)`",
        hint: "the columns are \(schema.fields.prefix(20).map(\.name).joined(separator: ", "))", at: range)
    }
    guard schema[ordinal].type == .timestamp else {
      throw TidemillError(
        .invalidQuery,
        "the watermark's column `\(watermark.column)` is \(schema[ordinal].type.sqlName), not TIMESTAMP",
        hint: "declare it as TIMESTAMP", at: range)
    }
  }

  private mutating func parseColumn(into columns: inout ColumnList) throws {
    let name = try expectName("the name of a column")
    let type = try parseColumnType()
    try columns.append(name, type, within: [])
    try skipColumnNotes()
  }

  /// `NOT NULL` and `COMMENT '…'`, which change nothing here: a missing value is NULL in any case.
  mutating func skipColumnNotes() throws {
    while true {
      if isAt("NOT", "NULL") {
        advance()
        advance()
      } else if isAt("COMMENT") {
        advance()
        guard current.kind == .string else { throw unexpected("the comment as a string") }
        advance()
      } else if isAt(anyOf: ["DEFAULT", "GENERATED", "PRIMARY", "COLLATE"]) {
        throw refused("\(current.keyword) in a column is")
      } else {
        return
      }
    }
  }

  /// `WATERMARK FOR column AS column - INTERVAL '10 minutes'`; without the interval the delay is zero.
  private mutating func parseWatermark() throws -> (definition: WatermarkDefinition, range: TextRange) {
    try expect("WATERMARK")
    try expect("FOR")
    let (column, columnRange) = try parseDottedName()
    try expect("AS")
    let (second, secondRange) = try parseDottedName()
    guard second.lowercased() == column.lowercased() else {
      throw TidemillError(
        .unsupported, "the watermark of `\(column)` is computed from `\(second)`",
        hint: "write WATERMARK FOR \(column) AS \(column) - INTERVAL '10 minutes'", at: secondRange)
    }
    var delay = TimeSpan.zero
    if acceptSymbol("-") {
      guard isAt("INTERVAL") else { throw unexpected("INTERVAL", hint: "write - INTERVAL '10 minutes'") }
      let start = current.range
      delay = try parseIntervalLiteral()
      guard delay >= .zero else {
        throw TidemillError(
          .invalidQuery, "the watermark's delay is negative", hint: "the delay is how late rows may come",
          at: range(from: start))
      }
    } else if isAtSymbol("+") {
      throw TidemillError(
        .invalidQuery, "a watermark lies behind its column", hint: "write `-` and how late rows may come",
        at: current.range)
    }
    return (WatermarkDefinition(column: column, delay: delay), columnRange)
  }

  private mutating func parseDottedName() throws -> (String, TextRange) {
    let first = try expectName("the name of a column")
    var name = first.text
    while acceptSymbol(".") { name += "." + (try expectName("the name of a field")).text }
    return (name, range(from: first.range))
  }
}

/// Leaf columns, in order, no two of one name.
private struct ColumnList {
  var fields: [Field] = []
  private var names: Set<String> = []

  mutating func append(_ name: Token, _ type: ColumnType, within path: [String]) throws {
    let path = path + [name.text]
    let fullName = path.joined(separator: ".")
    switch type {
    case .structure(let parts):
      for part in parts { try append(part.name, part.type, within: path) }
    case .plain(let type): try append(Field(fullName, type, path: path), at: name.range)
    case .text: try append(Field(fullName, .string, path: path), at: name.range)
    }
  }

  private mutating func append(_ field: Field, at range: TextRange) throws {
    guard names.insert(field.name.lowercased()).inserted else {
      throw TidemillError(
        .invalidQuery, "the column `\(Token.shortened(field.name))` is declared twice",
        hint: "names that differ in case only are the same", at: range)
    }
    fields.append(field)
  }
}
