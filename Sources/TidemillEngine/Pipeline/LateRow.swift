import TidemillColumns

/// A sample of the rows that were late for all of their windows.
public struct LateRow: Sendable {
  /// How many an epoch gives at most.
  public static let limit = 20

  /// The row is one of these, taken together: to make a batch of each would cost more than all else of a small epoch.
  let rows: Batch
  let position: Int
  /// When it happened.
  public var eventTime: EventTime
  /// The watermark that it came behind.
  public var watermark: EventTime

  /// The row, alone, under the stream's columns as they were read.
  public var row: Batch { rows.selecting([position]) }
}

/// The late rows of a batch that are kept as samples.
struct LateRows {
  var sequence: Int
  var rows: [LateRow]
}

extension PreparedBatch {
  /// The first late rows, with the watermarks that they met; `nil` without any.
  ///
  /// - Complexity: O(rows before the last of them / `BlockBounds.blockSize`), which is paid by the first batches with late rows of an
  ///   epoch only.
  func lateRows(limit: Int, delay: Int64?, isSparkCompatible: Bool) -> LateRows? {
    guard limit > 0, !late.isEmpty, let eventTimes, let delay else { return nil }
    let times = eventTimes.column.int64
    var highest = highestBefore
    var next = 0
    let positions = Array(late.sorted().prefix(limit))
    // Strings of their own: a sample stays, and must not keep all that was read alive.
    let taken = original.selecting(positions).withOwnStrings()
    var rows: [LateRow] = []
    for (index, position) in positions.enumerated() {
      if !isHistory, next < position {
        highest = max(highest, eventTimes.bounds.highest(of: next..<position, times))
        next = position
      }
      let watermark =
        isSparkCompatible ? global : max(WatermarkTracker.watermark(highest: highest, delay: delay, floor: floor), ended)
      rows.append(
        LateRow(
          rows: taken, position: index, eventTime: EventTime(microseconds: times[position]),
          watermark: EventTime(microseconds: isHistory ? max(floor, ended) : watermark)))
    }
    return LateRows(sequence: sequence, rows: rows)
  }
}
