#if Kafka
  import TidemillConnectors

  extension ConnectorRegistry {
    /// Makes `USING kafka` mean what is here.
    package mutating func addKafka() {
      add(source: "kafka") { try KafkaSource($0) }
      add(sink: "kafka") { try KafkaSink($0) }
    }
  }
#endif
