import TidemillColumns

/// Rows joined with a static table: each gets the table's rows whose keys are equal to its own.
///
/// Output columns: those of the input, then the table's values. A NULL is equal to nothing.
public struct TableJoin: Hashable, Sendable {
  /// What becomes of a row for which the table has none.
  public var kind: JoinKind
  /// What the table gives.
  public var side: TableSide
  /// Over the input, each of the type of the side's key at its place.
  public var keys: [TypedExpression]
  /// What must hold besides, over the output columns.
  public var condition: TypedExpression?

  public init(kind: JoinKind, side: TableSide, keys: [TypedExpression], condition: TypedExpression? = nil) {
    self.kind = kind
    self.side = side
    self.keys = keys
    self.condition = condition
  }
}

/// What becomes of a row that has no match; raw values are as SQL writes them.
public enum JoinKind: String, Hashable, Sendable, CaseIterable {
  /// It goes.
  case inner = "INNER"
  /// It stays, with NULL in the other side's columns.
  case left = "LEFT"
}

/// A static table as a join looks things up in it.
public struct TableSide: Hashable, Sendable {
  /// The table.
  public var table: TableDefinition
  /// The table's columns that are read.
  public var scanSchema: Schema
  /// Filters and projections, run once for all rows of the table. What comes out are the values, then the keys.
  public var stages: [Stage]
  /// How many of the columns that come out are values.
  public var valueCount: Int

  public init(table: TableDefinition, scanSchema: Schema, stages: [Stage], valueCount: Int) {
    self.table = table
    self.scanSchema = scanSchema
    self.stages = stages
    self.valueCount = valueCount
  }

  /// The columns that come out: values, then keys.
  public var outputSchema: Schema { stages.reduce(scanSchema) { $1.outputSchema(over: $0) } }

  /// The columns that a row gets.
  public var values: [Field] { Array(outputSchema.fields.prefix(valueCount)) }
}
