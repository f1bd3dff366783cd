import TidemillColumns
import TidemillConnectors

#if Lake
  import DeltaConnector
#endif

extension ConnectorRegistry {
  /// Delta tables; in a build without the package trait, what says so.
  mutating func addDeltaIfBuilt() {
    #if Lake
      add(sink: "delta", DeltaConnector.sink)
    #else
      add(sink: "delta") { context in
        throw TidemillError(
          .unsupported, "sink \(context.definition.name): this build of tidemill has no sink USING delta",
          hint: "it comes with the package trait Lake: make build and swift build --enable-all-traits take all traits")
      }
    #endif
  }
}
