import TidemillColumns

/// A type as a column may have it: structs are still whole.
enum ColumnType {
  case plain(DataType)
  /// ARRAY and MAP, which are kept as their JSON text.
  case text
  case structure([(name: Token, type: ColumnType)])
}

extension Parser {
  /// The type of a single value, as CAST takes it.
  mutating func parseValueType() throws -> DataType {
    let start = current.range
    switch try parseColumnType() {
    case .plain(let type): return type
    case .text, .structure:
      throw refused(
        "a value of type \(source(range(from: start)).prefix { $0 != "<" }) is",
        hint: "use its parts, or STRING for its JSON text", at: range(from: start))
    }
  }

  mutating func parseColumnType() throws -> ColumnType {
    guard current.kind == .word else { throw unexpected("a type") }
    let name = advance()
    switch name.keyword {
    case "BOOLEAN", "BOOL": return .plain(.boolean)
    case "TINYINT", "BYTE", "SMALLINT", "SHORT", "INT", "INTEGER": return .plain(.int)
    case "BIGINT", "LONG": return .plain(.bigint)
    case "FLOAT", "REAL", "DOUBLE": return .plain(.double)
    case "DECIMAL", "DEC", "NUMERIC": return .plain(try parseDecimal(name))
    case "STRING", "TEXT": return .plain(.string)
    case "VARCHAR", "CHAR", "CHARACTER":
      if isAtSymbol("(") { _ = try parseParameters(of: name, count: 1...1) }
      return .plain(.string)
    case "DATE": return .plain(.date)
    case "TIMESTAMP", "TIMESTAMP_LTZ": return .plain(.timestamp)
    case "STRUCT", "ARRAY", "MAP": return try parseNestedType(name)
    default: throw unknownType(name)
    }
  }

  private func unknownType(_ name: Token) -> TidemillError {
    switch name.keyword {
    case "TIMESTAMP_NTZ":
      return refused(
        "the type TIMESTAMP_NTZ is", hint: "use TIMESTAMP: text without an offset is read in the session's zone",
        at: name.range)
    case "DATETIME":
      return refused("the type DATETIME is", hint: "use TIMESTAMP", at: name.range)
    case "BINARY", "VARBINARY", "BYTEA", "BLOB":
      return refused("the type \(name.keyword) is", hint: "use STRING for text", at: name.range)
    case "INTERVAL", "VOID", "VARIANT", "OBJECT", "TIME", "JSON", "UUID", "GEOGRAPHY", "GEOMETRY":
      return refused("the type \(name.keyword) is", hint: "use STRING to keep it as text", at: name.range)
    default:
      let meant = Suggestion.closest(to: name.keyword, among: Parser.typeNames)
      return TidemillError(
        .invalidQuery, "there is no type `\(Token.shortened(name.text))`",
        hint: meant.map { "did you mean \($0)?" } ?? Parser.typesHint, at: name.range)
    }
  }

  private static let typeNames = [
    "BOOLEAN", "INT", "INTEGER", "SMALLINT", "TINYINT", "BIGINT", "LONG", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC",
    "STRING", "VARCHAR", "CHAR", "TEXT", "DATE", "TIMESTAMP", "STRUCT", "ARRAY", "MAP",
  ]
  private static let typesHint =
    "types are BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), STRING, DATE, TIMESTAMP, STRUCT<…>, ARRAY<…> and MAP<…>"

  private mutating func parseDecimal(_ name: Token) throws -> DataType {
    guard isAtSymbol("(") else { return .decimal(precision: 10, scale: 0) }
    let parameters = try parseParameters(of: name, count: 1...2)
    let precision = parameters[0]
    let scale = parameters.count > 1 ? parameters[1] : 0
    guard precision >= 1, precision <= DataType.maximumPrecision, scale <= precision else {
      throw TidemillError(
        .invalidQuery, "there is no DECIMAL(\(precision),\(scale))",
        hint: "the precision is 1 to \(DataType.maximumPrecision), and the scale at most the precision",
        at: range(from: name.range))
    }
    return .decimal(precision: precision, scale: scale)
  }

  private mutating func parseParameters(of name: Token, count: ClosedRange<Int>) throws -> [Int] {
    let opening = try expectSymbol("(").range
    let values = try list { parser in
      guard parser.current.isNumber, let value = Int(parser.current.text) else { throw parser.unexpected("a whole number") }
      parser.advance()
      return value
    }
    try expectClosing(opening)
    guard count.contains(values.count) else {
      throw TidemillError(
        .invalidQuery, "\(name.keyword) takes at most \(count.upperBound) numbers, not \(values.count)",
        at: range(from: name.range))
    }
    return values
  }

  /// What is in angle brackets behind STRUCT, ARRAY and MAP.
  private mutating func parseNestedType(_ name: Token) throws -> ColumnType {
    let examples = ["STRUCT": "STRUCT<name: TYPE, …>", "ARRAY": "ARRAY<STRING>", "MAP": "MAP<STRING, INT>"]
    try expectSymbol("<", hint: "write \(examples[name.keyword] ?? "")")
    try enter()
    defer { leave() }
    var type = ColumnType.text
    if name.keyword == "STRUCT" {
      type = .structure(try list { parser in try parser.parseStructureField() })
    } else {
      _ = try parseColumnType()
      if name.keyword == "MAP" {
        try expectSymbol(",")
        _ = try parseColumnType()
      }
    }
    try expectSymbol(">")
    return type
  }

  /// `id: STRING` or `name STRING NOT NULL`.
  private mutating func parseStructureField() throws -> (name: Token, type: ColumnType) {
    let name = try expectName("the name of a field")
    _ = acceptSymbol(":")
    let type = try parseColumnType()
    try skipColumnNotes()
    return (name, type)
  }
}
