import TidemillColumns
import TidemillConnectors

#if Postgres
  import PostgresConnector
#endif
#if SQLite
  import SQLiteConnector
#endif

/// The sinks that are tables of databases. What this build has not is there to say so.
func tableSink(_ provider: String, _ context: SinkContext) throws -> any Sink {
  switch provider {
  #if SQLite
    case "sqlite": return try sqliteSink(context)
  #endif
  #if Postgres
    case "postgres": return try postgresSink(context)
  #endif
  default:
    let trait = TableProvider(rawValue: provider)!.trait
    throw TidemillError(
      .unsupported, "sink \(context.definition.name): this build of tidemill has no sink USING \(provider)",
      hint: "it comes with the package trait \(trait): make build and swift build --enable-all-traits take all traits")
  }
}

/// The names of databases after `USING`.
enum TableProvider: String, CaseIterable {
  case sqlite, postgres

  /// The package trait that builds it.
  var trait: String {
    switch self {
    case .sqlite: "SQLite"
    case .postgres: "Postgres"
    }
  }
}

extension OptionReader {
  /// An interval such as `'10 seconds'`.
  mutating func span(_ name: String, default usual: TimeSpan) throws -> TimeSpan {
    guard let text = string(name) else { return usual }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw TidemillError(
        .invalidQuery, "\(owner): option \(name) is '\(text)'", hint: "it takes an interval such as '10 seconds'")
    }
    return span
  }
}

#if SQLite
  private func sqliteSink(_ context: SinkContext) throws -> any Sink {
    var options = OptionReader(context.definition)
    let path = try options.required("path")
    let table = try options.required("table")
    let tableOptions = SQLiteSink.Options(
      overwrites: try options.boolean("overwrite", default: false), syncs: try options.boolean("sync", default: true),
      busyTimeout: try options.span("busy.timeout", default: .seconds(10)))
    try options.finish()
    return SQLiteSink(path: path, table: table, options: tableOptions)
  }
#endif

#if Postgres
  private func postgresSink(_ context: SinkContext) throws -> any Sink {
    var options = OptionReader(context.definition)
    let url = try options.required("url")
    let table = try options.required("table")
    let tableOptions = PostgresSink.Options(
      overwrites: try options.boolean("overwrite", default: false),
      retryLimit: try options.span("retry.limit", default: .minutes(5)))
    try options.finish()
    return try PostgresSink(url: url, table: table, options: tableOptions, owner: options.owner, report: context.report)
  }
#endif
