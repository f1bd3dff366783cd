import TidemillColumns

/// Cuts the rows of a place into pieces that are small enough for a file each.
struct UnitSplit {
  let window: Int?
  /// Ordinals of the key, or of all columns.
  let key: [Int]
  /// How many rows a file may have.
  let rowLimit: Int

  func pieces(_ rows: Batch, at place: Placement) -> [(rows: Batch, place: Placement)] {
    if rows.count <= rowLimit { return [(rows, place)] }
    if let cut = cut(rows, at: place) { return cut }
    if place.bits >= Placement.mostBits { return [(rows, place)] }
    let hashes = RowHash.of(key.map { rows.columns[$0] }, count: rows.count)
    return place.halves.flatMap { half in
      let chosen = (0..<UInt32(truncatingIfNeeded: rows.count)).filter { half.holds(hash: hashes.base[Int($0)]) }
      if chosen.isEmpty { return [(rows: Batch, place: Placement)]() }
      // All in one half: rows of few keys, which no further bit may tell apart either.
      return pieces(rows.taking(chosen), at: half)
    }
  }

  /// Two halves by time; `nil` when all windows begin at once.
  private func cut(_ rows: Batch, at place: Placement) -> [(rows: Batch, place: Placement)]? {
    guard let window else { return nil }
    let column = rows.columns[window].windowStarts
    defer { withExtendedLifetime(column) {} }
    let starts = column.int64
    let sorted = UnsafeBufferPointer(start: starts, count: rows.count).sorted()
    guard sorted[0] < sorted[sorted.count - 1] else { return nil }
    // The first start of the upper half; not the lowest of all.
    var middle = sorted[sorted.count / 2]
    if middle == sorted[0] { middle = sorted.first { $0 > middle }! }
    let lower = (0..<UInt32(truncatingIfNeeded: rows.count)).filter { starts[Int($0)] < middle }
    let upper = (0..<UInt32(truncatingIfNeeded: rows.count)).filter { starts[Int($0)] >= middle }
    func part(_ starts: ClosedRange<Int64>) -> Placement {
      Placement(starts: starts, bits: place.bits, prefix: place.prefix)
    }
    return pieces(rows.taking(lower), at: part(place.starts.lowerBound...(middle - 1)))
      + pieces(rows.taking(upper), at: part(middle...place.starts.upperBound))
  }
}
