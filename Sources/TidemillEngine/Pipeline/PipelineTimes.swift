import TidemillColumns

/// How far event time has come, in a query and in each partition of its stream.
public struct PipelineTimes: Hashable, Sendable {
  /// A partition.
  public struct Partition: Hashable, Sendable {
    /// The highest event time of its rows; `nil` before the first.
    public var highest: EventTime?
    /// What its rows are judged by; `nil` while it has none.
    public var watermark: EventTime?
    /// Whether it holds no window open.
    public var isIdle = false

    /// A partition without rows.
    public init() {}
  }

  /// By number.
  public var partitions: [Partition] = []
  /// The global watermark; `nil` while there is none.
  public var watermark: EventTime?

  /// Before anything was read.
  public init() {}
}

extension WatermarkTracker {
  var times: PipelineTimes {
    func time(_ microseconds: Int64) -> EventTime? { microseconds == .min ? nil : EventTime(microseconds: microseconds) }
    var times = PipelineTimes()
    times.watermark = time(global)
    times.partitions = partitions.map { partition in
      var result = PipelineTimes.Partition()
      result.highest = time(partition.highest)
      result.watermark = delay.flatMap { time(Self.watermark(highest: partition.highest, delay: $0, floor: partition.floor)) }
      result.isIdle = partition.isIdle
      return result
    }
    return times
  }
}

extension QueryPipeline {
  /// To be asked for between two epochs, while no batch is put in order.
  public var times: PipelineTimes { tracker.times }
}
