#if Server
  import CoreMetrics
  import Hummingbird
  import Synchronization
  import Tidemill

  /// What the server counts, made through swift-metrics.
  final class ServerMetrics: Sendable {
    private struct Request: Hashable {
      var route: String
      var method: String
      var status: Int
    }

    private struct Made {
      var requests: [Request: Counter] = [:]
      var times: [String: Timer] = [:]
      var queries: [String: QueryMetrics] = [:]
    }

    /// What an epoch adds to.
    private struct QueryMetrics {
      let rows: [(counter: Counter, count: @Sendable (RowLedger) -> Int)]
      let duration: Timer
      let outputRows: Counter
    }

    private let registry: PrometheusRegistry
    private let factory: any MetricsFactory
    private let made = Mutex(Made())

    init(_ registry: PrometheusRegistry = PrometheusRegistry(help: MetricHelp.texts)) {
      self.registry = registry
      factory = registry
    }

    func take(_ progress: QueryProgress) {
      let metrics = made.withLock { made in
        if let metrics = made.queries[progress.name] { return metrics }
        let metrics = queryMetrics(progress.name)
        made.queries[progress.name] = metrics
        return metrics
      }
      for (counter, count) in metrics.rows { counter.increment(by: count(progress.ledger)) }
      metrics.duration.recordMilliseconds(progress.batchDuration)
      metrics.outputRows.increment(by: progress.numOutputRows)
    }

    private func queryMetrics(_ query: String) -> QueryMetrics {
      let labels = [("query", query)]
      func counter(_ name: String, _ count: @escaping @Sendable (RowLedger) -> Int) -> (Counter, @Sendable (RowLedger) -> Int) {
        (Counter(label: "tidemill_rows_\(name)_total", dimensions: labels, factory: factory), count)
      }
      return QueryMetrics(
        rows: [
          counter("in") { $0.rowsIn }, counter("rejected") { $0.rejected }, counter("duplicate") { $0.duplicate },
          counter("filtered") { $0.filtered }, counter("late") { $0.late }, counter("aggregated") { $0.aggregated },
        ],
        duration: Timer(label: "tidemill_epoch_duration_seconds", dimensions: labels, factory: factory),
        outputRows: Counter(label: "tidemill_output_rows_total", dimensions: labels, factory: factory))
    }

    /// Counts an answered request. What clients can choose freely is no label.
    func count(route: String, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status, _ time: Duration) {
      let known: [HTTPRequest.Method] = [.get, .head, .post]
      let request = Request(route: route, method: known.contains(method) ? method.rawValue : "other", status: status.code)
      let (counter, timer) = made.withLock { made in
        let counter =
          made.requests[request]
          ?? Counter(
            label: "tidemill_http_requests_total",
            dimensions: [("route", route), ("method", request.method), ("status", String(status.code))], factory: factory)
        let timer =
          made.times[route]
          ?? Timer(label: "tidemill_http_request_duration_seconds", dimensions: [("route", route)], factory: factory)
        made.requests[request] = counter
        made.times[route] = timer
        return (counter, timer)
      }
      counter.increment()
      timer.recordNanoseconds(time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000)
    }

    /// Counts events that were pushed, or a push that was refused for the moment.
    func count(push stream: String, lines: Int, bytes: Int, isRefused: Bool = false) {
      let labels = [("stream", stream)]
      if isRefused {
        Counter(label: "tidemill_push_refused_total", dimensions: labels, factory: factory).increment()
      } else {
        Counter(label: "tidemill_pushed_rows_total", dimensions: labels, factory: factory).increment(by: lines)
        Counter(label: "tidemill_pushed_bytes_total", dimensions: labels, factory: factory).increment(by: bytes)
      }
    }

    func countCutConnection() { Counter(label: "tidemill_http_connections_cut_total", factory: factory).increment() }

    func set(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
      Meter(label: name, dimensions: labels, factory: factory).set(value)
    }

    /// Forgets a level that is none any more.
    func remove(_ name: String, _ labels: [(String, String)]) {
      Meter(label: name, dimensions: labels, factory: factory).destroy()
    }

    var text: String { registry.text }
  }
#endif
