import TidemillColumns
import TidemillConnectors
import TidemillPlan

#if Lake
  import DeltaConnector
  import ParquetConnector
#endif

extension ConnectorRegistry {
  /// Parquet files and Delta tables, or, in a build without them, what to do to have them.
  mutating func addLakeIfBuilt() {
    #if Lake
      add(source: "parquet", ParquetConnector.source)
      add(table: "parquet", ParquetConnector.table)
      add(sink: "parquet", ParquetConnector.sink)
      add(source: "delta", DeltaConnector.source)
      add(table: "delta", DeltaConnector.table)
      add(sink: "delta", DeltaConnector.sink)
    #else
      for name in ["parquet", "delta"] {
        let missing = Lake.missing(name)
        add(source: name) { _ in throw missing }
        add(table: name) { _ in throw missing }
        add(sink: name) { _ in throw missing }
      }
    #endif
  }
}

/// What lakes are learnt from.
enum Lake {
  #if !Lake
    static func missing(_ name: String) -> TidemillError {
      TidemillError(
        .unsupported, "this build has no \(name): it was made without the package trait Lake",
        hint: "install Apache Arrow (Scripts/bootstrap does) and build with swift build --traits Lake")
    }
  #endif

  /// The columns of the Parquet files that a stream's definition means.
  static func parquetColumns(_ definition: StreamDefinition) throws -> Schema {
    #if Lake
      return try ParquetConnector.columns(definition)
    #else
      throw missing("parquet")
    #endif
  }

  /// The columns of the Delta table that a stream's definition means.
  static func deltaColumns(_ definition: StreamDefinition) throws -> Schema {
    #if Lake
      return try DeltaConnector.columns(definition)
    #else
      throw missing("delta")
    #endif
  }
}
