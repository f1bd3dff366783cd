import TidemillColumns
import TidemillPlan

/// The state of an aggregation over fixed windows, over windows made before it, or without windows.
///
/// It is one shard, or `KeySharding.count` of them once there are many groups: then each holds the groups of its keys, and the end
/// of an epoch is worked out for all of them on several threads.
final class WindowedAggregate {
  let shape: AggregationShape
  let gives: ResultKinds
  private let emitsRetractions: Bool
  private let work: ParallelWork
  private(set) var shards: [WindowedShard]
  private(set) var closedThrough = Int64.min
  /// Up to which end sliding windows have closed, in append and in update mode: their slices live on for later windows.
  private(set) var emittedThrough = Int64.min
  private var metricsOfEpoch = OperatorMetrics()
  /// Whether the epoch's rows, which lanes did not gather, would have been worth it.
  private(set) var hasFewGroups = false

  init(_ shape: AggregationShape, gives: ResultKinds, emitsRetractions: Bool, work: ParallelWork = .serial) {
    self.shape = shape
    self.gives = gives
    self.emitsRetractions = emitsRetractions
    self.work = work
    shards = [WindowedShard(shape, gives: gives, emitsRetractions: emitsRetractions)]
  }

  /// Brings what was collected in an epoch into the state; gives the changes of the result.
  func apply(_ collected: consuming [Collected], _ moment: Moment) throws -> EpochResults {
    let rows = collected.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.count } }
    if shards.count == 1, rows > 0 { split() }
    let before = emittedThrough
    var epochs: [WindowedShard.Epoch]
    if shards.count == 1 {
      let gathered = collected[0].panes
      gathered.merge(collected.dropFirst().map(\.panes), work)
      epochs = [try shards[0].apply(gathered, moment, emittedThrough: before, work)]
    } else {
      let shares = share(collected)
      // The rows are in the state, or in the shares: let them go before there are results.
      _ = consume collected
      nonisolated(unsafe) let shards = shards
      epochs = try work.tryMap(shards.count) { try shards[$0].finish(shares[$0], moment, emittedThrough: before) }
    }
    let touched = epochs.reduce(0) { $0 + $1.groupsTouched }
    hasFewGroups = rows > touched * KeySharding.rowsPerGroup * 2
    emittedThrough = epochs.map(\.emittedThrough).max()!
    closedThrough = max(closedThrough, epochs.map(\.closedThrough).max()!)
    measure(epochs, touched, moment)
    // By window, as if there were one shard. Update mode gives what it takes back of a key before what it gives anew.
    var results = epochs.flatMap(\.results)
    if shards.count > 1 {
      results = results.enumerated()
        .sorted { ($0.1.end, $0.1.start, $0.0) < ($1.1.end, $1.1.start, $1.0) }.map(\.element)
    }
    var changed = gives.changes ? epochs.flatMap(\.changes).map(\.batch) : []
    var parts = results.map(\.batch)
    epochs = []
    results = []
    return EpochResults(
      changes: gives.changes ? whole(&changed) : nil,
      others: gives.finals || gives.everything ? whole(&parts) : nil)
  }

  private func whole(_ parts: inout [Batch]) -> Batch {
    Batch.concatenating(&parts, schema: shape.outputSchema) { count, body in self.work.run(count, body) }
  }

  /// Gives each shard what is its own of what was collected.
  private func share(_ collected: [Collected]) -> [WindowedShard.Share] {
    let chunks = collected.flatMap(\.chunks).sorted { $0.sequence < $1.sequence }
    let panes = collected.flatMap { zip($0.panes.keys, $0.panes.panes).map(ShardedPane.init) }
    // What was collected is only read here; each shard changes its own.
    nonisolated(unsafe) let shards = shards
    return work.map(shards.count) { shards[$0].take(panes, chunks, shard: $0) }
  }

  private func measure(_ epochs: [WindowedShard.Epoch], _ touched: Int, _ moment: Moment) {
    metricsOfEpoch = OperatorMetrics()
    metricsOfEpoch.name = "aggregate"
    metricsOfEpoch.rowsUpdated = touched
    metricsOfEpoch.rowsRemoved = epochs.reduce(0) { $0 + $1.groupsRemoved }
    metricsOfEpoch.rowsTotal = shards.reduce(0) { $0 + $1.groupCount }
    metricsOfEpoch.memoryUsed = shards.reduce(0) { $0 + $1.memoryUsed }
    let open = shards.count == 1 ? Set(shards[0].paneKeys) : shards.reduce(into: Set()) { $0.formUnion($1.paneKeys) }
    metricsOfEpoch.openWindows = shape.aggregation.window == nil ? 0 : open.count
    if shape.aggregation.window?.followsWatermark ?? false {
      let ends = open.map { shards[0].nextEnd(of: $0, after: moment.watermark) }
      metricsOfEpoch.nextClose = ends.min().map { EventTime(microseconds: $0) }
    }
  }

  /// Cuts the one shard that there is into many.
  private func split() {
    let whole = shards[0]
    shards = (0..<KeySharding.count).map { _ in WindowedShard(shape, gives: gives, emitsRetractions: emitsRetractions) }
    let panes = whole.takePanes().map(ShardedPane.init)
    nonisolated(unsafe) let shards = shards
    work.map(shards.count) { shards[$0].add(panes, shard: $0) }
  }

  /// Drops all state: before a recomputation from the whole input.
  func forget() { for shard in shards { shard.forget() } }

  var metrics: OperatorMetrics { metricsOfEpoch }

  func write(to writer: inout ByteWriter) {
    writer.write(emittedThrough)
    writer.write(varint: shards.count)
    for shard in shards { shard.write(to: &writer) }
  }

  func read(from reader: inout ByteReader) throws {
    emittedThrough = try reader.read()
    let count = try reader.readVarint()
    guard count == 1 || count == KeySharding.count else { throw CorruptBytes("\(count) shards") }
    shards = try (0..<count).map { _ in
      let shard = WindowedShard(shape, gives: gives, emitsRetractions: emitsRetractions)
      try shard.read(from: &reader)
      return shard
    }
  }
}

/// A pane of all shards, with its groups listed by shard.
struct ShardedPane {
  let key: PaneKey
  let pane: Pane
  private let groups: Buffer<GroupIndex>
  private let ends: [Int]

  init(_ key: PaneKey, _ pane: Pane) {
    self.key = key
    self.pane = pane
    (groups, ends) = pane.groups.sortedByShard()
  }

  /// The groups of a shard.
  func groups(_ shard: Int) -> UnsafeBufferPointer<GroupIndex> {
    let start = shard == 0 ? 0 : ends[shard - 1]
    return UnsafeBufferPointer(start: groups.base + start, count: ends[shard] - start)
  }
}
