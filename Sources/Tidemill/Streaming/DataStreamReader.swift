import TidemillColumns
import TidemillDataFrame
import TidemillPlan
import TidemillSQL

/// Describes a stream to read: schema, format, options, path.
public struct DataStreamReader: Sendable {
  let session: Session
  private var definition = StreamDefinition(name: "", schema: Schema([]), provider: "json")
  private var failure: TidemillError?

  init(session: Session) { self.session = session }

  private func with(_ change: (inout DataStreamReader) -> Void) -> DataStreamReader {
    var copy = self
    change(&copy)
    return copy
  }

  /// The columns. Without them they are learned from the first file.
  public func schema(_ schema: Schema) -> DataStreamReader { with { $0.definition.schema = schema } }

  /// The columns as SQL declares them: `"product_id STRING, sales_amount INT"`.
  public func schema(_ columns: String) -> DataStreamReader {
    with {
      do throws(TidemillError) {
        $0.definition.schema = try SQLParser.parseColumns(columns)
      } catch {
        $0.failure = error
      }
    }
  }

  /// The connector: `json`, `csv`, `parquet`, `rate`, `stdin`.
  public func format(_ name: String) -> DataStreamReader { with { $0.definition.provider = name.lowercased() } }

  /// An option of the connector or of the stream, as in SQL's `OPTIONS`; names do not depend on case.
  public func option(_ name: String, _ value: String) -> DataStreamReader {
    with { $0.definition.options[name.lowercased()] = value }
  }

  /// The stream's name, for messages and as part of the query's identity.
  public func name(_ name: String) -> DataStreamReader { with { $0.definition.name = name } }

  /// JSON lines in a file, in the files of a directory, or in those that a glob matches.
  public func json(_ path: String) -> DataFrame { format("json").option("path", path).load() }

  /// CSV lines, in the same way.
  public func csv(_ path: String) -> DataFrame { format("csv").option("path", path).load() }

  /// Parquet files, in the same way, also in an object store.
  public func parquet(_ path: String) -> DataFrame { format("parquet").option("path", path).load() }

  /// The stream as a data frame. What is wrong with its description is thrown when a query over it starts.
  public func load() -> DataFrame {
    if let failure { return DataFrame(.invalid(failure), context: session) }
    var definition = definition
    if definition.provider == Backfill.provider {
      do {
        definition = try Backfill(definition).completed(definition, streams: session.streams)
      } catch {
        return DataFrame(
          .invalid(error as? TidemillError ?? TidemillError(.invalidQuery, "\(error)")), context: session)
      }
    } else if definition.schema.count == 0 {
      do {
        let sample = try InputSample.read(definition)
        definition.schema = sample.schema
        definition.options.merge(sample.options) { given, _ in given }
      } catch let error as TidemillError {
        return DataFrame(.invalid(error), context: session)
      } catch {
        return DataFrame(.invalid(TidemillError(.io, "\(error)")), context: session)
      }
    }
    return session.table(session.add(definition))
  }
}
