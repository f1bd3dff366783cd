import TidemillColumns
import TidemillConnectors

#if Kafka
  import KafkaConnector
#endif

extension ConnectorRegistry {
  /// Kafka, or, in a build without it, what to do to have it.
  mutating func addKafkaIfBuilt() {
    #if Kafka
      addKafka()
    #else
      let missing = TidemillError(
        .unsupported, "this build has no kafka: it was made without the package trait Kafka",
        hint: "install librdkafka and build with swift build --traits Kafka")
      add(source: "kafka") { _ in throw missing }
      add(sink: "kafka") { _ in throw missing }
    #endif
  }
}
