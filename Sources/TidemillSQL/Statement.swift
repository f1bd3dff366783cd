import TidemillColumns
import TidemillPlan

/// One statement of a script, with where it stands in the text.
public indirect enum Statement: Hashable, Sendable {
  case createStream(CreateStreamStatement)
  case createSink(CreateSinkStatement)
  case insert(InsertStatement)
  case select(SelectStatement)
  case set(SetStatement)
  /// `EXPLAIN` of a `select` or an `insert`.
  case explain(Statement, at: TextRange)

  public var range: TextRange {
    switch self {
    case .createStream(let statement): statement.range
    case .createSink(let statement): statement.range
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
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  public var nameRange: TextRange
  public var range: TextRange
}

/// `CREATE SINK name USING provider OPTIONS (…)`.
public struct CreateSinkStatement: Hashable, Sendable {
  public var definition: SinkDefinition
  public var ifNotExists: Bool
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  public var nameRange: TextRange
  public var range: TextRange
}

/// `INSERT INTO sink WITH (mode 'append') SELECT …`.
public struct InsertStatement: Hashable, Sendable {
  public var sink: String
  public var sinkRange: TextRange
  /// Options by name in lower case.
  public var options: [String: String]
  /// Where each option stands, by its name in lower case.
  public var optionRanges: [String: TextRange]
  public var query: SelectStatement
  public var range: TextRange
}

/// `SELECT …`: what it means and what it reads.
public struct SelectStatement: Hashable, Sendable {
  public var plan: LogicalPlan
  /// What stands behind every FROM in it, in the order of the text.
  public var sources: [SourceReference]
  public var range: TextRange
}

/// What a FROM names. `name` is what `LogicalPlan.stream` carries.
public struct SourceReference: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A stream by its name.
    case stream
    /// A path or glob, written as a string: `FROM 'dir/*.json'`.
    case path
    /// The word `stdin`; its name is in lower case. A declared stream of that name comes first.
    case standardInput
  }

  public var name: String
  public var kind: Kind
  public var range: TextRange

  public init(name: String, kind: Kind, range: TextRange) {
    self.name = name
    self.kind = kind
    self.range = range
  }
}

/// `SET name = value`.
public struct SetStatement: Hashable, Sendable {
  /// In lower case, with its dots.
  public var name: String
  /// A string's content, or the text as it was written.
  public var value: String
  public var nameRange: TextRange
  public var valueRange: TextRange
  public var range: TextRange
}
