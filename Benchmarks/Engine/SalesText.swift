import SalesData
import TidemillColumns

/// Generated sales as text, in pieces of whole lines.
struct SalesText {
  static let rowsAPiece = 8192
  let pieces: [[UInt8]]

  init(_ options: SalesOptions) {
    var generator = SalesGenerator(options)
    var pieces: [[UInt8]] = []
    while generator.written < options.rows {
      pieces.append(
        [UInt8](unsafeUninitializedCapacity: Self.rowsAPiece * options.shape.longestLine) { buffer, count in
          count = generator.write(Self.rowsAPiece, to: buffer.baseAddress!)
        })
    }
    self.pieces = pieces
  }

  /// A day of sales of 1,000 products, or of a million that sell alike; 0.1 % of them two hours late.
  init(rows: Int, isDiverse: Bool = false, shape: SalesOptions.Shape = .json) {
    self.init(
      SalesOptions(
        rows: rows, products: isDiverse ? 1_000_000 : 1000, isUniform: isDiverse, start: TimestampText.day, lateShare: 0.001,
        shape: shape))
  }
}

extension TimestampText {
  /// The midnight that the events begin at: 2024-03-01.
  fileprivate static var day: EventTime { EventTime(microseconds: 1_709_251_200_000_000) }
}
