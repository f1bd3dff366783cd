import TidemillColumns
import TidemillConnectors

#if HTTP
  import HTTPConnector
#endif

extension ConnectorRegistry {
  /// Adds sinks `USING http`; in a build without the package trait, what says so.
  mutating func addHTTPIfBuilt() {
    #if HTTP
      add(sink: "http", HTTPConnector.sink)
    #else
      add(sink: "http") { context in
        throw TidemillError(
          .unsupported, "sink \(context.definition.name): this build of tidemill has no sink USING http",
          hint: "build it with swift build --traits HTTP, or with make build, which takes all traits")
      }
    #endif
  }
}
