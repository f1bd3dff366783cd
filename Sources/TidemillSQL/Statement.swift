import TidemillColumns
import TidemillPlan

/// One statement of a script, with where it stands in the text.
public indirect enum Statement: Hashable, Sendable {
  /// `CREATE STREAM`: declares an input.
  case createStream(CreateStreamStatement)
  /// `CREATE TABLE`: declares what streams are joined with.
  case createTable(CreateTableStatement)
  /// `CREATE SINK`: declares an output.
  case createSink(CreateSinkStatement)
  /// `CREATE MATERIALIZED VIEW`: a query whose result can be read while it runs.
  case createView(CreateViewStatement)
  /// `INSERT INTO`: a query that runs into a sink.
  case insert(InsertStatement)
  /// `SELECT`: a query whose result goes to whoever runs the script.
  case select(SelectStatement)
  /// `SET`: a setting, which holds for the whole script.
  case set(SetStatement)
  /// `EXPLAIN` of a `select`, an `insert` or a `createView`.
  case explain(Statement, at: TextRange)

  /// The bytes of the script that the statement covers.
  public var range: TextRange {
    switch self {
    case .createStream(let statement): statement.range
    case .createTable(let statement): statement.range
    case .createSink(let statement): statement.range
    case .createView(let statement): statement.range
    case .insert(let statement): statement.range
    case .select(let statement): statement.range
    case .set(let statement): statement.range
    case .explain(_, let range): range
    }
  }
}

/// `CREATE STREAM name (columns, WATERMARK FOR …) USING provider OPTIONS (…)`.
public struct CreateStreamStatement: Hashable, Sendable {
  /// Its schema is empty when the statement lists no columns: then it is to be inferred.
  public var definition: StreamDefinition
  /// Whether a stream of that name, declared before, stands instead: `IF NOT EXISTS`.
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  /// Where the stream's name stands, for errors about it.
  public var nameRange: TextRange
  /// Where the whole statement stands.
  public var range: TextRange
}

/// `CREATE TABLE name (columns) USING provider OPTIONS (…)`.
public struct CreateTableStatement: Hashable, Sendable {
  /// Its schema is empty when the statement lists no columns: then it is to be learned.
  public var definition: TableDefinition
  /// Whether a table of that name, declared before, stands instead: `IF NOT EXISTS`.
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  /// Where the table's name stands, for errors about it.
  public var nameRange: TextRange
  /// Where the whole statement stands.
  public var range: TextRange
}

/// `CREATE SINK name USING provider OPTIONS (…)`.
public struct CreateSinkStatement: Hashable, Sendable {
  /// What is declared: name, provider and options.
  public var definition: SinkDefinition
  /// Whether a sink of that name, declared before, stands instead: `IF NOT EXISTS`.
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  /// Where the sink's name stands, for errors about it.
  public var nameRange: TextRange
  /// Where the whole statement stands.
  public var range: TextRange
}

/// `CREATE MATERIALIZED VIEW name OPTIONS (…) AS SELECT …`.
public struct CreateViewStatement: Hashable, Sendable {
  /// The view's name, which is its query's, too.
  public var name: String
  /// Options by name in lower case.
  public var options: [String: String]
  /// Whether a view of that name, declared before, stands instead: `IF NOT EXISTS`.
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  /// Where the view's name stands, for errors about it.
  public var nameRange: TextRange
  /// The query whose result is kept.
  public var query: SelectStatement
  /// Where the whole statement stands.
  public var range: TextRange
}

/// `INSERT INTO sink WITH (mode 'append'), another SELECT …`.
public struct InsertStatement: Hashable, Sendable {
  /// A sink that takes the results.
  public struct Target: Hashable, Sendable {
    /// The sink's name.
    public var sink: String
    /// Where that name stands, for errors about it.
    public var sinkRange: TextRange
    /// Options by name in lower case.
    public var options: [String: String]
    /// Where each option stands, by its name in lower case.
    public var optionRanges: [String: TextRange]
  }

  /// The sinks that take the results, one at least.
  public var targets: [Target]
  /// The query whose results are inserted.
  public var query: SelectStatement
  /// Where the whole statement stands.
  public var range: TextRange
}

/// `SELECT …`: what it means and what it reads.
public struct SelectStatement: Hashable, Sendable {
  /// What the query computes, its names not yet looked up.
  public var plan: LogicalPlan
  /// What stands behind every FROM in it, in the order of the text.
  public var sources: [SourceReference]
  /// Where the query stands.
  public var range: TextRange
}

/// A `SELECT` with an order of its rows, and how many of them are wanted.
public struct OrderedSelect: Hashable, Sendable {
  /// The query without its order.
  public var query: SelectStatement
  /// What the rows are ordered by, the first decides; a number is the place of a column in the result.
  public var order: [SortKey]
  /// How many rows are wanted at most; `nil`: all.
  public var limit: Int?
}

/// What a FROM names. `name` is what `LogicalPlan.stream` carries.
public struct SourceReference: Hashable, Sendable {
  /// How a name behind FROM is to be understood.
  public enum Kind: Hashable, Sendable {
    /// A stream by its name.
    case stream
    /// A path or glob, written as a string: `FROM 'dir/*.json'`.
    case path
    /// The word `stdin`; its name is in lower case. A declared stream of that name comes first.
    case standardInput
  }

  /// The stream's name, or the text of the path.
  public var name: String
  /// What sort of thing the name stands for.
  public var kind: Kind
  /// Where the reference stands, for errors about it.
  public var range: TextRange
  /// Whether it is on the right side of a join, where a path means a table.
  public var isJoined: Bool

  public init(name: String, kind: Kind, range: TextRange, isJoined: Bool = false) {
    self.name = name
    self.kind = kind
    self.range = range
    self.isJoined = isJoined
  }
}

/// `SET name = value`.
public struct SetStatement: Hashable, Sendable {
  /// In lower case, with its dots.
  public var name: String
  /// A string's content, or the text as it was written.
  public var value: String
  /// Where the setting's name stands.
  public var nameRange: TextRange
  /// Where the setting's value stands.
  public var valueRange: TextRange
  /// Where the whole statement stands.
  public var range: TextRange
}
