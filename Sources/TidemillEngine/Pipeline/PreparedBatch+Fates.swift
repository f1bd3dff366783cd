import TidemillColumns

/// What became of a row of the stream that a join has made several of. The highest is what counts: a row of which one copy counts
/// in a result is not late because another one is.
enum RowFate {
  /// It was accounted for before.
  static let settled: UInt8 = 0
  static let filtered: UInt8 = 1
  static let duplicate: UInt8 = 2
  static let late: UInt8 = 3
  static let aggregated: UInt8 = 4
}

/// The ledger counts rows of the stream. As long as each of them is one row of `current` at most, whoever drops some counts them
/// at once. Once a join has made several of one, fates are noted by row, and counted at the end.
extension PreparedBatch {
  /// Says that rows of `current` may stand for the same row of the stream from now on.
  func beginFates() {
    guard fates == nil, let rows else { return }
    let fates = Buffer<UInt8>(repeating: RowFate.settled, count: scan.count)
    for row in rows { fates.base[row] = RowFate.filtered }
    self.fates = fates
  }

  func noteFiltered(_ count: Int) {
    // With fates a row is filtered unless it is noted to be anything else.
    if fates == nil { ledger.filtered += count }
  }

  /// - Parameters: positions in `current`, in order.
  func noteDeduplicated(kept: [Int], late: [Int], duplicates: Int) {
    guard let fates, let rows else {
      ledger.duplicate += duplicates
      noteLate(late)
      return
    }
    var isGone = [Bool](repeating: true, count: rows.count)
    for position in kept { isGone[position] = false }
    for position in late { isGone[position] = false }
    for position in rows.indices where isGone[position] { fates.raise(rows[position], to: RowFate.duplicate) }
    noteLate(late)
  }

  func noteLate(_ positions: [Int]) {
    guard let fates else {
      ledger.late += positions.count
      late += positions.map { scanPosition($0) }
      return
    }
    for position in positions { fates.raise(scanPosition(position), to: RowFate.late) }
  }

  /// Says that all rows of `current` count in a result but for these.
  func noteAggregated(except late: [Int], withoutTime: [Int]) {
    noteLate(late)
    guard let fates, let rows else {
      ledger.filtered += withoutTime.count
      ledger.aggregated += current.count - withoutTime.count - late.count
      return
    }
    var counts = [Bool](repeating: true, count: rows.count)
    for position in late { counts[position] = false }
    for position in withoutTime { counts[position] = false }
    for position in rows.indices where counts[position] { fates.raise(rows[position], to: RowFate.aggregated) }
  }

  /// Brings the fates into the ledger.
  func settleFates() {
    guard let fates else { return }
    self.fates = nil
    for row in 0..<scan.count {
      switch fates.base[row] {
      case RowFate.filtered: ledger.filtered += 1
      case RowFate.duplicate: ledger.duplicate += 1
      case RowFate.late:
        ledger.late += 1
        late.append(row)
      case RowFate.aggregated: ledger.aggregated += 1
      default: break
      }
    }
  }
}

extension Buffer<UInt8> {
  fileprivate func raise(_ index: Int, to fate: UInt8) { base[index] = Swift.max(base[index], fate) }
}
