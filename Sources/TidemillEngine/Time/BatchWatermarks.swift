import TidemillColumns

/// The watermark of its partition before each row of a batch.
///
/// Hardly ever is a row late, and mostly one look at the batch shows that none is. So each row's own watermark is worked out only
/// when it is asked for.
struct BatchWatermarks {
  /// No row's watermark is above it.
  let bound: Int64
  /// One watermark a row.
  let rows: () -> Buffer<Int64>

  init(bound: Int64, rows: @escaping () -> Buffer<Int64>) {
    self.bound = bound
    self.rows = rows
  }

  /// The same for all rows of a batch.
  init(all watermark: Int64, count: Int) {
    self.init(bound: watermark) { Buffer(repeating: watermark, count: count) }
  }
}
