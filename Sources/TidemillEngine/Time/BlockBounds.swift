import TidemillColumns

/// The bounds of the times of a batch, and of each block of it: whoever looks at blocks need not look at all times once more.
struct BlockBounds {
  /// So many rows are looked at together: few enough that one late row makes few others slow.
  static let blockSize = 128

  let whole: TimeBounds
  /// The number of times.
  let count: Int
  private let blocks: Buffer<TimeBounds>

  /// Of at least one time.
  ///
  /// - Complexity: O(count).
  init(_ times: UnsafePointer<Int64>, count: Int) {
    precondition(count > 0, "there are no bounds of no times")
    self.count = count
    let blocks = Buffer<TimeBounds>(capacity: (count + Self.blockSize - 1) / Self.blockSize)
    var (lowest, highest) = (Int64.max, Int64.min)
    for first in stride(from: 0, to: count, by: Self.blockSize) {
      let block = TimeBounds(times + first, count: min(Self.blockSize, count - first))
      blocks.append(block)
      lowest = min(lowest, block.lowest)
      highest = max(highest, block.highest)
    }
    whole = TimeBounds(lowest: lowest, highest: highest)
    self.blocks = blocks
  }

  /// The bounds of the rows from `first` on, where a block begins.
  @inline(__always)
  func block(at first: Int) -> TimeBounds { blocks.base[first / Self.blockSize] }

  /// The highest time of some rows, at least one.
  ///
  /// - Parameter times: those that the bounds were made of.
  /// - Complexity: O(blocks + `blockSize`).
  func highest(of rows: Range<Int>, _ times: UnsafePointer<Int64>) -> Int64 {
    var highest = times[rows.lowerBound]
    var row = rows.lowerBound
    while row < rows.upperBound {
      let next = min(row / Self.blockSize * Self.blockSize + Self.blockSize, rows.upperBound)
      let isWhole = row.isMultiple(of: Self.blockSize) && (next - row == Self.blockSize || next == count)
      highest = max(highest, (isWhole ? block(at: row) : TimeBounds(times + row, count: next - row)).highest)
      row = next
    }
    return highest
  }
}
