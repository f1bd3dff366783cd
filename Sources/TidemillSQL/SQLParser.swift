import TidemillColumns
import TidemillPlan

/// Reads SQL in Spark's dialect.
///
/// # Contract
/// Any text gives a result or a `TidemillError` with the place in that text, never a trap; nesting and length are limited
/// so that no text exhausts the stack of those who walk the result.
public enum SQLParser {
  /// Reads statements with `;` between them. A text without any gives none.
  ///
  /// - Parameter zone: the zone that `TIMESTAMP '…'` literals without an offset are in.
  /// - Throws: at the first mistake, with its place in the text.
  public static func parseScript(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> [Statement] {
    try parsing(text, zone) { parser in try parser.parseScript() }
  }

  /// Reads a single `SELECT`.
  ///
  /// - Throws: for anything but one `SELECT`, with the place in the text.
  public static func parseSelect(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> SelectStatement {
    try parsing(text, zone) { parser in
      let query = try parser.parseSelectStatement()
      _ = parser.acceptSymbol(";")
      try parser.expectEnd(of: "the query")
      return query
    }
  }

  /// Reads a single `SELECT` over what has an end: `ORDER BY … [ASC | DESC] [NULLS FIRST | LAST]` and `LIMIT n` may stand behind
  /// it.
  ///
  /// - Throws: for anything but one `SELECT`, with the place in the text.
  public static func parseOrderedSelect(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> OrderedSelect {
    try parsing(text, zone) { parser in
      parser.takesOrder = true
      let query = try parser.parseSelectStatement()
      _ = parser.acceptSymbol(";")
      try parser.expectEnd(of: "the query")
      return OrderedSelect(query: query, order: parser.order, limit: parser.limit)
    }
  }

  /// The plan of a single `SELECT`.
  public static func parseQuery(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> LogicalPlan {
    try parseSelect(text, zone: zone).plan
  }

  /// Reads one expression, without an alias.
  public static func parseExpression(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> Expression {
    try parsing(text, zone) { parser in
      let expression = try parser.parseExpression()
      try parser.expectEnd(of: "the expression")
      return expression
    }
  }

  /// Reads one item of a select list: an expression and perhaps its alias, or `*`.
  public static func parseSelectItem(_ text: String, zone: SessionZone = .utc) throws(TidemillError) -> SelectItem {
    try parsing(text, zone) { parser in
      let item = try parser.parseSelectItem()
      try parser.expectEnd(of: "the expression")
      return item
    }
  }

  /// Reads the name of a type: `DECIMAL(10, 2)`.
  public static func parseType(_ text: String) throws(TidemillError) -> DataType {
    try parsing(text, .utc) { parser in
      let type = try parser.parseValueType()
      try parser.expectEnd(of: "the type")
      return type
    }
  }

  /// Reads a list of columns: `product_id STRING, amount INT`. Nested structs become columns such as `user.id`.
  public static func parseColumns(_ text: String) throws(TidemillError) -> Schema {
    try parsing(text, .utc) { parser in
      let schema = try parser.parseColumns()
      try parser.expectEnd(of: "the columns")
      return schema
    }
  }

  /// Runs a part of the grammar. Inside of it errors are untyped, which keeps the frames of recursive functions small.
  private static func parsing<Result>(
    _ text: String, _ zone: SessionZone, _ body: (inout Parser) throws -> Result
  ) throws(TidemillError) -> Result {
    do {
      var parser = try Parser(text, zone: zone)
      return try body(&parser)
    } catch let error as TidemillError {
      throw error
    } catch {
      preconditionFailure("the parser throws nothing but TidemillError, not \(error)")
    }
  }
}
