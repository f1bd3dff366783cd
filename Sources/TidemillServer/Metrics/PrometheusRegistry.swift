#if Server
  import CoreMetrics
  import Synchronization

  /// Holds metrics that are made through swift-metrics, and shows them as Prometheus reads them.
  ///
  /// Timers become histograms in seconds, and so do recorders that aggregate; meters and other recorders become gauges. A metric
  /// that is made twice is the same one.
  public final class PrometheusRegistry: MetricsFactory {
    /// In seconds: from half a millisecond to ten seconds.
    static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    enum Kind: String {
      case counter, gauge, histogram
    }

    struct Family {
      var kind: Kind
      var members: [String: any Sendable & AnyObject] = [:]
    }

    private let help: [String: String]
    private let families = Mutex<[String: Family]>([:])

    /// - Parameter help: what metrics mean, by name.
    public init(help: [String: String] = [:]) { self.help = help }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      member(label, .counter, dimensions) { CountingHandler() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      member(label, .gauge, dimensions) { LevelHandler() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
      if aggregate { return member(label, .histogram, dimensions) { HistogramHandler(bounds: Self.bounds) } }
      return member(label, .gauge, dimensions) { LevelHandler() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      member(label, .histogram, dimensions) { HistogramHandler(bounds: Self.bounds) }
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// A name that is taken by a metric of another kind gives one that is counted and not shown.
    private func member<Handler: AnyObject & Sendable>(
      _ label: String, _ kind: Kind, _ dimensions: [(String, String)], _ make: () -> Handler
    ) -> Handler {
      let name = PrometheusText.name(label)
      let labels = PrometheusText.labels(dimensions)
      return families.withLock { families in
        var family = families[name] ?? Family(kind: kind)
        if family.kind != kind { return make() }
        if let known = family.members[labels] as? Handler { return known }
        let made = make()
        family.members[labels] = made
        families[name] = family
        return made
      }
    }

    private func remove(_ handler: AnyObject) {
      families.withLock { families in
        for (name, family) in families {
          guard let labels = family.members.first(where: { $0.value === handler })?.key else { continue }
          families[name]!.members[labels] = nil
          if families[name]!.members.isEmpty { families[name] = nil }
        }
      }
    }

    /// All metrics in the text format, version 0.0.4, by name.
    public var text: String {
      let families = families.withLock { $0 }
      var text = PrometheusText()
      for (name, family) in families.sorted(by: { $0.key < $1.key }) {
        text.begin(name, kind: family.kind.rawValue, help: help[name])
        for (labels, member) in family.members.sorted(by: { $0.key < $1.key }) {
          switch member {
          case let counter as CountingHandler: text.add(name, labels, Double(counter.value))
          case let level as LevelHandler: text.add(name, labels, level.value)
          case let histogram as HistogramHandler: text.add(name, labels, histogram)
          default: break
          }
        }
      }
      return text.text
    }
  }
#endif
