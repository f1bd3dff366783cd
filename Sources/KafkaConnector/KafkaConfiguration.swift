#if Kafka
  import CRdkafka
  import KafkaBridge
  import TidemillColumns
  import TidemillConnectors

  /// The options `kafka.…`, which go to librdkafka without that prefix, TLS and SASL among them.
  ///
  /// Their values are in no message: a password may be among them.
  struct KafkaConfiguration: Sendable {
    /// `stream sales` or `sink hourly`, for messages.
    let owner: String
    /// By librdkafka's names.
    private(set) var settings: [String: String] = [:]

    var servers: String { settings["bootstrap.servers"] ?? "" }

    /// What Tidemill decides itself in streams, with what to do instead.
    static let refusedForStreams = [
      "auto.offset.reset": "use startingOffsets", "enable.auto.commit": "offsets are kept in the checkpoint",
      "enable.auto.offset.store": "offsets are kept in the checkpoint", "enable.partition.eof": "leave it out",
      "group.instance.id": "partitions are read without a group's help",
      "partition.assignment.strategy": "partitions are read without a group's help",
    ]

    /// What Tidemill decides itself in sinks, with what to do instead.
    static let refusedForSinks = [
      "enable.idempotence": "it is always on", "group.id": "use transactionalId",
      "transactional.id": "use transactionalId", "acks": "a transaction waits for all replicas in sync",
      "request.required.acks": "a transaction waits for all replicas in sync",
    ]

    /// Names of Java's client that people bring along, with what stands for them here.
    private static let javaNames = [
      "key.deserializer": "values are read as the option format says",
      "value.deserializer": "values are read as the option format says",
      "key.serializer": "keys are written as text or JSON", "value.serializer": "values are written as JSON",
      "sasl.jaas.config": "give kafka.sasl.username and kafka.sasl.password",
      "ssl.truststore.location": "give kafka.ssl.ca.location, a PEM file",
      "ssl.truststore.password": "give kafka.ssl.ca.location, a PEM file",
    ]

    /// Takes all options that begin with `kafka.`.
    init(_ options: inout OptionReader, refused: [String: String]) throws {
      owner = options.owner
      if let problem = tidemill_kafka_problem() {
        throw TidemillError(
          .unsupported, "\(owner): librdkafka cannot be loaded: \(String(cString: problem))",
          hint: "install it: librdkafka1 on Debian, librdkafka from Homebrew")
      }
      for (name, value) in options.remaining() where name.hasPrefix("kafka.") {
        let key = String(name.dropFirst("kafka.".count))
        if let instead = refused[key] ?? Self.javaNames[key] {
          throw TidemillError(.invalidQuery, "\(owner): option \(name) cannot be set", hint: instead)
        }
        settings[key] = value
      }
      _ = options.take(settings.keys.map { "kafka." + $0 })
      guard !(settings["bootstrap.servers"] ?? "").isEmpty else {
        throw TidemillError(
          .invalidQuery, "\(owner) has no kafka.bootstrap.servers",
          hint: "say OPTIONS ('kafka.bootstrap.servers' 'host:9092', …)")
      }
      // A wrong name or value shall be known before anything starts.
      rd_kafka_conf_destroy(try conf(defaults: [:], fixed: [:]))
    }

    /// A configuration for a client, which takes it over.
    ///
    /// - Parameters:
    ///   - defaults: what holds unless the user says otherwise; names that this librdkafka does not know are left out.
    ///   - fixed: what the user cannot change.
    ///   - leavingOut: settings of the user that are not for this client.
    func conf(
      defaults: [String: String], fixed: [String: String], leavingOut: Set<String> = []
    ) throws -> OpaquePointer {
      let conf: OpaquePointer = rd_kafka_conf_new()
      for (name, value) in defaults where settings[name] == nil { _ = rd_kafka_conf_set(conf, name, value, nil, 0) }
      for (name, value) in settings.sorted(by: { $0.key < $1.key }) where !leavingOut.contains(name) {
        let result = rd_kafka_conf_set(conf, name, value, nil, 0)
        guard result == RD_KAFKA_CONF_OK else {
          rd_kafka_conf_destroy(conf)
          throw TidemillError(
            .invalidQuery,
            result == RD_KAFKA_CONF_UNKNOWN
              ? "\(owner): librdkafka has no option \(name), so there is no kafka.\(name)"
              : "\(owner): librdkafka does not take the value of option kafka.\(name)",
            hint: "its options are in librdkafka's CONFIGURATION.md")
        }
      }
      for (name, value) in fixed {
        let result = rd_kafka_conf_set(conf, name, value, nil, 0)
        precondition(result == RD_KAFKA_CONF_OK, "librdkafka does not take \(name)")
      }
      return conf
    }

    /// A client, as an error when librdkafka refuses what was configured, such as a certificate that is not there.
    func client(_ kind: rd_kafka_type_t, _ conf: OpaquePointer) throws -> OpaquePointer {
      var text = [CChar](repeating: 0, count: 512)
      if let client = rd_kafka_new(kind, conf, &text, text.count) { return client }
      rd_kafka_conf_destroy(conf)
      let reason = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      throw TidemillError(
        .invalidQuery, "\(owner): the connection cannot be set up: \(redacted(reason))", hint: "check its options kafka.…")
    }

    /// A message of librdkafka without what only the user may know.
    func redacted(_ text: String) -> String {
      var text = text
      for (name, value) in settings where Self.isSecret(name) && !value.isEmpty {
        while let found = text.firstRange(of: value) { text.replaceSubrange(found, with: "***") }
      }
      return text
    }

    private static func isSecret(_ name: String) -> Bool {
      ["password", "secret", "pem", "sasl.oauthbearer", "jaas", "ssl.key", "username"].contains { name.contains($0) }
    }
  }

  /// What an error code of librdkafka means.
  func errorText(_ error: rd_kafka_resp_err_t) -> String { String(cString: rd_kafka_err2str(error)) }
#endif
