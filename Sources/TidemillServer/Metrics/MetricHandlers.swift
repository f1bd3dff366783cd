#if Server
  import CoreMetrics
  import Synchronization

  /// A count that only grows.
  final class CountingHandler: CounterHandler {
    private let total = Atomic<Int64>(0)

    var value: Int64 { total.load(ordering: .relaxed) }

    func increment(by amount: Int64) { total.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { total.store(0, ordering: .relaxed) }
  }

  /// A number as it is now.
  final class LevelHandler: MeterHandler, RecorderHandler {
    private let level = Mutex(0.0)

    var value: Double { level.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { level.withLock { $0 = value } }
    func increment(by amount: Double) { level.withLock { $0 += amount } }
    func decrement(by amount: Double) { level.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
  }

  /// How many values lie below each of some bounds, how many there are, and their sum.
  final class HistogramHandler: TimerHandler, RecorderHandler {
    struct Content {
      /// By bound, and those above all of them: not yet added up.
      var counts: [Int]
      var sum = 0.0
    }

    let bounds: [Double]
    private let content: Mutex<Content>

    init(bounds: [Double]) {
      self.bounds = bounds
      content = Mutex(Content(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var value: Content { content.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
      let place = bounds.firstIndex { value <= $0 } ?? bounds.count
      content.withLock { content in
        content.counts[place] += 1
        content.sum += value
      }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  }
#endif
