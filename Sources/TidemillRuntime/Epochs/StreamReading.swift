import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// A query as the lanes see it.
struct LaneQuery: Sendable {
  let pipeline: QueryPipeline
  /// For each column of the query's scan its ordinal in the stream's batches.
  let ordinals: [Int]

  func scan(_ batch: Batch) -> Batch {
    Batch(schema: pipeline.plan.scanSchema, count: batch.count, columns: ordinals.map { batch.columns[$0] })
  }
}

/// What the lanes read of one stream in one epoch.
struct StreamReading: Sendable {
  /// In source order once the epoch is read.
  var rejected: [RejectedRow] = []
  /// Rejected rows by partition.
  var rejectedCount: [Int: Int] = [:]
  /// All rows by partition.
  var rowCount: [Int: Int] = [:]
  var byteCount = 0
  /// For each file the sum of its pieces' checksums: the same for the same bytes, whatever the order of the pieces.
  var checksums: [String: UInt64] = [:]

  var totalRows: Int { rowCount.values.reduce(0, +) }

  mutating func note(_ result: ReadResult, partition: Int) {
    rowCount[partition, default: 0] += result.rowCount
    byteCount += result.byteCount
    if let checksum = result.checksum { checksums[checksum.origin, default: 0] &+= checksum.value }
    if !result.rejected.isEmpty { rejectedCount[partition, default: 0] += result.rejected.count }
  }
}
