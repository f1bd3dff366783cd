import TidemillColumns

/// Rows of one batch, sorted by pane and within it by shard: what a lane keeps of rows that it does not gather.
final class RowChunk {
  /// The place of its batch in the epoch.
  let sequence: Int
  let keys: [PaneKey]
  private let input: AggregationInput
  /// Where the rows of each pane and shard end; a pane's shards follow each other.
  private let ends: [Int32]

  init(sequence: Int, keys: [PaneKey], input: AggregationInput, ends: [Int32]) {
    self.sequence = sequence
    self.keys = keys
    self.input = input
    self.ends = ends
  }

  /// How many rows there are.
  var count: Int { input.count }

  var memoryUsed: Int { input.memoryUsed + ends.count * 4 }

  /// The rows of a shard in one of `keys`.
  func rows(_ key: Int, shard: Int) -> Range<Int> {
    let run = key * KeySharding.count + shard
    return (run == 0 ? 0 : Int(ends[run - 1]))..<Int(ends[run])
  }

  /// Brings rows into a pane.
  func add(_ rows: Range<Int>, to pane: Pane, scratch: Buffer<GroupIndex>) {
    scratch.reserve(rows.count)
    pane.add(input, rows: nil, first: rows.lowerBound, count: rows.count, scratch: scratch.base)
  }
}

extension AggregationInput {
  /// The rows that are listed, in that order.
  func selecting(_ rows: UnsafePointer<UInt32>, count: Int) -> AggregationInput {
    AggregationInput(
      count: count, keys: KeyBatch(selecting: rows, count: count, of: keys),
      arguments: arguments.map { ($0.column?.selecting(rows, count: count), $0.mask?.selecting(rows, count: count)) },
      weights: weights?.selecting(rows, count: count))
  }

  fileprivate var memoryUsed: Int {
    arguments.reduce(keys.memoryUsed + (weights?.bytes ?? 0)) {
      // Argument columns are as wide as their values; strings share the heap of their batch.
      $0 + ($1.column?.memoryUsed ?? 0) + ($1.mask?.bytes ?? 0)
    }
  }
}
