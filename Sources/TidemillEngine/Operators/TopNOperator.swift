import TidemillColumns
import TidemillPlan

/// The best rows of each partition.
///
/// In append and complete mode the rows of a partition come all at once, so nothing is kept. In update mode each partition keeps
/// all of its rows, since a row that is taken back lets the next one in; rows of closed windows are dropped.
final class TopNOperator: ChangeOperator {
  private let topN: TopN
  private let order: RowOrder
  private let inputSchema: Schema
  private let outputSchema: Schema
  private let keepsRows: Bool
  private var partitions: [PartitionState] = []
  private var partitionKeys: GroupTable
  private let partitionTypes: [DataType]
  private var metricsOfEpoch = OperatorMetrics()

  private struct PartitionState {
    var rows: Batch
    /// What was last given out, with ranks.
    var best: Batch
  }

  init(_ topN: TopN, mode: OutputMode, inputSchema: Schema) {
    self.topN = topN
    order = RowOrder(keys: topN.order)
    self.inputSchema = inputSchema
    outputSchema = topN.rankName.map { Schema(inputSchema.fields + [Field($0, .bigint)]) } ?? inputSchema
    keepsRows = mode == .update
    partitionTypes = topN.partition.map { inputSchema[$0].type }
    partitionKeys = GroupTable(keyTypes: partitionTypes)
  }

  func process(_ changes: Batch, _ moment: Moment) throws -> Batch {
    metricsOfEpoch = OperatorMetrics()
    let output = keepsRows ? update(changes) : bestOfEach(changes)
    if keepsRows { dropClosed(moment) }
    metricsOfEpoch.name = "topN"
    metricsOfEpoch.rowsTotal = partitions.reduce(0) { $0 + $1.rows.count }
    metricsOfEpoch.memoryUsed = partitions.reduce(partitionKeys.memoryUsed) {
      $0 + $1.rows.memoryUsed + $1.best.memoryUsed
    }
    return output
  }

  var metrics: OperatorMetrics { metricsOfEpoch }

  /// The positions of a batch's rows by partition, in order of first sight.
  private func split(_ batch: Batch, by table: GroupTable) -> [(partition: Int, rows: [Int])] {
    let keys = KeyBatch(width: topN.partition.count)
    keys.load(topN.partition.map { batch.columns[$0] }, count: batch.count)
    let indices = Buffer<GroupIndex>(repeating: 0, count: batch.count)
    table.assign(keys, rows: nil, count: batch.count, into: indices.base)
    var positions: [Int: Int] = [:]
    var result: [(partition: Int, rows: [Int])] = []
    for row in 0..<batch.count {
      let partition = Int(indices.base[row])
      if let position = positions[partition] {
        result[position].rows.append(row)
      } else {
        positions[partition] = result.count
        result.append((partition, [row]))
      }
    }
    return result
  }

  private func bestOfEach(_ batch: Batch) -> Batch {
    let parts = split(batch, by: GroupTable(keyTypes: partitionTypes))
    return Batch.concatenating(parts.map { best(of: batch.selecting($0.rows)) }, schema: outputSchema)
  }

  /// Up to how many rows it pays to insert each where it belongs, rather than to sort all.
  private static let insertionLimit = 64

  /// The first `limit` rows in order, with their numbers if the query wants them.
  private func best(of rows: Batch) -> Batch {
    var chosen: [Int] = []
    if topN.limit > Self.insertionLimit {
      chosen = Array((0..<rows.count).sorted { order.precedes(rows, $0, rows, $1) }.prefix(topN.limit))
    }
    for row in 0..<rows.count where topN.limit <= Self.insertionLimit {
      if chosen.count == topN.limit {
        guard let last = chosen.last, order.precedes(rows, row, rows, last) else { continue }
        chosen.removeLast()
      }
      var low = 0
      var high = chosen.count
      while low < high {
        let middle = (low + high) / 2
        if order.precedes(rows, row, rows, chosen[middle]) { high = middle } else { low = middle + 1 }
      }
      chosen.insert(row, at: low)
    }
    let best = rows.selecting(chosen)
    guard topN.rankName != nil else { return Batch(schema: outputSchema, count: best.count, columns: best.columns) }
    let ranks = Buffer((0..<best.count).map { Int64($0 + 1) })
    return Batch(
      schema: outputSchema, count: best.count,
      columns: best.columns + [Column(type: .bigint, count: best.count, values: .int64(ranks))])
  }

