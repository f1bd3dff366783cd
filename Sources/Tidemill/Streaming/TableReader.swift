import TidemillColumns
import TidemillConnectors
import TidemillDataFrame
import TidemillPlan
import TidemillSQL

/// Describes a static table to join streams with: schema, format, options, path.
public struct TableReader: Sendable {
  let session: Session
  private var definition = TableDefinition(name: "", schema: Schema([]), provider: "json")
  private var failure: TidemillError?

  init(session: Session) { self.session = session }

  private func with(_ change: (inout TableReader) -> Void) -> TableReader {
    var copy = self
    change(&copy)
    return copy
  }

  /// The columns. Without them they are learned from what is there.
  public func schema(_ schema: Schema) -> TableReader { with { $0.definition.schema = schema } }

  /// The columns as SQL declares them: `"id STRING, name STRING"`.
  public func schema(_ columns: String) -> TableReader {
    with {
      do throws(TidemillError) {
        $0.definition.schema = try SQLParser.parseColumns(columns)
      } catch {
        $0.failure = error
      }
    }
  }

  /// The connector: `json`, `csv`, `parquet`.
  public func format(_ name: String) -> TableReader { with { $0.definition.provider = name.lowercased() } }

  /// An option of the connector or of the table, as in SQL's `OPTIONS`; names do not depend on case.
  public func option(_ name: String, _ value: String) -> TableReader {
    with { $0.definition.options[name.lowercased()] = value }
  }

  /// The table's name, which may stand in front of its columns' names in conditions.
  public func name(_ name: String) -> TableReader { with { $0.definition.name = name } }

  /// JSON lines in a file, in the files of a directory, or in those that a glob matches.
  public func json(_ path: String) -> DataFrame { format("json").load(path) }

  /// CSV lines, in the same way.
  public func csv(_ path: String) -> DataFrame { format("csv").load(path) }

  /// Parquet files, in the same way, also in an object store.
  public func parquet(_ path: String) -> DataFrame { format("parquet").load(path) }

  /// The table at a path, or whatever the format makes of one.
  public func load(_ path: String) -> DataFrame { option("path", path).load() }

  /// The table as a data frame, for the right side of `join`. What is wrong with its description is thrown when a query over it
  /// starts.
  public func load() -> DataFrame {
    if let failure { return DataFrame(.invalid(failure), context: session) }
    var definition = definition
    if definition.schema.count == 0 {
      do {
        if definition.name.isEmpty { definition.name = "\(definition.provider) table" }
        try definition.learnColumns(session.registry)
        definition.name = self.definition.name
      } catch let error as TidemillError {
        return DataFrame(.invalid(error), context: session)
      } catch {
        return DataFrame(.invalid(TidemillError(.io, "\(error)")), context: session)
      }
    }
    return session.table(session.add(definition))
  }
}
