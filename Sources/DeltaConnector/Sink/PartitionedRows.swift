import TidemillColumns

extension TableFiles {
  /// Writes rows of a result that only come in addition: files of each partition, cut where they would become too large.
  func writeNew(_ batch: Batch, epoch: UInt64, limits: WriterLimits) throws -> [WrittenFile] {
    let (groups, partitions) = try layout.partitioned(batch, table: table)
    let stored = layout.storedRows(batch).withoutWeights
    var pieces: [(group: Int, rows: Range<Int>)] = []
    let most = rows(inBytes: limits.targetFileSize)
    for group in 0..<groups.count {
      let rows = groups.rowCount(group)
      // A few more files, so that no thread is idle, if none becomes small by that.
      var parts = (rows + most - 1) / most
      if groups.count < limits.lanes { parts = max(parts, min(limits.lanes, rows / Self.manyRows)) }
      parts = max(1, parts)
      for part in 0..<parts { pieces.append((group, (rows * part / parts)..<(rows * (part + 1) / parts))) }
    }
    let work = pieces
    return try Concurrently.map(work.count, lanes: limits.lanes) { index in
      let (group, rows) = work[index]
      return try write(groups.rows(group, rows, of: stored), to: partitions[group], epoch: epoch)
    }
  }

  /// So many rows are worth a file of their own.
  private static let manyRows = 500_000
}
