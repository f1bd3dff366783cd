#if Kafka
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats
  import TidemillPlan

  /// What a value is read as.
  enum ValueFormat: String, CaseIterable, Sendable {
    case json, csv, text
  }

  /// Which topics a stream reads.
  enum TopicChoice: Hashable, Sendable {
    case names([String])
    /// Every topic whose whole name a POSIX regular expression matches.
    case pattern(String)
    /// These partitions and no others.
    case partitions([TopicPartition])

    var description: String {
      switch self {
      case .names(let names): "kafka topic \(names.joined(separator: ", "))"
      case .pattern(let pattern): "kafka topics \(pattern)"
      case .partitions(let partitions): "kafka \(partitions.map(\.description).joined(separator: ", "))"
      }
    }
  }

  /// A partition of a topic; said as `sales/3`.
  struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    var topic: String
    var partition: Int32

    var description: String { "\(topic)/\(partition)" }

    static func < (left: TopicPartition, right: TopicPartition) -> Bool {
      (left.topic, left.partition) < (right.topic, right.partition)
    }
  }

  /// The options of a stream USING kafka, by Spark's names.
  struct KafkaOptions: Sendable {
    /// `stream sales`, for messages.
    var owner: String
    var connection: KafkaConfiguration
    var topics: TopicChoice
    var start: StartingOffsets
    var failsOnDataLoss: Bool
    var format: ValueFormat
    var csv: CSVOptions
    /// How many messages an epoch reads at most.
    var offsetsPerEpoch: Int?
    /// The group that is told how far the stream was read.
    var group: String?
    /// After how long without the broker the job stops.
    var patience: Duration
    /// How often new partitions are looked for.
    var refreshInterval: Duration

    init(_ stream: StreamDefinition) throws {
      var options = OptionReader(stream)
      owner = options.owner
      topics = try Self.topics(&options)
      start = try StartingOffsets(&options)
      failsOnDataLoss = try options.boolean("failondataloss", default: true)
      format = try Self.format(&options)
      var csv = options.take(["header", "sep", "delimiter", "quote", "escape", "nullvalue"])
      if csv["header"]?.lowercased() == "true" {
        throw TidemillError(
          .invalidQuery, "\(options.owner): messages have no header line", hint: "leave the option header out")
      }
      csv["header"] = "false"
      self.csv = try CSVOptions(csv)
      offsetsPerEpoch = try options.count("maxoffsetspertrigger")
      patience = try options.patience()
      group = options.string("kafka.group.id")
      if options.string("endingoffsets") != nil || options.string("endingtimestamp") != nil {
        throw TidemillError(
          .invalidQuery, "\(options.owner): a stream has no end, so no endingOffsets",
          hint: "--once and --trigger available-now read what is there when they start")
      }
      connection = try KafkaConfiguration(&options, refused: KafkaConfiguration.refusedForStreams)
      refreshInterval =
        connection.settings["topic.metadata.refresh.interval.ms"].flatMap { Int($0) }.flatMap {
          $0 > 0 ? .milliseconds($0) : nil
        }
        ?? .seconds(10)
      try options.finish()
    }

    private static func topics(_ options: inout OptionReader) throws -> TopicChoice {
      let names = options.string("subscribe")
      let pattern = options.string("subscribepattern")
      let assigned = options.string("assign")
      guard [names, pattern, assigned].compactMap({ $0 }).count == 1 else {
        throw TidemillError(
          .invalidQuery, "\(options.owner) needs one of subscribe, subscribePattern and assign",
          hint: "say OPTIONS (subscribe 'topic')")
      }
      if let pattern { return .pattern(pattern) }
      if let assigned {
        let parsed = try JSONOffsets.partitions(assigned, option: "assign", of: options.owner)
        return .partitions(parsed.sorted())
      }
      let list = names!.split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
      guard !list.isEmpty else {
        throw TidemillError(.invalidQuery, "\(options.owner): subscribe names no topic", hint: "say subscribe 'topic'")
      }
      return .names(Array(Set(list)).sorted())
    }

    private static func format(_ options: inout OptionReader) throws -> ValueFormat {
      guard let text = options.string("format") else { return .json }
      if let format = ValueFormat(rawValue: text.lowercased()) { return format }
      if ["avro", "protobuf", "from_avro"].contains(text.lowercased()) {
        throw TidemillError(
          .unsupported, "\(options.owner): values in \(text) are not read",
          hint: "have them converted to JSON before, for instance by Kafka Connect's JsonConverter")
      }
      throw TidemillError(
        .invalidQuery, "\(options.owner): option format is '\(text)'", hint: "it takes json, csv and text")
    }
  }

  extension OptionReader {
    /// A number from 1 on.
    mutating func count(_ name: String) throws -> Int? {
      guard let text = string(name) else { return nil }
      guard let count = Int(text), count > 0 else {
        throw TidemillError(
          .invalidQuery, "\(owner): option \(name) is '\(text)'", hint: "it takes a whole number from 1 on")
      }
      return count
    }

    /// After how long without the broker a job stops: option `unavailableTimeout`.
    mutating func patience() throws -> Duration {
      guard let text = string("unavailabletimeout") else { return .seconds(300) }
      guard let span = TimeSpan(parsing: text), span > .zero else {
        throw TidemillError(
          .invalidQuery, "\(owner): option unavailableTimeout is '\(text)'", hint: "it takes an interval such as '5 minutes'")
      }
      return .microseconds(span.microseconds)
    }
  }

  extension Substring {
    var trimmed: Substring {
      var rest = self
      while rest.first?.isWhitespace ?? false { rest.removeFirst() }
      while rest.last?.isWhitespace ?? false { rest.removeLast() }
      return rest
    }
  }
#endif
