import TidemillColumns

extension TableFiles {
  /// Writes rows of a result that only come in addition: files of each partition, cut where they would become too large.
  func writeNew(_ batch: Batch, epoch: UInt64, limits: WriterLimits) throws -> [WrittenFile] {
    let (groups, partitions) = try layout.partitioned(batch, table: table)
    let stored = layout.storedRows(batch).withoutWeights
    var pieces: [(partition: Partition, rows: [UInt32])] = []
    let most = rows(inBytes: limits.targetFileSize)
    for group in 0..<groups.count {
      let rows = groups.rows(group)
      // A few more files, so that no thread is idle, if none becomes small by that.
      var parts = (rows.count + most - 1) / most
      if groups.count < limits.lanes { parts = max(parts, min(limits.lanes, rows.count / Self.manyRows)) }
      parts = max(1, parts)
      for part in 0..<parts {
        pieces.append((partitions[group], Array(rows[(rows.count * part / parts)..<(rows.count * (part + 1) / parts)])))
      }
    }
    let work = pieces
    return try Concurrently.map(work.count, lanes: limits.lanes) { index in
      try write(stored.taking(work[index].rows), to: work[index].partition, epoch: epoch)
    }
  }

  /// So many rows are worth a file of their own.
  private static let manyRows = 500_000
}
