#if Kafka
  import Foundation
  import Synchronization
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import KafkaConnector

  /// A stream as a test reads it, slice by slice.
  struct SourceReading {
    var broker: Broker
    var columns = "value STRING"
    var options: [String: String]
    var eventTime: Int?
    var isBounded = false
    var reports = Reports()

    /// - Parameter options: names in any case; `kafka.bootstrap.servers` and, so that tests are quick, the interval for new
    ///   partitions need not be given.
    init(_ broker: Broker, _ schema: Schema, _ options: [String: String], eventTime: Int? = nil, isBounded: Bool = false) {
      self.broker = broker
      self.schema = schema
      self.options = [
        "kafka.bootstrap.servers": broker.servers, "kafka.receive.message.max.bytes": "1000000000",
        "kafka.topic.metadata.refresh.interval.ms": "100", "startingoffsets": "earliest",
      ]
      for (name, value) in options { self.options[name.lowercased()] = value }
      self.eventTime = eventTime
      self.isBounded = isBounded
    }

    var schema: Schema

    func source() throws -> KafkaSource {
      var context = SourceContext(
        definition: StreamDefinition(name: "s", schema: schema, provider: "kafka", options: options),
        request: ReadRequest(schema: schema, eventTime: eventTime))
      context.endsWithWhatIsThere = isBounded
      let reports = reports
      context.report = { reports.add($0) }
      return try KafkaSource(context)
    }
  }

  /// What a connector told the user.
  final class Reports: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
  }

  extension Source {
    /// Slices until the source says that it has seen all there is.
    func slices(after start: SourcePosition = .beginning, byteLimit: Int = 1 << 20) async throws -> [SourceSlice] {
      var slices: [SourceSlice] = []
      var position = start
      let end = ContinuousClock.now + .seconds(30)
      while ContinuousClock.now < end {
        if let slice = try await nextSlice(after: position, byteLimit: byteLimit, isFinal: false) {
          slices.append(slice)
          position = slice.end
        } else if !isReadToItsEnd {
          return slices
        } else {
          try await waitForInput(timeout: .seconds(5))
        }
      }
      throw BrokerFailure(description: "the source does not come to its end")
    }

    /// The next slice, waited for.
    func awaitedSlice(after position: SourcePosition, byteLimit: Int = 1 << 20) async throws -> SourceSlice {
      let end = ContinuousClock.now + .seconds(30)
      while ContinuousClock.now < end {
        if let slice = try await nextSlice(after: position, byteLimit: byteLimit, isFinal: false) { return slice }
        try await waitForInput(timeout: .seconds(5))
      }
      throw BrokerFailure(description: "no slice comes")
    }

    /// The rows of a slice by partition, and the rejections.
    func read(_ slice: SourceSlice, latest: EventTime = .distantFuture) throws -> (
      rows: [Int: [[Value]]], rejected: [RejectedRow]
    ) {
      var rows: [Int: [[Value]]] = [:]
      var rejected: [RejectedRow] = []
      for task in try tasks(for: slice) {
        let result = try task.read(latest: latest)
        rows[task.partition, default: []] += result.batch.rows
        rejected += result.rejected
      }
      return (rows, rejected)
    }
  }
#endif