  private func update(_ changes: Batch) -> Batch {
    var output: [Batch] = []
    for (index, rows) in split(changes, by: partitionKeys) {
      while partitions.count <= index {
        partitions.append(PartitionState(rows: .empty(inputSchema), best: .empty(outputSchema)))
      }
      let rows = applied(changes.selecting(rows), to: partitions[index].rows)
      let best = best(of: rows)
      output.append(partitions[index].best.weighted(-1))
      output.append(best.weighted(1))
      partitions[index] = PartitionState(rows: rows.withOwnStrings(), best: best.withOwnStrings())
      metricsOfEpoch.rowsUpdated += 1
    }
    return Batch.concatenating(output, schema: outputSchema)
  }

  /// The rows after changes: of each key that changed, what the last insert says, or nothing.
  private func applied(_ changes: Batch, to rows: Batch) -> Batch {
    let types = topN.key.map { inputSchema[$0].type }
    let table = GroupTable(keyTypes: types)
    let keys = KeyBatch(width: types.count)
    keys.load(topN.key.map { changes.columns[$0] }, count: changes.count)
    let changed = Buffer<GroupIndex>(repeating: 0, count: changes.count)
    table.assign(keys, rows: nil, count: changes.count, into: changed.base)
    var newest = [Int?](repeating: nil, count: table.count)
    for row in 0..<changes.count where changes.weight(row) > 0 { newest[Int(changed.base[row])] = row }
    keys.load(topN.key.map { rows.columns[$0] }, count: rows.count)
    let known = Buffer<GroupIndex>(repeating: 0, count: rows.count)
    table.find(keys, rows: nil, count: rows.count, into: known.base)
    let kept = rows.selecting((0..<rows.count).filter { known.base[$0] == GroupTable.absent })
    let inserted = changes.selecting(newest.compactMap { $0 })
    return Batch.concatenating(
      [kept, Batch(schema: inputSchema, count: inserted.count, columns: inserted.columns)], schema: inputSchema)
  }

  private func dropClosed(_ moment: Moment) {
    guard let window = topN.window, topN.partition.contains(window) else { return }
    func isOpen(_ state: PartitionState) -> Bool {
      guard state.rows.count > 0, case .window(_, let ends) = state.rows.columns[window].values,
        !state.rows.columns[window].isNull(0)
      else { return false }
      return !moment.closes(windowEnd: ends.base[0])
    }
    let open = partitions.map(isOpen)
    guard open.contains(false) else { return }
    metricsOfEpoch.rowsRemoved = zip(partitions, open).reduce(0) { $0 + ($1.1 ? 0 : $1.0.rows.count) }
    partitionKeys = partitionKeys.compacted(types: partitionTypes) { $0 < open.count && open[$0] }.table
    partitions = zip(partitions, open).filter(\.1).map(\.0)
  }

  func write(to writer: inout ByteWriter) {
    partitionKeys.write(to: &writer)
    writer.write(varint: partitions.count)
    for partition in partitions { partition.rows.write(to: &writer) }
  }

  func read(from reader: inout ByteReader) throws {
    partitionKeys = try GroupTable(keyTypes: partitionTypes, reading: &reader)
    for _ in 0..<(try reader.readVarint()) {
      let rows = try Batch(schema: inputSchema, reading: &reader)
      partitions.append(PartitionState(rows: rows, best: best(of: rows)))
    }
    guard partitions.count <= partitionKeys.count else { throw CorruptBytes("partitions without keys") }
  }
}
