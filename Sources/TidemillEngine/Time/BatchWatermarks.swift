import TidemillColumns

/// The watermark of its partition before each row of a batch.
///
/// Hardly ever is a row late, and mostly one look at the batch shows that none is. So each row's own watermark is worked out only
/// when it is asked for.
struct BatchWatermarks {
  /// No row's watermark is above it.
  let bound: Int64
  /// How the watermark moves on with the rows, if the batch has all rows of its source that move it; else `nil`.
  let running: RunningWatermark?
  /// One watermark a row.
  let rows: () -> Buffer<Int64>

  init(bound: Int64, running: RunningWatermark? = nil, rows: @escaping () -> Buffer<Int64>) {
    self.bound = bound
    self.running = running
    self.rows = rows
  }

  /// The same for all rows of a batch.
  init(all watermark: Int64, count: Int) {
    self.init(bound: watermark) { Buffer(repeating: watermark, count: count) }
  }
}

/// A partition's watermark on its way through its rows.
struct RunningWatermark {
  /// The highest event time so far; `Int64.min` before there is one.
  var highest: Int64
  let delay: Int64
  let floor: Int64

  /// The watermark of the next row.
  @inline(__always)
  var current: Int64 { WatermarkTracker.watermark(highest: highest, delay: delay, floor: floor) }

  @inline(__always)
  mutating func pass(_ time: Int64) { highest = max(highest, time) }
}
