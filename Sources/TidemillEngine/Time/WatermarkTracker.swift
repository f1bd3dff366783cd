import TidemillColumns

/// The watermarks of one query: one per source partition, and the global one that closes windows.
///
/// All times are microseconds; `Int64.min` stands for "none yet".
struct WatermarkTracker {
  /// One source partition's place in event time.
  struct Partition {
    /// The highest event time seen.
    var highest = Int64.min
    /// What its watermark is at least: the global watermark when it was new or woke.
    var floor = Int64.min
    var isIdle = false
  }

  private(set) var partitions: [Partition] = []
  private(set) var global = Int64.min
  /// Through which window end the input's end has closed everything, whatever the watermark was.
  private(set) var ended = Int64.min
  let delay: Int64?
  private let isSparkCompatible: Bool

  init(delay: TimeSpan?, isSparkCompatible: Bool) {
    self.delay = delay?.microseconds
    self.isSparkCompatible = isSparkCompatible
  }

  /// Makes every partition below `count` known.
  mutating func expect(partitions count: Int) {
    while partitions.count < count { partitions.append(Partition(floor: global)) }
  }

  /// Takes in a chunk of a partition, in source order.
  ///
  /// - Parameter highest: the highest event time of the chunk, `Int64.min` if it has none.
  /// - Returns: the highest event time before the chunk.
  mutating func advance(_ partition: Int, highest: Int64, hasRows: Bool) -> Int64 {
    expect(partitions: partition + 1)
    let before = partitions[partition].highest
    guard hasRows else { return before }
    if partitions[partition].isIdle {
      partitions[partition].isIdle = false
      partitions[partition].floor = max(partitions[partition].floor, global)
    }
    partitions[partition].highest = max(before, highest)
    return before
  }

  /// What a partition's watermark is at least.
  func floor(_ partition: Int) -> Int64 { partitions[partition].floor }

  /// The watermark after a highest event time, in a partition with this floor.
  @inline(__always)
  static func watermark(highest: Int64, delay: Int64, floor: Int64) -> Int64 {
    highest == .min ? floor : max(highest &- delay, floor)
  }

  /// Moves the global watermark to the minimum over the partitions that are not idle; it never goes back.
  ///
  /// - Parameters:
  ///   - idle: for each idle partition the recorded time since it was found empty, in microseconds.
  ///   - isHistory: whether the epoch was of a history in no order, whose rows do not tell what may still come.
  ///   - finished: so many partitions, the first ones, will never give rows again. They are idle, too.
  mutating func finishEpoch(idle: [Int: Int64], isHistory: Bool = false, finished: Int = 0) {
    for partition in partitions.indices {
      // Whoever counts again starts at the global watermark, whether an accepted row woke it or a rejected one, or a restart.
      if partitions[partition].isIdle, idle[partition] == nil {
        partitions[partition].floor = max(partitions[partition].floor, global)
      }
      partitions[partition].isIdle = idle[partition] != nil
    }
    guard let delay, !isHistory else { return }
    // What comes is of the others, and may be older than what the finished ones ended with.
    let latest = partitions.dropFirst(finished).map(\.highest).max() ?? .min
    if isSparkCompatible {
      // Whole milliseconds, over all partitions, never below 1970.
      let highest = latest
      if highest != .min { global = max(global, max(0, (highest.flooredToMilliseconds &- delay))) }
      return
    }
    let active = partitions.filter { !$0.isIdle }
    if active.isEmpty {
      let highest = latest != .min ? latest : partitions.map(\.highest).max() ?? .min
      guard highest != .min, let elapsed = idle.values.min() else { return }
      global = max(global, highest &+ elapsed &- delay)
    } else {
      let least = active.map { Self.watermark(highest: $0.highest, delay: delay, floor: $0.floor) }.min()!
      global = max(global, least)
    }
  }

  /// Says that all windows up to `end` were closed because the input ended: their rows are late from now on.
  mutating func close(through end: Int64) {
    ended = max(ended, end)
    global = max(global, end)
    for partition in partitions.indices { partitions[partition].floor = max(partitions[partition].floor, global) }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(global)
    writer.write(ended)
    writer.write(varint: partitions.count)
    for partition in partitions {
      writer.write(partition.highest)
      writer.write(partition.floor)
      writer.write(bool: partition.isIdle)
    }
  }

  mutating func read(from reader: inout ByteReader) throws {
    global = try reader.read()
    ended = try reader.read()
    partitions = []
    for _ in 0..<(try reader.readVarint()) {
      partitions.append(
        Partition(
          highest: try reader.read(), floor: try reader.read(), isIdle: try reader.readBool()))
    }
  }
}

extension Int64 {
  /// The same point in time, in whole milliseconds, rounded towards the past.
  var flooredToMilliseconds: Int64 { self &- ((self % 1000 + 1000) % 1000) }
}
