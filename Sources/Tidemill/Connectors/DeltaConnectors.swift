import TidemillColumns
import TidemillConnectors

#if Lake
  import DeltaConnector
#endif

extension ConnectorRegistry {
  /// Delta tables; in a build without the package trait, what says so.
  mutating func addDeltaIfBuilt() {
    #if Lake
      add(source: "delta", DeltaConnector.source)
      add(table: "delta", DeltaConnector.table)
      add(sink: "delta", DeltaConnector.sink)
    #else
      let missing = Lake.missing("delta")
      add(source: "delta") { _ in throw missing }
      add(table: "delta") { _ in throw missing }
      add(sink: "delta") { _ in throw missing }
    #endif
  }
}
