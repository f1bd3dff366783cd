import TidemillColumns
import TidemillPlan

/// What became of the rows of a batch in an aggregation.
struct CollectOutcome {
  /// Positions, in the batch, of rows late for all of their windows.
  var late: [Int] = []
  /// Positions of rows without a window, since their time is NULL, or so far from the calendar that no window could be computed.
  var withoutTime: [Int] = []
}

/// What a lane collected in an epoch: groups, and rows that it did not gather into groups.
struct Collected {
  var panes: PaneSet
  var chunks: [RowChunk] = []
}

/// Brings rows into panes by their windows, or into chunks by pane and shard. Each lane has one, and each chained aggregation.
final class PaneCollector {
  private let shape: AggregationShape
  private let evaluator: ExpressionEvaluator
  private let sharding: KeySharding
  private let windows: FixedWindows?
  private let keys: KeyBatch
  private let assignment = PaneAssignment()
  private let bucketOfRow = Buffer<UInt32>(capacity: 1024)
  private let rowsByBucket = RowsByBucket()
  private let groupScratch = Buffer<GroupIndex>(capacity: 1024)
  private var collected: Collected
  private var chunkBytes = 0
  /// Whether rows go to chunks.
  private var shards: Bool

  init(_ shape: AggregationShape, _ evaluator: ExpressionEvaluator, sharding: KeySharding = .never) {
    self.shape = shape
    self.evaluator = evaluator
    // Without a key there is one group.
    self.sharding = shape.keyTypes.isEmpty ? .never : sharding
    if case .fixed(let size, let slide, let start) = shape.aggregation.window?.kind {
      windows = FixedWindows(
        size: size.microseconds, slide: slide.microseconds, start: start.microseconds)
    } else {
      windows = nil
    }
    keys = KeyBatch(width: shape.keyTypes.count)
    collected = Collected(panes: PaneSet(shape))
    shards = if case .always = self.sharding { true } else { false }
  }

  /// Gives away what was collected.
  func take() -> Collected {
    defer {
      collected = Collected(panes: PaneSet(shape))
      chunkBytes = 0
    }
    return collected
  }

  /// Says that the rows of the epoch turned out to have few groups after all.
  func gatherAgain() {
    if case .automatic = sharding { shards = false }
  }

  var memoryUsed: Int { collected.panes.memoryUsed + chunkBytes }

  /// Collects the rows of a batch.
  ///
  /// - Parameters:
  ///   - sequence: the place of the batch in the epoch.
  ///   - eventTimes: a column whose bounds are known, which is mostly that of the windows' times.
  ///   - watermarks: `nil` when nothing can be late.
  /// - Complexity: O(rows), however many windows a row belongs to.
  func collect(
    _ columns: [Column], count: Int, weights: Buffer<Int8>?, sequence: Int = 0,
    eventTimes: (column: Column, bounds: BlockBounds)? = nil, _ watermarks: BatchWatermarks?
  ) -> CollectOutcome {
    guard count > 0 else { return CollectOutcome() }
    let input = AggregationInput(
      shape, evaluator, columns: columns, count: count, weights: weights, keys: keys)
    var outcome = CollectOutcome()
    if let window = shape.aggregation.window {
      let time = evaluator.evaluate(window.time, columns, count: count)
      outcome =
        windows.map {
          let bounds = eventTimes.flatMap { $0.bounds.count == count && $0.column.sharesIntegers(with: time) ? $0.bounds : nil }
          return assignment.assign(time, $0, count: count, bounds: bounds, watermarks)
        }
        ?? assignment.assignExisting(time, count: count, watermarks)
    } else {
      assignment.assignAll(to: .always)
    }
    if shards { keep(input, sequence: sequence) } else { gather(input) }
    return outcome
  }

  /// Brings the rows of each pane into its groups.
  private func gather(_ input: AggregationInput) {
    groupScratch.reserve(input.count)
    if assignment.isUniform {
      let pane = collected.panes.pane(of: assignment.keys[0])
      pane.add(input, rows: nil, count: input.count, scratch: groupScratch.base)
      considerSharding(pane)
      return
    }
    if assignment.runs.areFew {
      for index in 0..<assignment.runs.count {
        let (key, rows) = assignment.runs[index]
        if key == PaneAssignment.none { continue }
        let pane = collected.panes.pane(of: assignment.keys[Int(key)])
        pane.add(input, rows: nil, first: rows.lowerBound, count: rows.count, scratch: groupScratch.base)
        considerSharding(pane)
      }
      return
    }
    rowsByBucket.list(assignment.keyOfRow.base, count: input.count, buckets: assignment.keys.count)
    for (number, key) in assignment.keys.enumerated() {
      let rows = rowsByBucket.rows(of: number)
      if rows.isEmpty { continue }
      let pane = collected.panes.pane(of: key)
      pane.add(input, rows: rows.baseAddress!, count: rows.count, scratch: groupScratch.base)
      considerSharding(pane)
    }
  }

  private func considerSharding(_ pane: Pane) {
    guard case .automatic = sharding, pane.groups.count >= KeySharding.manyGroups else { return }
    if pane.rowCount < pane.groups.count * KeySharding.rowsPerGroup { shards = true }
  }

  /// Keeps the rows, sorted by pane and shard.
  private func keep(_ input: AggregationInput, sequence: Int) {
    let count = input.count
    bucketOfRow.reserve(count)
    let buckets = bucketOfRow.base
    let hashes = input.keys.hashes.base
    if assignment.isUniform {
      for row in 0..<count { buckets[row] = UInt32(truncatingIfNeeded: KeySharding.shard(hashes[row])) }
    } else {
      let keyOfRow = assignment.keyOfRow.base
      for row in 0..<count {
        let key = keyOfRow[row]
        let bucket = key &* UInt32(KeySharding.count) &+ UInt32(truncatingIfNeeded: KeySharding.shard(hashes[row]))
        buckets[row] = key == PaneAssignment.none ? PaneAssignment.none : bucket
      }
    }
    let (rows, ends) = rowsByBucket.sort(buckets, count: count, buckets: assignment.keys.count * KeySharding.count)
    let kept = Int(ends.last ?? 0)
    guard kept > 0 else { return }
    let chunk = RowChunk(
      sequence: sequence, keys: assignment.keys, input: input.selecting(rows, count: kept), ends: ends)
    chunkBytes += chunk.memoryUsed
    collected.chunks.append(chunk)
  }
}

extension Column {
  /// Whether both are the same integers in memory.
  fileprivate func sharesIntegers(with other: Column) -> Bool {
    if case .int64(let mine) = values, case .int64(let theirs) = other.values { mine === theirs } else { false }
  }
}
